import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Notification } from '../../api/types'
import { useFormat, useText } from '../../i18n/useText'
import { useUser } from '../../session/useSession'
import { Empty, Failure, SignedIn, Skeleton, useTitle } from '../../ui/states'
import { markRead, myNotifications, notificationsKey } from './notifications'
import './notifications.css'

export function NotificationsPage() {
  const text = useText()
  useTitle(text.notifications)
  return (
    <div className="page narrow">
      <h1>{text.notifications}</h1>
      <SignedIn what={text.yourNotifications}>
        <List />
      </SignedIn>
    </div>
  )
}

function List() {
  const text = useText()
  const user = useUser()!
  const found = useInfiniteQuery(myNotifications(user.id))
  if (found.isPending) return <Skeleton />
  if (!found.data) return <Failure error={found.error} retry={() => void found.refetch()} />
  const all = found.data.pages.flatMap(page => page.items)
  if (all.length === 0) return <Empty title={text.noNotifications}>{text.noNotificationsText}</Empty>
  return (
    <>
      <ul className="stack">
        {all.map(one => (
          <li key={one.id} className="card letter" data-unread={one.readAt === null}>
            <Letter notification={one} userId={user.id} />
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

/** Opened, it is read. */
function Letter({ notification, userId }: { notification: Notification; userId: string }) {
  const text = useText()
  const format = useFormat()
  const queries = useQueryClient()
  const read = useMutation({ mutationFn: () => markRead(notification.id), onSettled: () => queries.invalidateQueries({ queryKey: notificationsKey(userId) }) })
  return (
    <details onToggle={event => event.currentTarget.open && notification.readAt === null && read.isIdle && read.mutate()}>
      <summary>
        <span className="letter-subject">{notification.subject}</span>
        {notification.readAt === null && <span className="badge busy">{text.isNew}</span>}
        <time className="hint" dateTime={notification.createdAt}>{format.when(notification.createdAt)}</time>
      </summary>
      <p className="letter-text">{notification.text}</p>
      {notification.orderId && <Link to="/orders/$id" params={{ id: notification.orderId }}>{text.toOrder}</Link>}
    </details>
  )
}
