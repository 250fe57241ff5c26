import { AlertDialog } from '@base-ui/react/alert-dialog'
import { keepPreviousData, useQueries } from '@tanstack/react-query'
import { useState } from 'react'
import { bodyOf } from '../../api/client'
import { useFormat, useText } from '../../i18n/useText'
import { useUser } from '../../session/useSession'
import '../../shop/orders/orders.css'
import { Empty, Skeleton } from '../../ui/states'
import { ActButton, Asked } from '../Asked'
import { BoardSection } from '../BoardPage'
import { inTime, messaging, services, type DeadLetter } from '../clients'
import { useBoardText } from '../text/useBoardText'
import { useAct, useWatched } from '../useWatched'

const pageSize = 100

/** What services could not handle, of all of them. Each is asked by itself, so that one that is down or hangs is named and holds up nobody else's. */
export function DeadLettersPage() {
  const text = useBoardText()
  const words = useText()
  const user = useUser()
  const [pages, read] = useState(1)
  const asked = useQueries({
    queries: services.map(service => ({
      queryKey: ['mine', user?.id, 'board', 'dead-letters', service, pages],
      queryFn: ({ signal }: { signal: AbortSignal }) => lettersOf(service, pages, inTime(signal)),
      enabled: user !== undefined,
      refetchInterval: 2_000,
      retry: false,
      placeholderData: keepPreviousData<Found>,
    })),
  })
  const letters = asked.flatMap(answer => answer.data?.letters ?? []).sort((a, b) => b.letter.parkedAt.localeCompare(a.letter.parkedAt))
  const waits = asked.some(answer => answer.isPending)
  return (
    <BoardSection name="deadLetters">
      {services.map((service, index) => asked[index]!.isError && <p key={service} className="failure" role="status">{text.notAnswering(service)}</p>)}
      {letters.length === 0 && (waits ? <Skeleton /> : <Empty title={text.noDeadLetters}>{text.noDeadLettersText}</Empty>)}
      <ul className="letters">
        {letters.map(({ service, letter }) => <li key={`${service}/${letter.id}/${letter.offset}`} className="card"><Letter service={service} letter={letter} /></li>)}
      </ul>
      {letters.length > 0 && waits && <p className="soft" role="status">{words.loading}</p>}
      {asked.some(answer => answer.data?.hasMore) && <p><button type="button" className="button plain" onClick={() => read(pages + 1)}>{text.more}</button></p>}
    </BoardSection>
  )
}

interface Found {
  letters: { service: string; letter: DeadLetter }[]
  hasMore: boolean
}

async function lettersOf(service: string, pages: number, signal: AbortSignal): Promise<Found> {
  const letters: Found['letters'] = []
  let cursor: string | undefined
  for (let page = 0; page < pages; page++) {
    const { items, next }: { items: DeadLetter[]; next: string | null } =
      await bodyOf(messaging(service).GET('/dead-letters', { params: { query: { limit: pageSize, ...(cursor ? { cursor } : {}) } }, signal }))
    letters.push(...items.map(letter => ({ service, letter })))
    cursor = next ?? undefined
    if (!cursor) break
  }
  return { letters, hasMore: cursor !== undefined }
}

function Letter({ service, letter }: { service: string; letter: DeadLetter }) {
  const text = useBoardText()
  const format = useFormat()
  const [isOpen, open] = useState(false)
  const path = { params: { path: { id: letter.id } } }
  const replay = useAct(() => messaging(service).POST('/dead-letters/{id}/replay', path))
  return (
    <>
      <div className="spread">
        <h2>{service}</h2>
        <span className="row">
          <span className="badge bad">{letter.unreadable ? text.unreadable : text.attempts(letter.attempts)}</span>
          {letter.waiting > 0 && <span className="badge busy">{text.waitingBehind(letter.waiting)}</span>}
        </span>
      </div>
      <p>{letter.error}</p>
      <p className="hint">
        {text.at(letter.topic, letter.partition, letter.offset)} · {letter.key} · <time dateTime={letter.parkedAt}>{format.when(letter.parkedAt)}</time>
        {letter.traceId && <> · {text.trace} <code>{letter.traceId}</code></>}
      </p>
      <div className="acts">
        <ActButton label={text.replay} of={text.replayOf(letter.id)} busy={replay.isPending} run={() => replay.mutate(undefined)} />
        <Discard service={service} letter={letter} />
        <button type="button" className="button small plain" aria-expanded={isOpen} onClick={() => open(!isOpen)}>{text.showContent}</button>
      </div>
      {isOpen && <Content service={service} id={letter.id} />}
    </>
  )
}

function Discard({ service, letter }: { service: string; letter: DeadLetter }) {
  const text = useBoardText()
  const discard = useAct(() => messaging(service).POST('/dead-letters/{id}/discard', { params: { path: { id: letter.id } } }))
  return (
    <AlertDialog.Root>
      <AlertDialog.Trigger className="button small danger" aria-label={text.discardOf(letter.id)}>{text.discard}</AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog">
          <AlertDialog.Title render={<h2 />}>{text.discardQuestion}</AlertDialog.Title>
          <AlertDialog.Description>{text.discardText}</AlertDialog.Description>
          <div className="row">
            <AlertDialog.Close className="button plain">{text.keep}</AlertDialog.Close>
            <AlertDialog.Close className="button danger" onClick={() => discard.mutate(undefined)}>{text.discard}</AlertDialog.Close>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}

function Content({ service, id }: { service: string; id: string }) {
  const details = useWatched(['dead-letters', service, id], signal => bodyOf(messaging(service).GET('/dead-letters/{id}', { params: { path: { id } }, signal })), false)
  return (
    <Asked about={details}>
      {({ headers, body, bodyBase64 }) => (
        <pre className="code" tabIndex={0}>{Object.entries(headers).map(([name, value]) => `${name}: ${value}\n`).join('')}{'\n'}{body === null ? bodyBase64 : JSON.stringify(body, null, 2)}</pre>
      )}
    </Asked>
  )
}
