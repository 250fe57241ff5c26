import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { follow, type Connection } from '../../api/stream'
import type { Order, TimelineEntry } from '../../api/types'
import { isOver, order, orderKey, withEntry } from './order'

// After these the order itself is another one: its status, or that somebody wants it cancelled.
const turningPoints = new Set(['confirmed', 'rejected', 'cancelled', 'completed', 'cancel requested', 'cancel refused', 'payment refunded'])

/** An order that grows as the stalls go on with it. */
export function useLiveOrder(userId: string, id: string) {
  const queries = useQueryClient()
  const asked = useQuery(order(userId, id))
  const [connection, setConnection] = useState<Connection>('connecting')
  const isKnown = asked.data !== undefined

  useEffect(() => {
    if (!isKnown) return
    const key = orderKey(userId, id)
    const known = queries.getQueryData<Order>(key)!
    if (isOver(known)) return
    const last = known.timeline?.at(-1)?.sequence
    return follow(
      `/api/orders/${id}/events`,
      last === undefined ? undefined : String(last),
      data => {
        const entry = JSON.parse(data) as TimelineEntry
        queries.setQueryData<Order>(key, before => before && withEntry(before, entry))
        if (!turningPoints.has(entry.what)) return
        void queries.invalidateQueries({ queryKey: key })
        void queries.invalidateQueries({ queryKey: ['mine', userId, 'payment', id] })
        void queries.invalidateQueries({ queryKey: ['mine', userId, 'notifications'] })
        void queries.invalidateQueries({ queryKey: ['mine', userId, 'orders'] })
      },
      now => {
        setConnection(now)
        if (now === 'over') void queries.invalidateQueries({ queryKey: key })
      },
    )
  }, [queries, userId, id, isKnown])

  return { asked, connection }
}
