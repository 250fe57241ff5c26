import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { bodyOf, orders, payments } from '../../api/client'
import type { Order, Payment, TimelineEntry } from '../../api/types'

export const orderKey = (userId: string, id: string) => ['mine', userId, 'order', id]

export const order = (userId: string, id: string) =>
  queryOptions({
    queryKey: orderKey(userId, id),
    queryFn: async ({ signal }) => (await bodyOf(orders.GET('/orders/{id}', { params: { path: { id } }, signal }))) as Order,
  })

/** Its payment. Of an order that is not to be, the money may come back a moment later: so long, it is asked for again. */
export const payment = (userId: string, { id: orderId, status }: Pick<Order, 'id' | 'status'>) =>
  queryOptions<Payment | null>({
    queryKey: ['mine', userId, 'payment', orderId],
    refetchInterval: ({ state: { data } }) => ((status === 'cancelled' || status === 'rejected') && (data?.status === 'succeeded' || data?.status === 'pending') ? 1500 : false),
    queryFn: async ({ signal }) => ((await bodyOf(payments.GET('/payments', { params: { query: { orderId } }, signal }))).items[0] as Payment | undefined) ?? null,
  })

export const myOrders = (userId: string) =>
  infiniteQueryOptions({
    queryKey: ['mine', userId, 'orders'],
    queryFn: async ({ pageParam, signal }) => {
      const page = await bodyOf(orders.GET('/orders', { params: { query: { limit: 20, ...(pageParam ? { cursor: pageParam } : {}) } }, signal }))
      return { items: page.items as Order[], next: page.next }
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.next ?? undefined,
  })

export const isOver = (order: Order) => ['rejected', 'cancelled', 'completed'].includes(order.status)

export const shortId = (id: string) => id.slice(-8).toUpperCase()

export type Stage = 'placed' | 'paid' | 'prepared' | 'onTheWay' | 'delivered'

/** How far the order has come, from what the stalls said. */
export function stagesOf(order: Order): { stages: readonly Stage[]; reached: number } {
  const hasPrepared = order.lines.some(line => line.kind === 'prepared')
  const stages: Stage[] = hasPrepared ? ['placed', 'paid', 'prepared', 'onTheWay', 'delivered'] : ['placed', 'paid', 'onTheWay', 'delivered']
  const said = new Set((order.timeline ?? []).map(entry => entry.what))
  const reachedStage: Stage =
    order.status === 'completed' || said.has('delivery completed') ? 'delivered'
    : said.has('delivery picked up') ? 'onTheWay'
    : hasPrepared && said.has('meal prepared') && (said.has('delivery accepted') || said.has('delivery assigned')) ? 'prepared'
    : order.status === 'confirmed' || said.has('confirmed') ? 'paid'
    : 'placed'
  return { stages, reached: stages.indexOf(reachedStage) }
}

/** One entry after those that are there; one that is there already, from before the connection was lost, is not told twice. */
export function withEntry(order: Order, entry: TimelineEntry): Order {
  const timeline = order.timeline ?? []
  if (timeline.some(other => other.sequence === entry.sequence)) return order
  return { ...order, timeline: [...timeline, entry].sort((a, b) => a.sequence - b.sequence) }
}
