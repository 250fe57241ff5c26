import { useLocation, useNavigate, useRouterState } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { useText } from '../../i18n/useText'
import { SearchIcon } from '../../ui/icons'

const pause = 180

/** Searches as one types, from whichever page one is on. */
export function SearchBox() {
  const text = useText()
  const navigate = useNavigate()
  const asked = useRouterState({ select: state => (state.location.pathname === '/' ? String((state.location.search as { q?: string }).q ?? '') : '') })
  const [typed, setTyped] = useState(asked)
  const waiting = useRef<number>(undefined)
  const last = useRef(asked)

  // Whoever went elsewhere while the words were still waiting is not called back.
  const { pathname } = useLocation()
  useEffect(() => () => window.clearTimeout(waiting.current), [pathname])

  // Back, forward, and filters that are cleared.
  useEffect(() => {
    if (asked !== last.current) setTyped(asked)
    last.current = asked
  }, [asked])

  function search(words: string) {
    window.clearTimeout(waiting.current)
    const q = words.trim()
    last.current = q
    void navigate({ to: '/', search: before => ({ ...before, q: q === '' ? undefined : q }), replace: location.pathname === '/' })
  }

  return (
    <form
      className="search"
      role="search"
      onSubmit={event => {
        event.preventDefault()
        search(typed)
      }}
    >
      <SearchIcon />
      <input
        type="search"
        aria-label={text.search}
        placeholder={text.searchPlaceholder}
        maxLength={200}
        value={typed}
        onChange={event => {
          const words = event.target.value
          setTyped(words)
          window.clearTimeout(waiting.current)
          waiting.current = window.setTimeout(() => search(words), pause)
        }}
      />
    </form>
  )
}
