import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useText } from '../../i18n/useText'
import { useSession } from '../../session/useSession'
import { BellIcon } from '../../ui/icons'
import { unread } from './notifications'

export function Bell() {
  const text = useText()
  const state = useSession()
  const isSignedIn = state.status === 'signedIn'
  const { data: count = 0 } = useQuery({ ...unread(isSignedIn ? state.id : ''), enabled: isSignedIn })
  if (!isSignedIn) return null
  return (
    <Link to="/notifications" className="icon-button" aria-label={count > 0 ? text.unread(count) : text.notifications}>
      <BellIcon />
      {count > 0 && <span className="count" aria-hidden="true">{count}</span>}
    </Link>
  )
}
