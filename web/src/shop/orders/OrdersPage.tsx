import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { OrderStatus } from '../../api/types'
import { useFormat, useText } from '../../i18n/useText'
import { useUser } from '../../session/useSession'
import { Empty, Failure, SignedIn, Skeleton, useTitle } from '../../ui/states'
import { myOrders, shortId } from './order'
import './orders.css'

export function OrdersPage() {
  const text = useText()
  useTitle(text.orders)
  return (
    <div className="page narrow">
      <h1>{text.orders}</h1>
      <SignedIn what={text.yourOrders}>
        <List />
      </SignedIn>
    </div>
  )
}

function List() {
  const text = useText()
  const format = useFormat()
  const user = useUser()!
  const found = useInfiniteQuery(myOrders(user.id))
  if (found.isPending) return <Skeleton />
  if (!found.data) return <Failure error={found.error} retry={() => void found.refetch()} />
  const orders = found.data.pages.flatMap(page => page.items)
  if (orders.length === 0)
    return <Empty title={text.noOrders} action={<Link to="/" className="button">{text.toTheStalls}</Link>}>{text.noOrdersText}</Empty>
  return (
    <>
      <ul className="stack">
        {orders.map(order => (
          <li key={order.id} className="card order-card">
            <div className="spread">
              <h2>
                <Link to="/orders/$id" params={{ id: order.id }}>{text.order(shortId(order.id))}</Link>
              </h2>
              <Status status={order.status} />
            </div>
            <p>{order.lines.map(line => `${line.quantity} × ${line.title}`).join(', ')}</p>
            <p className="spread soft">
              <span>{format.when(order.placedAt)}</span>
              <span className="price">{format.price(order.total, order.currency)}</span>
            </p>
          </li>
        ))}
      </ul>
      {found.hasNextPage && (
        <p className="more">
          <button type="button" className="button plain" disabled={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{text.showMore}</button>
        </p>
      )}
    </>
  )
}

const looks: Readonly<Record<OrderStatus, string>> = { placed: 'busy', confirmed: 'busy', completed: 'good', rejected: 'bad', cancelled: '' }

function Status({ status }: { status: OrderStatus }) {
  const text = useText()
  return <span className={`badge ${looks[status]}`}>{text.status[status]}</span>
}
