using Kampung.Messaging;

namespace Kampung.Customers;

/// <summary>Where the documents are. A change and the event that tells of it are saved together or not at all.</summary>
interface ICustomerStore
{
    Task<Customer?> Find(Guid id, CancellationToken ct);

    /// <summary>Customers by id, so oldest first, behind <paramref name="after"/>.</summary>
    Task<IReadOnlyList<Customer>> List(Guid after, int limit, CancellationToken ct);

    /// <summary>Saves the customer and the event in one transaction. Version 1 is new, any other replaces the version before it.</summary>
    /// <exception cref="EmailTakenException">Nothing was saved: another customer has the e-mail address.</exception>
    /// <exception cref="ChangedMeanwhileException">Nothing was saved: another version is there by now.</exception>
    Task Save(Customer customer, IEvent tell, CancellationToken ct);

    /// <inheritdoc cref="Save"/>
    Task Delete(Customer customer, IEvent tell, CancellationToken ct);
}

/// <summary>Another customer has the e-mail address.</summary>
sealed class EmailTakenException(Exception inner) : Exception("Another customer has this e-mail address.", inner);

/// <summary>Somebody else was quicker.</summary>
sealed class ChangedMeanwhileException(Exception inner) : Exception("The customer was changed by somebody else at the same time.", inner);
