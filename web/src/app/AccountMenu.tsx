import { Menu } from '@base-ui/react/menu'
import { Link } from '@tanstack/react-router'
import { useRef } from 'react'
import { useText } from '../i18n/useText'
import { session } from '../session/session'
import { useSession } from '../session/useSession'
import { PersonIcon } from '../ui/icons'
import { useLanguage } from './preferences'

export function AccountMenu() {
  const text = useText()
  const language = useLanguage()
  const state = useSession()
  const place = useRef<HTMLDivElement>(null)
  if (state.status === 'restoring') return <span className="icon-button" aria-hidden="true"><PersonIcon /></span>
  if (state.status !== 'signedIn')
    return (
      <button type="button" className="button quiet" onClick={() => void session.signIn(undefined, language)}>
        {text.signIn}
      </button>
    )
  return (
    <Menu.Root>
      <Menu.Trigger className="icon-button" aria-label={text.account}>
        <PersonIcon />
      </Menu.Trigger>
      <div ref={place} />
      <Menu.Portal container={place}>
        <Menu.Positioner className="positioner" sideOffset={8} align="end">
          <Menu.Popup className="popup">
            <div className="popup-name">
              {state.name}
              <small>{state.email}</small>
            </div>
            <Menu.LinkItem className="item" render={<Link to="/orders" />} closeOnClick>
              {text.orders}
            </Menu.LinkItem>
            <Menu.LinkItem className="item" render={<Link to="/profile" />} closeOnClick>
              {text.profile}
            </Menu.LinkItem>
            <Menu.Item className="item" onClick={() => void session.signOut()}>
              {text.signOut}
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}
