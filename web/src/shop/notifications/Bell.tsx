import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useText } from '../../i18n/useText'
import { useUser } from '../../session/useSession'
import { BellIcon } from '../../ui/icons'
import { unread } from './notifications'

export function Bell() {
  const text = useText()
  const user = useUser()
  const { data: count = 0 } = useQuery({ ...unread(user?.id ?? ''), enabled: user !== undefined })
  if (!user) return null
  return (
    <Link to="/notifications" className="icon-button" aria-label={count > 0 ? text.unread(count) : text.notifications}>
      <BellIcon />
      {count > 0 && <span className="count" aria-hidden="true">{count}</span>}
    </Link>
  )
}
