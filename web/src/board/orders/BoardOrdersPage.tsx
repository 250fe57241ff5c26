import { Link } from '@tanstack/react-router'
import { useId, useState, type ReactNode } from 'react'
import { bodyOf, orders } from '../../api/client'
import type { Order } from '../../api/types'
import { useFormat, useText } from '../../i18n/useText'
import { shortId } from '../../shop/orders/order'
import { ActButton, Asked } from '../Asked'
import { BoardSection } from '../BoardPage'
import type { StuckOrder } from '../clients'
import { useBoardText } from '../text/useBoardText'
import { useAct, useWatched, useWatchedPages } from '../useWatched'

/** All orders: those that do not come further first, with the reason; then those that are under way, with what each waits for; then any. */
export function BoardOrdersPage() {
  return (
    <BoardSection name="orders">
      <Stuck />
      <UnderWay />
      <All />
    </BoardSection>
  )
}

const statuses = ['open', 'placed', 'confirmed', 'completed', 'rejected', 'cancelled'] as const
type Wanted = (typeof statuses)[number] | ''

const useOrders = (status: Wanted, limit: number) => useWatchedPages(['orders', status, String(limit)], async (cursor, signal) => {
  const page = await bodyOf(orders.GET('/orders', { params: { query: { limit, ...(status && { status }), ...(cursor && { cursor }) } }, signal }))
  return { items: page.items as Order[], next: page.next }
})

function UnderWay() {
  const text = useBoardText()
  return (
    <section className="stack">
      <h2>{text.underWay}</h2>
      <Pages about={useOrders('open', 20)} name={text.underWay} none={text.noneUnderWay} />
    </section>
  )
}

function All() {
  const text = useBoardText()
  const words = useText()
  const id = useId()
  const [status, filter] = useState<Wanted>('')
  return (
    <section className="stack">
      <h2>{text.allOrders}</h2>
      <div className="field">
        <label htmlFor={id}>{text.status}</label>
        <select id={id} value={status} onChange={event => filter(event.target.value as Wanted)}>
          <option value="">{text.anyStatus}</option>
          {statuses.map(one => <option key={one} value={one}>{one === 'open' ? text.underWay : words.status[one]}</option>)}
        </select>
      </div>
      <Pages about={useOrders(status, 20)} name={text.allOrders} none={text.noneOfStatus} />
    </section>
  )
}

function Pages({ about, name, none }: { about: ReturnType<typeof useOrders>; name: string; none: string }) {
  const text = useBoardText()
  return (
    <>
      <Asked about={about}>{({ pages }) => <Rows items={pages.flatMap(page => page.items)} name={name} none={<p className="soft">{none}</p>} />}</Asked>
      {about.hasNextPage && (
        <p><button type="button" className="button plain" aria-label={`${text.more}: ${name}`} aria-disabled={about.isFetchingNextPage} onClick={() => about.isFetchingNextPage || void about.fetchNextPage()}>{text.more}</button></p>
      )}
    </>
  )
}

function Stuck() {
  const text = useBoardText()
  const stuck = useWatched(['stuck'], async signal => (await bodyOf(orders.GET('/orders/stuck', { params: { query: { limit: 100 } }, signal }))).items)
  return (
    <section className="stack">
      <h2>{text.stuck}</h2>
      <Asked about={stuck}>
        {items => items.length === 0 ? <p className="soft">{text.notStuck}</p> : <ul className="tiles">{items.map(one => <li key={one.orderId} className="card"><OneStuck order={one} /></li>)}</ul>}
      </Asked>
    </section>
  )
}

function OneStuck({ order }: { order: StuckOrder }) {
  const text = useBoardText()
  const format = useFormat()
  const retry = useAct(() => orders.POST('/orders/{id}/retry', { params: { path: { id: order.orderId } } }))
  const name = text.forOrder(shortId(order.orderId))
  return (
    <>
      <h3><Link to="/board/orders/$id" params={{ id: order.orderId }}>{name}</Link></h3>
      <p>{text.waitsFor(order.step)} {order.attempts > 0 && <span className="badge bad">{text.attempts(order.attempts)}</span>}</p>
      {order.reason && <p className="soft">{order.reason}</p>}
      <p className="hint">{text.flow[order.flow]} · {text.ago} {format.when(order.since)}{order.nextAttempt && ` · ${text.nextAttempt(format.time(order.nextAttempt))}`}</p>
      <div className="acts"><ActButton label={text.retry} of={`${text.retry}: ${name}`} busy={retry.isPending} run={() => retry.mutate(undefined)} /></div>
    </>
  )
}

const looks = { placed: 'busy', confirmed: 'busy', completed: 'good', rejected: 'bad', cancelled: '' } as const

/** The newest orders, each with how it stands, beside "Break things". */
export function Latest({ limit }: { limit: number }) {
  const text = useBoardText()
  const words = useText()
  const latest = useWatched(['latest', String(limit)], async signal => (await bodyOf(orders.GET('/orders', { params: { query: { limit } }, signal }))).items as Order[])
  return (
    <section className="stack">
      <h2>{text.latest}</h2>
      <Asked about={latest}>{items => <Rows items={items} name={text.latest} none={<p className="soft">{words.noOrders}</p>} />}</Asked>
    </section>
  )
}

function Rows({ items, name, none }: { items: readonly Order[]; name: string; none: ReactNode }) {
  const text = useBoardText()
  const words = useText()
  const format = useFormat()
  if (items.length === 0) return none
  return (
    <div className="wide" tabIndex={0} role="region" aria-label={name}>
      <table>
        <thead><tr><th scope="col">{text.order}</th><th scope="col">{text.placed}</th><th scope="col" className="number">{text.total}</th><th scope="col">{text.state}</th></tr></thead>
        <tbody>
          {items.map(order => (
            <tr key={order.id}>
              <td><Link to="/board/orders/$id" params={{ id: order.id }}>{shortId(order.id)}</Link></td>
              <td><time dateTime={order.placedAt}>{format.time(order.placedAt)}</time><br /><small className="soft">{text.flow[order.flow]}</small></td>
              <td className="number">{format.price(order.total, order.currency)}</td>
              <td>
                <span className={`badge ${looks[order.status]}`}>{words.status[order.status]}</span>
                {order.waiting && <><br /><small className="soft">{text.waitsFor(order.waiting.step)}{order.waiting.attempts > 0 && ` · ${text.attempts(order.waiting.attempts)}`}</small></>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
