using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Kampung.Gateway.Limits;

/// <summary>An address as a number. An IPv6 client can choose among 2^64 addresses of its network, so its network counts.</summary>
static class ClientAddress
{
    public static UInt128 Of(IPAddress? address)
    {
        address ??= IPAddress.None;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var written);
        var number = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        return address.AddressFamily == AddressFamily.InterNetworkV6 && !address.IsIPv4MappedToIPv6 ? number >> 64 << 64 : written == 4 ? number >> 96 : number & uint.MaxValue;
    }
}
