import { Link } from '@tanstack/react-router'
import { Fragment, useEffect, useState, type ReactNode } from 'react'
import { Problem } from '../api/problem'
import type { Text } from '../i18n/en'
import { useText } from '../i18n/useText'
import { session } from '../session/session'
import { useSession } from '../session/useSession'
import { useLanguage } from '../app/preferences'
import './states.css'

/** Grey shapes where the content will be. */
export function Skeleton({ lines = 3 }: { lines?: number }) {
  const text = useText()
  return (
    <div className="stack" role="status">
      <span className="hidden-visually">{text.loading}</span>
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} className="skeleton" />
      ))}
    </div>
  )
}

export function Empty({ title, children, action, heading: Heading = 'h2' }: { title: string; children?: ReactNode; action?: ReactNode; heading?: 'h1' | 'h2' }) {
  return (
    <div className="empty">
      <Heading>{title}</Heading>
      {children && <p className="soft">{children}</p>}
      {action}
    </div>
  )
}

/** Says what went wrong in words that help, and offers to ask again. */
export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const text = useText()
  const problem = error instanceof Problem ? error : undefined
  return (
    <div className="failure" role="alert">
      <p>
        <strong>{text.failed}</strong> {saysOf(error, text)}
      </p>
      {problem?.traceId && (
        <p className="hint">
          {text.traceId} <code>{problem.traceId}</code>
        </p>
      )}
      {retry && (
        <button type="button" className="button plain" onClick={retry}>
          {text.tryAgain}
        </button>
      )}
    </div>
  )
}

/** What is said of an error: the server's own words, which are English, only where there are none for its kind. */
export function saysOf(error: unknown, text: Text) {
  if (!(error instanceof Problem)) return error instanceof Error ? error.message : ''
  if (error.isOffline) return text.unreachable
  if (error.status === 401) return text.signInToGoOn
  const known: Readonly<Record<string, string>> = text.problems
  return known[error.slug ?? ''] ?? (error.isTemporary ? text.temporary : (error.detail ?? error.message))
}

export function NotFound() {
  const text = useText()
  useTitle(text.notFound)
  return (
    <Empty heading="h1" title={text.notFound} action={<Link to="/" className="button">{text.toTheStalls}</Link>}>
      {text.notFoundText}
    </Empty>
  )
}

/** Shows its children to whoever is signed in; also after the session ended, as long as there is something to show. */
export function SignedIn({ what, children }: { what: string; children: ReactNode }) {
  const text = useText()
  const language = useLanguage()
  const state = useSession()
  const [isShown, setShown] = useState(state.status === 'signedIn')
  if (state.status === 'signedIn' && !isShown) setShown(true)
  if (state.status === 'restoring') return <Skeleton />
  if (state.status === 'signedIn' || (state.status === 'ended' && isShown)) return <Fragment key={state.id}>{children}</Fragment>
  return (
    <Empty
      title={text.signInNeeded(what)}
      action={
        <button type="button" className="button" onClick={() => void session.signIn(undefined, language)}>
          {text.signIn}
        </button>
      }
    />
  )
}

export function useTitle(title: string) {
  useEffect(() => {
    document.title = `${title} · Kampung`
  }, [title])
}
