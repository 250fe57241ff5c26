import { AlertDialog } from '@base-ui/react/alert-dialog'
import { useState } from 'react'
import { bodyOf } from '../../api/client'
import { useFormat } from '../../i18n/useText'
import '../../shop/orders/orders.css'
import { Empty } from '../../ui/states'
import { ActButton, Asked } from '../Asked'
import { BoardSection } from '../BoardPage'
import { messaging, services, type DeadLetter } from '../clients'
import { useBoardText } from '../text/useBoardText'
import { useAct, useWatched } from '../useWatched'

/** What services could not handle, of all of them; one that is down is named and hides nobody else's. */
export function DeadLettersPage() {
  const text = useBoardText()
  const found = useWatched(['dead-letters'], async signal => {
    const lists = services.map(async service => {
      const { items } = await bodyOf(messaging(service).GET('/dead-letters', { params: { query: { limit: 200 } }, signal }))
      return items.map(letter => ({ service, letter }))
    })
    const answers = await Promise.allSettled(lists)
    return {
      letters: answers.flatMap(answer => (answer.status === 'fulfilled' ? answer.value : [])).sort((a, b) => b.letter.parkedAt.localeCompare(a.letter.parkedAt)),
      silent: services.filter((_, index) => answers[index]!.status === 'rejected'),
    }
  })
  return (
    <BoardSection name="deadLetters">
      <Asked about={found}>
        {({ letters, silent }) => (
          <>
            {silent.map(service => <p key={service} className="failure">{text.notAnswering(service)}</p>)}
            {letters.length === 0 && <Empty title={text.noDeadLetters}>{text.noDeadLettersText}</Empty>}
            <ul className="letters">
              {letters.map(({ service, letter }) => <li key={`${service}/${letter.id}/${letter.offset}`} className="card"><Letter service={service} letter={letter} /></li>)}
            </ul>
          </>
        )}
      </Asked>
    </BoardSection>
  )
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
