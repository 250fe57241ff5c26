using Microsoft.AspNetCore.Http;
using Shouldly;

namespace Kampung.ServiceDefaults.Tests;

public sealed class PageTests
{
    sealed record Position(decimal Price, Guid Id);

    [Fact]
    public void A_cursor_brings_back_the_position()
    {
        var position = new Position(12.50m, Guid.CreateVersion7());

        Cursor.Decode<Position>(Cursor.Encode(position)).ShouldBe(position);
        Cursor.Decode<Position>(null).ShouldBeNull();
        Cursor.Encode(position).ShouldAllBe(c => char.IsAsciiLetterOrDigit(c) || c == '-' || c == '_');
    }

    [Theory]
    [InlineData("%%%")]
    [InlineData("AAAA")]
    [InlineData("bnVsbA")] // null
    [InlineData("e30")] // {}
    [InlineData("ÿ")]
    public void A_cursor_of_another_making_is_a_bad_request(string cursor) =>
        Should.Throw<BadHttpRequestException>(() => Cursor.Decode<Position>(cursor)).StatusCode.ShouldBe(400);

    [Fact]
    public void A_page_ends_with_a_cursor_only_if_more_follows()
    {
        var full = Page.Of([1, 2, 3], 2, row => row * 10, row => row);
        var last = Page.Of([3, 4], 2, row => row * 10, row => row);

        full.Items.ShouldBe([10, 20]);
        Cursor.Decode<int?>(full.Next).ShouldBe(2);
        last.Items.ShouldBe([30, 40]);
        last.Next.ShouldBeNull();
    }
}
