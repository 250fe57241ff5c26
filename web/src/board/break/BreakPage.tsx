import { Problem } from '../../api/problem'
import { useFormat } from '../../i18n/useText'
import { Empty } from '../../ui/states'
import { ActButton, Asked } from '../Asked'
import { BoardSection } from '../BoardPage'
import { Latest } from '../orders/BoardOrdersPage'
import { useBoardText } from '../text/useBoardText'
import { useAct, useWatched } from '../useWatched'
import { networks, village, type Act, type Network, type Process } from '../village'

/** Break the village on purpose, and watch the orders beside it come through all the same. */
export function BreakPage() {
  const text = useBoardText()
  const processes = useWatched(['processes'], signal => village.processes(signal), 1_000)
  if (processes.error instanceof Problem && processes.error.status === 404)
    return <BoardSection name="breakThings"><Empty title={text.notHere}>{processes.error.detail}</Empty></BoardSection>
  return (
    <BoardSection name="breakThings">
      <div className="beside">
        <div className="stack">
          <CardNetwork />
          <section className="stack">
            <h2>{text.processes}</h2>
            <Asked about={processes}>{all => <ul className="tiles">{all.map(process => <li key={process.name} className="card"><OneProcess process={process} /></li>)}</ul>}</Asked>
          </section>
        </div>
        <div className="stack">
          <p className="soft">{text.watch}</p>
          <Latest limit={20} />
        </div>
      </div>
    </BoardSection>
  )
}

function CardNetwork() {
  const text = useBoardText()
  const network = useWatched(['card-network'], signal => village.network(signal))
  const set = useAct((state: Network) => village.setNetwork(state))
  return (
    <section className="card stack">
      <h2>{text.cardNetwork}</h2>
      <p className="soft">{text.cardNetworkText}</p>
      <Asked about={network}>
        {({ state }) => (
          <div className="acts" role="group" aria-label={text.cardNetwork}>
            {networks.map(one => (
              <button key={one} type="button" className={`button small ${one === state ? '' : 'plain'}`} aria-pressed={one === state} onClick={() => set.mutate(one)}>{text.network[one]}</button>
            ))}
          </div>
        )}
      </Asked>
    </section>
  )
}

// Whoever asks for it is served by the gateway: paused or stopped, it could not be asked to go on.
const servesBoard = 'gateway'

// What can be done to a process in this state.
function actsOn({ name, state }: Process): readonly Act[] {
  if (name === servesBoard) return state === 'up' ? ['kill', 'restart'] : []
  if (state === 'paused') return ['resume', 'kill']
  if (state === 'stopped' || state === 'failed') return ['start']
  return state === 'up' ? ['kill', 'pause', 'restart', 'stop'] : ['kill', 'stop']
}

function OneProcess({ process }: { process: Process }) {
  const text = useBoardText()
  const format = useFormat()
  const act = useAct((what: Act) => village.act(process.name, what))
  const looks = process.state === 'up' ? 'good' : process.state === 'failed' ? 'bad' : 'busy'
  return (
    <>
      <h3>{process.name}</h3>
      <p className="row">
        <span className={`badge ${looks}`}>{text.process[process.state]}</span>
        {process.restarts > 0 && <span className="soft">{text.restarts(process.restarts)}</span>}
      </p>
      <p className="hint">{text.ago} {format.time(process.since)}{process.why && ` · ${process.why}`}</p>
      {process.name === servesBoard && <p className="hint">{text.servesBoard}</p>}
      <div className="acts">
        {actsOn(process).map(what => (
          <ActButton key={what} label={text.act[what]} of={text.actOn(text.act[what], process.name)} danger={what === 'kill'} plain={what !== 'kill'} busy={act.isPending} run={() => act.mutate(what)} />
        ))}
      </div>
    </>
  )
}
