using Kampung.Messaging;
using Kampung.Notifications;
using Kampung.Notifications.Letters;
using Kampung.Notifications.Sending;
using Kampung.Notifications.Storage;
using Kampung.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("notification-service");
builder.AddDatabase<NotificationsDb>();
builder.Services.AddScoped<INotificationStore, PostgresNotificationStore>();
builder.Services.AddSingleton<LetterWriter>();
builder.AddChannels();
builder.AddMessaging<NotificationsDb>(events => events
    .On<CustomerRegistered>(WelcomeCustomer.Handle)
    .On<CustomerChanged>(FollowCustomer.Handle)
    .On<CustomerDeleted>(ForgetCustomer.Handle)
    .On<PasswordResetRequested>(SendResetLink.Handle)
    .On<PaymentConfirmed>(SendReceipt.Handle)
    .On<PaymentRefunded>(SendRefundNote.Handle)
    .On<OrderConfirmed>(SendConfirmation.Handle)
    .On<OrderRejected>(SendRejection.Handle)
    .On<OrderCancelled>(SendCancellation.Handle)
    .On<MealPrepared>(TellMealReady.Handle)
    .On<DeliveryPickedUp>(TellOnItsWay.Handle)
    .On<DeliveryCompleted>(TellDelivered.Handle)
    .Committed(services => services.GetRequiredService<Announcement>().Tell()));

var app = builder.Build();
app.UseServiceDefaults();

var mine = app.MapGroup("").OnlyFor(Role.People);
mine.MapListNotifications();
mine.MapReadNotification();
mine.MapPreferences();
app.MapGroup("/mailbox").OnlyFor(Role.Operator).MapReadMailbox();
app.MapAudit();
app.MapDeadLetters().OnlyFor(Role.Operator);
await app.RunServiceAsync();
