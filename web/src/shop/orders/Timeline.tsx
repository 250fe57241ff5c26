import type { Connection } from '../../api/stream'
import type { TimelineEntry } from '../../api/types'
import { useFormat, useText } from '../../i18n/useText'

// Whose name is worth telling; other details are for those who run the village.
const named = new Set([
  'cooking', 'nudged', 'moved to another station', 'overdue', 'prepared', 'ticket accepted', 'ticket overdue', 'meal prepared',
  'delivery assigned', 'delivery picked up', 'delivery completed', 'delivered',
])

/** What happened to the order, who said so and when; the newest first. */
export function Timeline({ entries, connection }: { entries: readonly TimelineEntry[]; connection: Connection }) {
  const text = useText()
  const format = useFormat()
  const said: Readonly<Record<string, string>> = text.said
  return (
    <section className="card stack">
      <div className="spread">
        <h2>{text.timeline}</h2>
        <span role="status">
          {connection === 'live' && <span className="live">{text.live}</span>}
          {connection === 'lost' && <span className="soft">{text.reconnecting}</span>}
        </span>
      </div>
      <ol className="timeline" reversed>
        {entries.toReversed().map(entry => (
          <li key={entry.sequence} data-what={entry.what}>
            <p>
              <strong>{said[entry.what] ?? entry.what}</strong>
              {entry.attempt !== null && entry.attempt > 1 && <span className="badge busy">{text.attempt(entry.attempt)}</span>}
            </p>
            <Detail entry={entry} />
            <p className="hint">
              <time dateTime={entry.at}>{format.time(entry.at)}</time> · {entry.who}
            </p>
          </li>
        ))}
      </ol>
    </section>
  )
}

function Detail({ entry }: { entry: TimelineEntry }) {
  const format = useFormat()
  const money = /^(\d+\.\d\d) ([A-Z]{3})\b/.exec(entry.detail ?? '')
  const says = money ? format.price(Number(money[1]), money[2]!) : named.has(entry.what) ? entry.detail : undefined
  return says ? <p className="soft">{says}</p> : null
}
