using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Kampung.Messaging;

/// <summary>Which of the service's contexts messaging works in.</summary>
sealed record MessagingDatabase(Type Context)
{
    public DbContext In(IServiceProvider scope) => (DbContext)scope.GetRequiredService(Context);
}
