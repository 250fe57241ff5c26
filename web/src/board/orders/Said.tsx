import type { Connection } from '../../api/stream'
import type { TimelineEntry } from '../../api/types'
import { useFormat, useText } from '../../i18n/useText'
import { useBoardText } from '../text/useBoardText'

/** What was said about an order as operators want it: with the step, the event and the trace of each entry, the newest first. */
export function Said({ entries, connection }: { entries: readonly TimelineEntry[]; connection: Connection }) {
  const text = useBoardText()
  const words = useText()
  const format = useFormat()
  const said: Readonly<Record<string, string>> = words.said
  return (
    <section className="card stack">
      <div className="spread">
        <h2>{words.timeline}</h2>
        <span role="status">
          {connection === 'live' && <span className="live">{words.live}</span>}
          {connection === 'lost' && <span className="soft">{words.reconnecting}</span>}
        </span>
      </div>
      <ol className="timeline" reversed>
        {entries.toReversed().map(entry => (
          <li key={entry.sequence}>
            <p>
              <strong>{said[entry.what] ?? entry.what}</strong>
              {entry.attempt !== null && entry.attempt > 1 && <span className="badge busy">{words.attempt(entry.attempt)}</span>}
            </p>
            {entry.detail && <p className="soft">{entry.detail}</p>}
            <p className="hint">
              <time dateTime={entry.at}>{format.time(entry.at)}</time> · {entry.who}
              {entry.step && ` · ${text.called(entry.step)}`}
            </p>
            {entry.topic && <p className="hint">{text.event} {entry.topic} <code>{entry.eventId}</code></p>}
            {entry.traceId && <p className="hint">{text.trace} <code>{entry.traceId}</code></p>}
          </li>
        ))}
      </ol>
    </section>
  )
}
