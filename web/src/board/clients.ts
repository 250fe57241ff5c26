import createClient from 'openapi-fetch'
import { asUser } from '../api/client'
import type { components as Deliveries, paths as DeliveryPaths } from '../api/generated/delivery'
import type { components as Stock, paths as InventoryPaths } from '../api/generated/inventory'
import type { components as Tickets, paths as KitchenPaths } from '../api/generated/kitchen'
import type { components as Letters, paths as NotificationPaths } from '../api/generated/notification'
import type { components as Orders } from '../api/generated/order'
import type { components as Products, paths as ProductPaths } from '../api/generated/product'

export type Ticket = Required<Tickets['schemas']['TicketView']>
export type Station = Tickets['schemas']['StationView']
export type Delivery = Required<Deliveries['schemas']['DeliveryView']>
export type Rider = Deliveries['schemas']['RiderAtWork']
export type StockEntry = Required<Stock['schemas']['StockView']>
export type StuckOrder = Orders['schemas']['StuckOrdersStuckOrder']
export type MailboxLetter = Required<Letters['schemas']['ReadMailboxLetter']>
export type DeadLetter = Products['schemas']['DeadLettersDeadLetter']
export type ImportReport = Products['schemas']['ImportProductsAnswer']

export const kitchen = createClient<KitchenPaths>(asUser)
export const deliveries = createClient<DeliveryPaths>(asUser)
export const inventory = createClient<InventoryPaths>(asUser)
export const notifications = createClient<NotificationPaths>(asUser)
export const catalogue = createClient<ProductPaths>(asUser)

/** What every service has: its dead letters and its outbox. Their shape is the same for all; product-service's document stands for it. */
export const messaging = (service: string) => createClient<Pick<ProductPaths, '/dead-letters' | '/dead-letters/{id}' | '/dead-letters/{id}/replay' | '/dead-letters/{id}/discard' | '/outbox'>>({
  ...asUser,
  baseUrl: `${asUser.baseUrl}/services/${service}`,
})

/** One that hangs is not waited for: whoever asks it says after this while that it does not answer. */
export const inTime = (signal: AbortSignal) => AbortSignal.any([signal, AbortSignal.timeout(4_000)])

export const services = [
  'order-service', 'payment-service', 'inventory-service', 'kitchen-service', 'delivery-service', 'notification-service', 'customer-service', 'product-service', 'identity-service',
] as const
