import { Popover } from '@base-ui/react/popover'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useText } from '../i18n/useText'
import { session } from '../session/session'
import { useSession } from '../session/useSession'
import { PersonIcon } from '../ui/icons'
import { useLanguage } from './preferences'

export function AccountMenu() {
  const text = useText()
  const language = useLanguage()
  const state = useSession()
  const [isOpen, open] = useState(false)
  if (state.status === 'restoring') return <span className="icon-button" aria-hidden="true"><PersonIcon /></span>
  if (state.status !== 'signedIn')
    return (
      <button type="button" className="button quiet" onClick={() => void session.signIn(undefined, language)}>
        {text.signIn}
      </button>
    )
  return (
    <Popover.Root open={isOpen} onOpenChange={open}>
      <Popover.Trigger className="icon-button" aria-label={text.account}>
        <PersonIcon />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner className="positioner" sideOffset={8} align="end">
          <Popover.Popup className="popup" aria-label={text.account}>
            <div className="popup-name">
              {state.name}
              <small>{state.email}</small>
            </div>
            {state.roles.some(role => role !== 'customer') && <Link to="/board" className="item" onClick={() => open(false)}>{text.board}</Link>}
            {state.roles.includes('customer') && <Link to="/orders" className="item" onClick={() => open(false)}>{text.orders}</Link>}
            <Link to="/profile" className="item" onClick={() => open(false)}>{text.profile}</Link>
            <button type="button" className="item" onClick={() => void session.signOut()}>{text.signOut}</button>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}
