using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Kampung.Orders.Migrations
{
    /// <inheritdoc />
    public partial class BothFlows : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "version",
                table: "plans");

            migrationBuilder.RenameColumn(
                name: "reject_reason",
                table: "plans",
                newName: "give_up_reason");

            migrationBuilder.AddColumn<string>(
                name: "reason",
                table: "plans",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "late",
                table: "plans",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<Guid>(
                name: "event_id",
                table: "timeline",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "topic",
                table: "timeline",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "is_waiting",
                table: "plans",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<bool>(
                name: "apology",
                table: "orders",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<string>(
                name: "cancel_reason",
                table: "orders",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "cancel_refusal",
                table: "orders",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "flow",
                table: "orders",
                type: "text",
                nullable: false,
                defaultValue: "Orchestrated");

            migrationBuilder.AddColumn<int>(
                name: "heard",
                table: "orders",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "since",
                table: "orders",
                type: "timestamp with time zone",
                nullable: false,
                defaultValue: new DateTimeOffset(new DateTime(1, 1, 1, 0, 0, 0, 0, DateTimeKind.Unspecified), new TimeSpan(0, 0, 0, 0, 0)));

            migrationBuilder.CreateIndex(
                name: "ix_orders_id",
                table: "orders",
                column: "id",
                filter: "status in ('Placed', 'Confirmed')");

            // A wish to cancel moves from the plan to the order; a plan that ended when its order was confirmed goes on now, and brings the goods.
            migrationBuilder.Sql(
                """
                update orders set since = coalesce(settled_at, placed_at), cancel_reason = (select cancel_reason from plans where order_id = id);
                update plans set direction = 'Forward', step = 'deliver', due = now()
                where direction = 'Ended' and exists (select from orders where id = order_id and status = 'Confirmed');
                """);

            migrationBuilder.DropColumn(
                name: "cancel_reason",
                table: "plans");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_orders_id",
                table: "orders");

            migrationBuilder.DropColumn(
                name: "event_id",
                table: "timeline");

            migrationBuilder.DropColumn(
                name: "topic",
                table: "timeline");

            migrationBuilder.DropColumn(
                name: "is_waiting",
                table: "plans");

            migrationBuilder.DropColumn(
                name: "apology",
                table: "orders");

            migrationBuilder.DropColumn(
                name: "cancel_reason",
                table: "orders");

            migrationBuilder.DropColumn(
                name: "cancel_refusal",
                table: "orders");

            migrationBuilder.DropColumn(
                name: "flow",
                table: "orders");

            migrationBuilder.DropColumn(
                name: "heard",
                table: "orders");

            migrationBuilder.DropColumn(
                name: "since",
                table: "orders");

            migrationBuilder.DropColumn(
                name: "reason",
                table: "plans");

            migrationBuilder.DropColumn(
                name: "late",
                table: "plans");

            migrationBuilder.RenameColumn(
                name: "give_up_reason",
                table: "plans",
                newName: "reject_reason");

            migrationBuilder.AddColumn<string>(
                name: "cancel_reason",
                table: "plans",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "version",
                table: "plans",
                type: "integer",
                nullable: false,
                defaultValue: 0);
        }
    }
}
