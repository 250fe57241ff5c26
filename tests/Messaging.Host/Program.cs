await Kampung.Messaging.Host.NotesService.Create(args).RunAsync();
