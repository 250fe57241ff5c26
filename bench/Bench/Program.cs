using System.CommandLine;
using Kampung.Bench;

// Each benchmark is a verb of its own and prints its figures as Markdown, for docs/figures.md.
var root = new RootCommand("Kampung's figures, measured on this machine.") { BrokerBench.Verb(), OutboxBench.Verb(), StartBench.Verb(), OrdersBench.Verb(), OrdersBench.MemoryVerb(), GatewayBench.Verb(), IdentityBench.Verb() };
return await root.Parse(args).InvokeAsync();
