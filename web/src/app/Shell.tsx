import { CSPProvider } from '@base-ui/react/csp-provider'
import { useQueryClient } from '@tanstack/react-query'
import { Link, Outlet, useLocation } from '@tanstack/react-router'
import { useEffect, useRef, useSyncExternalStore } from 'react'
import { useText } from '../i18n/useText'
import { session } from '../session/session'
import { useSession } from '../session/useSession'
import { useBasket } from '../shop/basket/basket'
import { SearchBox } from '../shop/browse/SearchBox'
import { Bell } from '../shop/notifications/Bell'
import { BasketIcon } from '../ui/icons'
import { AccountMenu } from './AccountMenu'
import { Choices } from './Choices'
import { language } from './preferences'
import { Toasts } from './toasts'
import './shell.css'

export function Shell() {
  const text = useText()
  const main = useRef<HTMLElement>(null)
  const { pathname } = useLocation()
  const before = useRef(pathname)
  useForgetOthers()

  // A new page is read out from its beginning, unless somebody is typing what shall be on it.
  useEffect(() => {
    if (before.current !== pathname && !document.activeElement?.closest('[role=search]')) main.current?.focus({ preventScroll: true })
    before.current = pathname
  }, [pathname])

  return (
    <CSPProvider disableStyleElements>
      <Toasts>
        <a className="skip" href="#content">
          {text.skipToContent}
        </a>
        <header className="top">
          <div className="top-inner">
            <Link to="/" className="brand">
              <img src="/favicon.svg" alt="" width={32} height={32} />
              {text.brand}
            </Link>
            <SearchBox />
            <nav aria-label={text.mainNavigation}>
              <Choices />
              <Bell />
              <AccountMenu />
              <BasketLink />
            </nav>
          </div>
        </header>
        <Notices />
        <main id="content" ref={main} tabIndex={-1} className="page-frame">
          <Outlet />
        </main>
        <footer className="foot">{text.tagline}</footer>
      </Toasts>
    </CSPProvider>
  )
}

function BasketLink() {
  const text = useText()
  const count = useBasket().reduce((sum, line) => sum + line.quantity, 0)
  return (
    <Link to="/basket" className="icon-button" aria-label={text.basketWith(count)}>
      <BasketIcon />
      {count > 0 && <span className="count" aria-hidden="true">{count}</span>}
    </Link>
  )
}

function Notices() {
  const text = useText()
  const state = useSession()
  const online = useSyncExternalStore(subscribeToConnection, () => navigator.onLine)
  return (
    <div role="status">
      {!online && <p className="bar offline">{text.offline}</p>}
      {state.status === 'ended' && (
        <p className="bar ended">
          {text.sessionEnded}
          <button type="button" className="button" onClick={() => void session.signIn(undefined, language.get())}>
            {text.signInAgain}
          </button>
        </p>
      )}
    </div>
  )
}

function subscribeToConnection(listener: () => void) {
  window.addEventListener('online', listener)
  window.addEventListener('offline', listener)
  return () => {
    window.removeEventListener('online', listener)
    window.removeEventListener('offline', listener)
  }
}

/** What one person was told is not shown to the next one. */
function useForgetOthers() {
  const queries = useQueryClient()
  const state = useSession()
  const id = state.status === 'signedIn' ? state.id : undefined
  const last = useRef(id)
  useEffect(() => {
    if (id && last.current && last.current !== id) queries.removeQueries({ queryKey: ['mine'] })
    if (id) last.current = id
  }, [id, queries])
}
