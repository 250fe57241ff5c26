using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Kampung.Payments.Migrations
{
    /// <inheritdoc />
    public partial class Choreography : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_payments_due",
                table: "payments");

            migrationBuilder.AlterColumn<DateTimeOffset>(
                name: "due",
                table: "payments",
                type: "timestamp with time zone",
                nullable: true,
                oldClrType: typeof(DateTimeOffset),
                oldType: "timestamp with time zone");

            migrationBuilder.AddColumn<bool>(
                name: "called_off",
                table: "payments",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<string>(
                name: "flow",
                table: "payments",
                type: "text",
                nullable: false,
                defaultValue: "Orchestrated");

            migrationBuilder.AddColumn<string>(
                name: "trace_parent",
                table: "payments",
                type: "text",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "awaited_orders",
                columns: table => new
                {
                    order_id = table.Column<Guid>(type: "uuid", nullable: false),
                    customer_id = table.Column<Guid>(type: "uuid", nullable: true),
                    amount = table.Column<decimal>(type: "numeric(12,2)", precision: 12, scale: 2, nullable: true),
                    currency = table.Column<string>(type: "text", nullable: true),
                    token = table.Column<string>(type: "text", nullable: true),
                    trace_parent = table.Column<string>(type: "text", nullable: true),
                    stock_reserved = table.Column<bool>(type: "boolean", nullable: false),
                    heard_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_awaited_orders", x => x.order_id);
                });

            migrationBuilder.Sql("update payments set due = null where status <> 'Pending'");

            migrationBuilder.CreateIndex(
                name: "ix_payments_due",
                table: "payments",
                column: "due",
                filter: "due is not null");

            migrationBuilder.CreateIndex(
                name: "ix_awaited_orders_heard_at",
                table: "awaited_orders",
                column: "heard_at");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "awaited_orders");

            migrationBuilder.DropIndex(
                name: "ix_payments_due",
                table: "payments");

            migrationBuilder.DropColumn(
                name: "called_off",
                table: "payments");

            migrationBuilder.DropColumn(
                name: "flow",
                table: "payments");

            migrationBuilder.DropColumn(
                name: "trace_parent",
                table: "payments");

            migrationBuilder.AlterColumn<DateTimeOffset>(
                name: "due",
                table: "payments",
                type: "timestamp with time zone",
                nullable: false,
                defaultValue: new DateTimeOffset(new DateTime(1, 1, 1, 0, 0, 0, 0, DateTimeKind.Unspecified), new TimeSpan(0, 0, 0, 0, 0)),
                oldClrType: typeof(DateTimeOffset),
                oldType: "timestamp with time zone",
                oldNullable: true);

            migrationBuilder.CreateIndex(
                name: "ix_payments_due",
                table: "payments",
                column: "due",
                filter: "status = 'Pending'");
        }
    }
}
