using Kampung.Testing;

[assembly: AssemblyFixture(typeof(TestPostgres))]
