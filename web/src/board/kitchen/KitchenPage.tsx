import { bodyOf } from '../../api/client'
import { useFormat } from '../../i18n/useText'
import { shortId } from '../../shop/orders/order'
import { Empty } from '../../ui/states'
import { ActButton, Asked } from '../Asked'
import { BoardSection } from '../BoardPage'
import { kitchen, type Station, type Ticket } from '../clients'
import { useBoardText } from '../text/useBoardText'
import { useAct, useWatched } from '../useWatched'

/** What is to be cooked, oldest first; whoever cooks says when it is ready. */
export function KitchenPage() {
  return (
    <BoardSection name="kitchen">
      <Tickets />
      <Stations />
    </BoardSection>
  )
}

function Tickets() {
  const text = useBoardText()
  const tickets = useWatched(['tickets'], async signal => (await bodyOf(kitchen.GET('/kitchen/tickets', { params: { query: { status: 'accepted', limit: 100 } }, signal }))).items as Ticket[])
  return (
    <Asked about={tickets}>
      {items => (
        <>
          <p role="status" className="soft">{items.length > 0 && text.ticketsToCook(items.length)}</p>
          {items.length === 0 && <Empty title={text.noTickets}>{text.noTicketsText}</Empty>}
          <ul className="tiles">
            {items.map(ticket => <li key={ticket.id} className="card"><OneTicket ticket={ticket} /></li>)}
          </ul>
        </>
      )}
    </Asked>
  )
}

function OneTicket({ ticket }: { ticket: Ticket }) {
  const text = useBoardText()
  const format = useFormat()
  const finish = useAct(() => kitchen.POST('/kitchen/tickets/{id}/ready', { params: { path: { id: ticket.id } } }))
  const order = shortId(ticket.orderId)
  return (
    <>
      <h2>{text.forOrder(order)}</h2>
      <p className="soft">{[ticket.stall, ticket.station].filter(Boolean).join(' · ')}</p>
      <ul>
        {ticket.lines.map((line, index) => <li key={index}>{line.quantity} × {line.title} {line.variantTitle && line.variantTitle !== 'Default Title' && <small className="soft">{line.variantTitle}</small>}</li>)}
      </ul>
      <p className="row">
        {ticket.dueAt && <span className="hint">{text.due(format.time(ticket.dueAt))}</span>}
        {ticket.overdueTimes > 0 && <span className="badge bad">{text.overdue}</span>}
      </p>
      <ActButton label={text.ready} of={text.readyFor(order)} busy={finish.isPending} run={() => finish.mutate(undefined)} />
    </>
  )
}

function Stations() {
  const text = useBoardText()
  const stations = useWatched(['stations'], async signal => (await bodyOf(kitchen.GET('/kitchen/stations', { params: { query: { limit: 100 } }, signal }))).items)
  return (
    <section className="stack">
      <h2>{text.stations}</h2>
      <Asked about={stations}>
        {items => <ul className="tiles">{items.map(station => <li key={station.id} className="card"><OneStation station={station} /></li>)}</ul>}
      </Asked>
    </section>
  )
}

function OneStation({ station }: { station: Station }) {
  const text = useBoardText()
  const { name } = station
  const change = useAct(() => {
    const path = { params: { path: { id: station.id } } }
    return station.open ? kitchen.POST('/kitchen/stations/{id}/close', path) : kitchen.POST('/kitchen/stations/{id}/open', path)
  })
  return (
    <>
      <h3>{name}</h3>
      {!name.startsWith(station.stall) && <p className="soft">{station.stall}</p>}
      <p className="row">
        <span className={`badge ${station.open ? 'good' : ''}`}>{station.open ? text.open : text.closed}</span>
        <span className="soft">{text.stationLoad(station.load)}</span>
      </p>
      <ActButton label={station.open ? text.close : text.open} of={station.open ? text.closeStation(name) : text.openStation(name)} plain busy={change.isPending} run={() => change.mutate(undefined)} />
    </>
  )
}
