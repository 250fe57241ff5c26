import { bodyOf } from '../../api/client'
import { Asked } from '../Asked'
import { BoardSection } from '../BoardPage'
import { inTime, messaging, services } from '../clients'
import { useBoardText } from '../text/useBoardText'
import { useWatched } from '../useWatched'
import { village, type Registry } from '../village'

type Application = Registry['applications']['application'][number]

/** Who is there: every service and instance that the registry knows, with what waits in its outbox and what it could not handle. */
export function MapPage() {
  const text = useBoardText()
  const registry = useWatched(['registry'], signal => village.registry(signal))
  return (
    <BoardSection name="map">
      <p className="soft">{text.ratesLater}</p>
      <Asked about={registry}>
        {({ applications }) => (
          <ul className="tiles" aria-label={text.registered}>
            {[...applications.application].sort((a, b) => a.name.localeCompare(b.name)).map(application => <li key={application.name} className="card"><OneService application={application} /></li>)}
          </ul>
        )}
      </Asked>
    </BoardSection>
  )
}

function OneService({ application }: { application: Application }) {
  const text = useBoardText()
  const name = application.name.toLowerCase()
  return (
    <>
      <h2>{name}</h2>
      <p className="soft">{text.instances(application.instance.length)}</p>
      <ul className="stack">
        {application.instance.map(instance => (
          <li key={instance.instanceId}>
            <span className={`badge ${instance.status === 'UP' ? 'good' : 'bad'}`}>{instance.status === 'UP' ? text.healthy : instance.status}</span>{' '}
            <code>{instance.ipAddr}:{instance.port.$}</code>
          </li>
        ))}
      </ul>
      {(services as readonly string[]).includes(name) && <Waiting service={name} />}
    </>
  )
}

function Waiting({ service }: { service: string }) {
  const text = useBoardText()
  const waiting = useWatched(['waiting', service], async signal => {
    const [outbox, dead] = await Promise.all([
      bodyOf(messaging(service).GET('/outbox', { signal: inTime(signal) })),
      bodyOf(messaging(service).GET('/dead-letters', { params: { query: { limit: 200 } }, signal: inTime(signal) })),
    ])
    return { outbox: outbox.waiting, dead: dead.items.length }
  }, 5_000)
  if (waiting.isError) return <p className="badge bad">{text.notAnswering(service)}</p>
  if (!waiting.data) return null
  return <p className="hint">{text.outbox(waiting.data.outbox)} · {text.deadLettersOf(waiting.data.dead)}</p>
}
