import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { orders } from '../../api/client'
import type { Order } from '../../api/types'
import { useFormat, useText } from '../../i18n/useText'
import { useUser } from '../../session/useSession'
import { isOver, shortId } from '../../shop/orders/order'
import '../../shop/orders/orders.css'
import { useLiveOrder } from '../../shop/orders/useLiveOrder'
import { AddressLines } from '../../shop/profile/AddressLines'
import { Field } from '../../ui/Field'
import { ActButton, Asked } from '../Asked'
import { BoardSection } from '../BoardPage'
import { useBoardText } from '../text/useBoardText'
import { useAct } from '../useWatched'
import { Said } from './Said'

const route = getRouteApi('/board/orders/$id')

/** One order as operators see it: whose it is, everything that was said about it, and what can be done. */
export function BoardOrderPage() {
  const { id } = route.useParams()
  const user = useUser()!
  const { asked, connection } = useLiveOrder(user.id, id)
  return (
    <BoardSection name="orders">
      <Asked about={asked}>{order => <Details order={order} refetch={() => void asked.refetch()} connection={isOver(order) ? 'over' : connection} />}</Asked>
    </BoardSection>
  )
}

function Details({ order, refetch, connection }: { order: Order; refetch: () => void; connection: ReturnType<typeof useLiveOrder>['connection'] }) {
  const text = useBoardText()
  const words = useText()
  const format = useFormat()
  return (
    <div className="order">
      <section className="card stack">
        <div className="spread">
          <h2>{text.forOrder(shortId(order.id))}</h2>
          <span className="badge">{words.status[order.status]}</span>
        </div>
        <p className="hint"><code>{order.id}</code></p>
        <p className="soft">{text.flow[order.flow]} · {format.when(order.placedAt)}</p>
        {order.reason && <p>{order.reason}</p>}
        <ul>{order.lines.map(line => <li key={line.variantId}>{line.quantity} × {line.title} <small className="soft">{line.stall}</small></li>)}</ul>
        <p className="spread"><span>{text.total}</span><strong className="price">{format.price(order.total, order.currency)}</strong></p>
        <p className="hint">{text.customer} <code>{order.customerId}</code></p>
        <AddressLines address={order.address} />
        {!isOver(order) && <Mend order={order} done={refetch} />}
      </section>
      <Said entries={order.timeline ?? []} connection={connection} />
    </div>
  )
}

function Mend({ order, done }: { order: Order; done: () => void }) {
  const text = useBoardText()
  const [reason, setReason] = useState('')
  const path = { params: { path: { id: order.id } } }
  const retry = useAct(async () => {
    await orders.POST('/orders/{id}/retry', path)
    done()
  })
  const callOff = useAct(async () => {
    await orders.POST('/orders/{id}/call-off', { ...path, body: { reason } })
    done()
  })
  return (
    <form
      className="inline-form"
      onSubmit={event => {
        event.preventDefault()
        if (!callOff.isPending) callOff.mutate(undefined)
      }}
    >
      <Field name="reason" label={text.callOffReason} value={reason} maxLength={500} required onChange={event => setReason(event.target.value)} />
      <button type="submit" className="button small danger" aria-disabled={callOff.isPending}>{text.callOff}</button>
      <ActButton label={text.retry} plain busy={retry.isPending} run={() => retry.mutate(undefined)} />
    </form>
  )
}
