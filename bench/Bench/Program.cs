Console.WriteLine("usage: dotnet run --project bench/Bench -- broker | outbox | start");
