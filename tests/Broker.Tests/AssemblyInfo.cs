using Kampung.Testing;

[assembly: AssemblyFixture(typeof(TestBroker))]
