namespace Kampung.AppHost;

/// <summary>What takes part in the village, as data. A new service is a line here.</summary>
public static class Village
{
    public const string PostgreSql = "postgresql";
    public const string Broker = "broker";
    public const string Registry = "registry";
    public const string ConfigServer = "config-server";
    public const string Gateway = "gateway";
    public const string Identity = "identity-service";

    static readonly string[] Platform = [PostgreSql, Broker, Registry, ConfigServer];

    /// <summary>In the order in which they are shown. They are stopped in the reverse order of what they wait for.</summary>
    public static IReadOnlyList<Member> Members { get; } =
    [
        new(PostgreSql),
        new(Broker) { Project = "Broker" },
        new(Registry) { Project = "Registry" },
        new(ConfigServer) { Project = "ConfigServer" },
        Service("customer-service", "Customers", "customers", outside: "/api/customers/me"),
        Service("product-service", "Products", "products", outside: "/api/products?limit=1") with { Sells = true },
        Service("inventory-service", "Inventory", "inventory"),
        Service("order-service", "Orders", "orders", outside: "/api/orders"),
        Service("payment-service", "Payments", "payments", outside: "/api/payments"),
        Service("kitchen-service", "Kitchen", "kitchen", outside: "/api/kitchen/tickets"),
        Service("delivery-service", "Delivery", "delivery", outside: "/api/deliveries"),
        Service("notification-service", "Notifications", "notifications", outside: "/api/notifications"),
        Service(Identity, "Identity", "identity", outside: "/identity/.well-known/openid-configuration"),
        new(Gateway) { Project = "Gateway", After = [Registry, ConfigServer] },
    ];

    public static IEnumerable<Member> Services => Members.Where(member => member.Database is not null);

    static Member Service(string name, string project, string database, string? outside = null) =>
        new(name) { Project = project, Database = database, Outside = outside, After = Platform };

    /// <exception cref="KampungException">Nobody has this name.</exception>
    public static Member Find(string name) =>
        Members.FirstOrDefault(member => member.Name == name)
        ?? throw new KampungException($"There is no '{name}' in the village. There are: {string.Join(", ", Members.Select(member => member.Name))}.");
}

/// <summary>A kind of process. A service may run in several instances of it.</summary>
public sealed record Member(string Name)
{
    /// <summary>The .NET project to run; null for PostgreSQL.</summary>
    public string? Project { get; init; }

    /// <summary>The database, and database user, of its own; null for those that keep none.</summary>
    public string? Database { get; init; }

    /// <summary>Whether that path must have something to list before anybody can order.</summary>
    public bool Sells { get; init; }

    /// <summary>A path of its API at the gateway: it can be reached from outside when this answers 200, or 401 as nobody is logged in. Null for what is inside only.</summary>
    public string? Outside { get; init; }

    /// <summary>Members that must be up before it starts.</summary>
    public IReadOnlyList<string> After { get; init; } = [];
}
