import { Link } from '@tanstack/react-router'
import { bodyOf, orders } from '../../api/client'
import type { Order } from '../../api/types'
import { useFormat, useText } from '../../i18n/useText'
import { shortId } from '../../shop/orders/order'
import { ActButton, Asked } from '../Asked'
import { BoardSection } from '../BoardPage'
import type { StuckOrder } from '../clients'
import { useBoardText } from '../text/useBoardText'
import { useAct, useWatched } from '../useWatched'

/** All orders: those that do not come further first, with the reason. */
export function BoardOrdersPage() {
  return (
    <BoardSection name="orders">
      <Stuck />
      <Latest limit={50} />
    </BoardSection>
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

/** The newest orders, each with how it stands; the same list beside "Break things". */
export function Latest({ limit }: { limit: number }) {
  const text = useBoardText()
  const words = useText()
  const format = useFormat()
  const latest = useWatched(['orders', String(limit)], async signal => (await bodyOf(orders.GET('/orders', { params: { query: { limit } }, signal }))).items as Order[])
  return (
    <section className="stack">
      <h2>{text.latest}</h2>
      <Asked about={latest}>
        {items => items.length === 0 ? <p className="soft">{words.noOrders}</p> : (
          <div className="wide" tabIndex={0} role="region" aria-label={text.latest}>
            <table>
              <thead><tr><th scope="col">{text.order}</th><th scope="col">{text.placed}</th><th scope="col" className="number">{text.total}</th><th scope="col">{text.state}</th></tr></thead>
              <tbody>
                {items.map(order => (
                  <tr key={order.id}>
                    <td><Link to="/board/orders/$id" params={{ id: order.id }}>{shortId(order.id)}</Link></td>
                    <td><time dateTime={order.placedAt}>{format.time(order.placedAt)}</time><br /><small className="soft">{text.flow[order.flow]}</small></td>
                    <td className="number">{format.price(order.total, order.currency)}</td>
                    <td><span className={`badge ${looks[order.status]}`}>{words.status[order.status]}</span></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Asked>
    </section>
  )
}
