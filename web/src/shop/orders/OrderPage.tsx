import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { Problem } from '../../api/problem'
import type { Order } from '../../api/types'
import { useFormat, useText } from '../../i18n/useText'
import { useUser } from '../../session/useSession'
import { Failure, NotFound, SignedIn, Skeleton, useTitle } from '../../ui/states'
import { AddressLines } from '../profile/AddressLines'
import '../profile/profile.css'
import { CancelOrder } from './CancelOrder'
import { isOver, payment, shortId, stagesOf } from './order'
import { OrderAgain } from './OrderAgain'
import './orders.css'
import { Progress } from './Progress'
import { Timeline } from './Timeline'
import { useLiveOrder } from './useLiveOrder'

const route = getRouteApi('/orders/$id')

export function OrderPage() {
  const text = useText()
  const { id } = route.useParams()
  useTitle(text.order(shortId(id)))
  return (
    <div className="page">
      <SignedIn what={text.yourOrders}>
        <Live id={id} />
      </SignedIn>
    </div>
  )
}

function Live({ id }: { id: string }) {
  const user = useUser()!
  const { asked, connection } = useLiveOrder(user.id, id)
  if (asked.isPending) return <Skeleton lines={4} />
  if (asked.isError && !asked.data) {
    const isGone = asked.error instanceof Problem && [400, 404].includes(asked.error.status)
    return isGone ? <NotFound /> : <Failure error={asked.error} retry={() => void asked.refetch()} />
  }
  return <Details order={asked.data!} userId={user.id} connection={connection} />
}

function Details({ order, userId, connection }: { order: Order; userId: string; connection: ReturnType<typeof useLiveOrder>['connection'] }) {
  const text = useText()
  const format = useFormat()
  const { stages, reached } = stagesOf(order)
  const headline = order.status === 'confirmed' && stages[reached] === 'onTheWay' ? text.headline.onTheWay : text.headline[order.status]
  const wentWrong = order.status === 'rejected' || order.status === 'cancelled'
  return (
    <>
      <header className="order-head">
        <p className="soft">
          {text.order(shortId(order.id))} · {text.placedOn(format.when(order.placedAt))}
        </p>
        <div role="status">
          <h1>{headline}</h1>
        </div>
        {wentWrong && order.reason && <p>{text.reasons[order.reason as keyof typeof text.reasons] ?? order.reason}</p>}
        {!wentWrong && <Progress stages={stages} reached={reached} isOver={isOver(order)} />}
        <div className="row">
          {!isOver(order) && <CancelOrder order={order} userId={userId} tooLate={stages[reached] === 'onTheWay'} />}
          {isOver(order) && <OrderAgain order={order} />}
        </div>
      </header>
      <div className="order">
        <section className="card stack">
          <h2>{text.orderedThings}</h2>
          <ul className="summary">
            {order.lines.map(line => (
              <li key={line.variantId} className="spread">
                <span>
                  {line.quantity} ×{' '}
                  <Link to="/products/$id" params={{ id: line.productId }}>
                    {line.title}
                  </Link>
                  <small className="soft"> {[line.stall, line.variantTitle === 'Default Title' ? null : line.variantTitle].filter(Boolean).join(' · ')}</small>
                </span>
                <span className="price">{format.price(line.lineTotal, order.currency)}</span>
              </li>
            ))}
          </ul>
          <p className="spread summary-total">
            <span>{text.total}</span>
            <strong className="price">{format.price(order.total, order.currency)}</strong>
          </p>
          <Paid order={order} userId={userId} />
          <div>
            <h3>{text.deliverTo}</h3>
            <AddressLines address={order.address} />
          </div>
        </section>
        <Timeline entries={order.timeline ?? []} connection={isOver(order) ? 'over' : connection} />
      </div>
    </>
  )
}

function Paid({ order, userId }: { order: Order; userId: string }) {
  const text = useText()
  const format = useFormat()
  const { data } = useQuery(payment(userId, order))
  if (!data) return null
  return (
    <p className="row">
      {data.status === 'succeeded' && <span className="badge good">{text.paid(format.price(data.amount, data.currency))}</span>}
      {data.status === 'declined' && <span className="badge bad">{text.declined}</span>}
      {data.refunded > 0 && <span className="badge">{text.refunded(format.price(data.refunded, data.currency))}</span>}
    </p>
  )
}
