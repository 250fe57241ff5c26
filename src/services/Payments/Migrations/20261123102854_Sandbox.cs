using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Kampung.Payments.Migrations
{
    /// <summary>The sandbox provider's own ledger. It is no part of the model: the service reads and writes it only through the provider.</summary>
    public partial class Sandbox : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
            """
            create schema sandbox;

            create table sandbox.charges (
              key        uuid primary key,
              reference  uuid not null,
              amount     numeric(12,2) not null check (amount > 0),
              currency   text not null,
              token      text not null,
              declined   text,
              calls      integer not null default 1,
              charged_at timestamptz
            );
            create index on sandbox.charges (reference);

            create table sandbox.refunds (
              key         uuid primary key,
              charge_key  uuid not null references sandbox.charges,
              amount      numeric(12,2) not null check (amount > 0),
              calls       integer not null default 1,
              refunded_at timestamptz not null default now()
            );
            create index on sandbox.refunds (charge_key);
            """);

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("drop schema sandbox cascade");
    }
}
