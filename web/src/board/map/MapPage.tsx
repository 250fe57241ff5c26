import { bodyOf } from '../../api/client'
import { Asked } from '../Asked'
import { BoardSection } from '../BoardPage'
import { inTime, messaging, services } from '../clients'
import { useBoardText } from '../text/useBoardText'
import { useWatched } from '../useWatched'
import { village, type Registry } from '../village'

type Application = Pick<Registry['applications']['application'][number], 'name' | 'instance'>

/** Who is there: every service and instance that the registry knows, with what waits in its outbox and what it could not handle. Ours are shown without an instance, too: one that hangs is forgotten by the registry. */
export function MapPage() {
  const text = useBoardText()
  const registry = useWatched(['registry'], signal => village.registry(signal))
  return (
    <BoardSection name="map">
      <p className="soft">{text.ratesLater}</p>
      <Asked about={registry}>
        {({ applications }) => (
          <ul className="tiles" aria-label={text.members}>
            {withMissing(applications.application).map(application => <li key={application.name} className="card"><OneService {...application} /></li>)}
          </ul>
        )}
      </Asked>
    </BoardSection>
  )
}

function withMissing(registered: readonly Application[]) {
  const there = registered.map(({ name, instance }) => ({ name: name.toLowerCase(), instance }))
  const missing = services.filter(service => there.every(({ name }) => name !== service)).map(name => ({ name, instance: [] }))
  return [...there, ...missing].sort((a, b) => a.name.localeCompare(b.name))
}

function OneService({ name, instance: instances }: Application) {
  const text = useBoardText()
  return (
    <>
      <h2>{name}</h2>
      <p className="soft">{text.instances(instances.length)}</p>
      <ul className="stack">
        {instances.map(instance => (
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
  }, 5_000, false)
  if (waiting.isError) return <p className="badge bad">{text.notAnswering(service)}</p>
  if (!waiting.data) return null
  return <p className="hint">{text.outbox(waiting.data.outbox)} · {text.deadLettersOf(waiting.data.dead)}</p>
}
