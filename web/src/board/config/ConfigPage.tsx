import { useId, useState } from 'react'
import { useFormat } from '../../i18n/useText'
import { Field } from '../../ui/Field'
import { Asked } from '../Asked'
import { BoardSection } from '../BoardPage'
import { services } from '../clients'
import { useBoardText } from '../text/useBoardText'
import { useWatched } from '../useWatched'
import { environment, village, type Commit, type Configuration } from '../village'

/** What a service is told in a profile: each value once, with the file that wins and the commit that changed it last; and the commits that led there. */
export function ConfigPage() {
  const text = useBoardText()
  const id = useId()
  const [service, choose] = useState<string>('order-service')
  const [profile, setProfile] = useState('dev')
  const known = /^[a-z0-9,-]{1,64}$/.test(profile) ? profile : 'dev'
  const configuration = useWatched(['config', service, known], signal => village.configuration(service, known, signal))
  const files = useWatched(['config-files'], signal => village.files(signal))
  return (
    <BoardSection name="config">
      <form className="inline-form" onSubmit={event => event.preventDefault()}>
        <div className="field">
          <label htmlFor={id}>{text.service}</label>
          <select id={id} value={service} onChange={event => choose(event.target.value)}>
            {[...services, 'gateway'].map(name => <option key={name}>{name}</option>)}
          </select>
        </div>
        <Field name="profile" label={text.profile} value={profile} pattern="[a-z0-9,\-]+" maxLength={64} onChange={event => setProfile(event.target.value.toLowerCase())} />
      </form>
      <Asked about={configuration}>{answer => <Values answer={answer} files={files.data ?? {}} />}</Asked>
      <History />
    </BoardSection>
  )
}

// A file with several documents names them: application.yml (document #1).
const fileOf = (source: string) => source.replace(/ \(document #\d+\)$/, '')

function Values({ answer, files }: { answer: Configuration; files: Readonly<Record<string, Commit>> }) {
  const text = useBoardText()
  // Highest precedence first: the first one that has a key has its value. The processes take keys in any case for the same.
  const values = new Map<string, { key: string; value: unknown; from: string }>()
  for (const { name, source } of answer.propertySources)
    for (const [key, value] of Object.entries(source)) if (!values.has(key.toLowerCase())) values.set(key.toLowerCase(), { key, value, from: name })
  const rows = [...values.values()].sort((a, b) => a.key.localeCompare(b.key))
  const isWhole = answer.propertySources.some(({ name }) => name === environment)
  return (
    <section className="stack">
      <h2>{text.configured}</h2>
      <p className="hint">{isWhole ? text.configuredWith : text.configuredText}</p>
      {rows.length === 0 ? <p>{text.noValues}</p> : (
        <div className="wide" tabIndex={0} role="region" aria-label={text.configured}>
          <table>
            <thead><tr><th scope="col">{text.key}</th><th scope="col">{text.value}</th><th scope="col">{text.from}</th><th scope="col">{text.changedBy}</th></tr></thead>
            <tbody>
              {rows.map(({ key, value, from }) => (
                <tr key={key}>
                  <td><code>{key}</code></td><td>{String(value)}</td><td className="soft">{from === environment ? text.environment : from}</td>
                  <td className="soft"><LastChange commit={files[fileOf(from)]} /></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

function LastChange({ commit }: { commit: Commit | undefined }) {
  const format = useFormat()
  if (!commit) return null
  return <><code>{commit.id.slice(0, 10)}</code><br /><small>{commit.message} · <time dateTime={commit.at}>{format.when(commit.at)}</time></small></>
}

function History() {
  const text = useBoardText()
  const format = useFormat()
  const commits = useWatched(['commits'], signal => village.commits(signal))
  return (
    <section className="stack">
      <h2>{text.history}</h2>
      <Asked about={commits}>
        {all => (
          <ol className="letters">
            {all.map(commit => (
              <li key={commit.id} className="card">
                <p><strong>{commit.message}</strong></p>
                <p className="hint"><code>{commit.id.slice(0, 10)}</code> · {commit.author} · <time dateTime={commit.at}>{format.when(commit.at)}</time></p>
                <p className="soft">{commit.files.join(', ')}</p>
              </li>
            ))}
          </ol>
        )}
      </Asked>
    </section>
  )
}
