import type { components as Customers } from './generated/customer'
import type { components as Notifications } from './generated/notification'
import type { components as Orders } from './generated/order'
import type { components as Payments } from './generated/payment'
import type { components as Products } from './generated/product'

export type Product = Products['schemas']['Product']
export type Variant = Products['schemas']['Variant']
export type StallFacet = Products['schemas']['StallFacet']
export type Customer = Customers['schemas']['Customer']
export type Profile = Customers['schemas']['Profile']
export type Address = Customers['schemas']['Address']
/** An answer has every field; the timeline only when one order was asked for, and what it waits for only in an operator's list. */
export type Order = Required<Omit<Orders['schemas']['OrderView'], 'timeline' | 'waiting'>> & { timeline?: TimelineEntry[] | null; waiting?: Orders['schemas']['Waiting'] | null }
export type OrderStatus = Orders['schemas']['OrderStatus']
export type TimelineEntry = Orders['schemas']['TimelineEntry']
export type Payment = Required<Payments['schemas']['PaymentView']>
export type Notification = Notifications['schemas']['ListNotificationsView']
export type Preferences = Notifications['schemas']['Preferences']
