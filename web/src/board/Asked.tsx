import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Failure, Skeleton } from '../ui/states'

/** What was asked for once it is there; until then that it is coming, or why it does not. What was shown stays while it cannot be asked for again. */
export function Asked<T>({ about, children }: { about: Pick<UseQueryResult<T>, 'data' | 'error' | 'isPending' | 'refetch'>; children: (data: T) => ReactNode }) {
  if (about.data !== undefined) return children(about.data)
  if (about.isPending) return <Skeleton />
  return <Failure error={about.error} retry={() => void about.refetch()} />
}

/** A button for something that is done at once, and cannot be pressed again meanwhile. */
export function ActButton({ label, of, run, busy, danger, plain }: { label: string; of?: string | undefined; run: () => void; busy: boolean; danger?: boolean; plain?: boolean }) {
  return (
    <button type="button" className={`button small ${danger ? 'danger' : plain ? 'plain' : ''}`} aria-label={of} aria-disabled={busy} onClick={() => busy || run()}>
      {label}
    </button>
  )
}
