import { Dialog } from '@base-ui/react/dialog'
import { useState } from 'react'
import { bodyOf } from '../../api/client'
import { useText } from '../../i18n/useText'
import { shortId } from '../../shop/orders/order'
import '../../shop/orders/orders.css'
import { useUser } from '../../session/useSession'
import { Field } from '../../ui/Field'
import { Empty } from '../../ui/states'
import { ActButton, Asked } from '../Asked'
import { BoardSection } from '../BoardPage'
import { deliveries, type Delivery, type Rider } from '../clients'
import { useBoardText } from '../text/useBoardText'
import { useAct, useWatched } from '../useWatched'

/** Riders see and do their own deliveries; operators see all, and send riders to work and home. */
export function RidersPage() {
  const { roles } = useUser()!
  return (
    <BoardSection name="riders">
      {roles.includes('rider') && <OwnDuty />}
      <UnderWay />
      {roles.includes('operator') && <Riders />}
    </BoardSection>
  )
}

function OwnDuty() {
  const text = useBoardText()
  const duty = useAct(async (onDuty: boolean) => bodyOf(onDuty ? deliveries.POST('/riders/me/on-duty') : deliveries.POST('/riders/me/off-duty')))
  // As it was a moment ago until it is asked for again.
  const asked = useWatched(['duty'], async signal => (await bodyOf(deliveries.GET('/riders/me', { signal }))) as Rider)
  const known = duty.isPending ? undefined : asked.data
  return (
    <div className="row">
      <div className="acts">
        <ActButton label={text.goOnDuty} busy={duty.isPending} run={() => duty.mutate(true)} />
        <ActButton label={text.goOffDuty} plain busy={duty.isPending} run={() => duty.mutate(false)} />
      </div>
      <span role="status">{known && <span className={`badge ${known.onDuty ? 'good' : ''}`}>{known.onDuty ? text.onDuty : text.offDuty}</span>}</span>
    </div>
  )
}

const underWay = ['pickedUp', 'assigned', 'waiting'] as const

function UnderWay() {
  const text = useBoardText()
  const all = useWatched(['deliveries'], async signal => {
    const pages = underWay.map(status => bodyOf(deliveries.GET('/deliveries', { params: { query: { status, limit: 50 } }, signal })))
    return (await Promise.all(pages)).flatMap(page => page.items as Delivery[])
  })
  return (
    <section className="stack">
      <h2>{text.deliveries}</h2>
      <Asked about={all}>
        {items => items.length === 0
          ? <Empty title={text.noDeliveries} heading="h2">{text.noDeliveriesText}</Empty>
          : <ul className="tiles">{items.map(one => <li key={one.id} className="card"><OneDelivery delivery={one} /></li>)}</ul>}
      </Asked>
    </section>
  )
}

function OneDelivery({ delivery }: { delivery: Delivery }) {
  const text = useBoardText()
  const goOn = useAct(() => {
    const path = { params: { path: { id: delivery.id } } }
    return delivery.status === 'assigned' ? deliveries.POST('/deliveries/{id}/picked-up', path) : deliveries.POST('/deliveries/{id}/delivered', path)
  })
  const order = shortId(delivery.orderId)
  return (
    <>
      <h3>{text.forOrder(order)}</h3>
      <p className="row">
        <span className={`badge ${delivery.status === 'pickedUp' ? 'busy' : ''}`}>{text.delivery[delivery.status]}</span>
        {delivery.rider && <span className="soft">{delivery.rider.name}</span>}
      </p>
      <ul>
        {delivery.parcels.map((parcel, index) => (
          <li key={index}>{parcel.quantity} × {parcel.title}{parcel.variantTitle && ` (${parcel.variantTitle})`} <small className="soft">{text.fetch(parcel.stall)}</small></li>
        ))}
      </ul>
      {delivery.address && <p><span className="soft">{text.deliverTo}</span> {whereIs(delivery.address)}</p>}
      {delivery.reason && <p className="soft">{delivery.reason}</p>}
      {(delivery.status === 'assigned' || delivery.status === 'pickedUp') && (
        <div className="acts">
          {delivery.status === 'assigned'
            ? <ActButton label={text.pickedUp} of={text.pickedUpOf(order)} busy={goOn.isPending} run={() => goOn.mutate(undefined)} />
            : <ActButton label={text.delivered} of={text.deliveredOf(order)} busy={goOn.isPending} run={() => goOn.mutate(undefined)} />}
          <Fail delivery={delivery} />
        </div>
      )}
    </>
  )
}

const whereIs = (address: NonNullable<Delivery['address']>) =>
  [address.line1, address.line2, [address.postalCode, address.city].filter(Boolean).join(' '), address.country].filter(Boolean).join(', ')

function Fail({ delivery }: { delivery: Delivery }) {
  const text = useBoardText()
  const words = useText()
  const [isOpen, open] = useState(false)
  const [reason, setReason] = useState('')
  // Of this attempt only, should another one have begun meanwhile.
  const fail = useAct(() => deliveries.POST('/deliveries/{id}/failed', { params: { path: { id: delivery.id } }, body: { reason, attempt: delivery.attempt } }))
  return (
    <Dialog.Root open={isOpen} onOpenChange={open}>
      <Dialog.Trigger className="button small danger" aria-label={text.failedOf(shortId(delivery.orderId))}>{text.failed}</Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog">
          <Dialog.Title>{text.failedQuestion}</Dialog.Title>
          <Dialog.Description>{text.failedText}</Dialog.Description>
          <form
            className="stack"
            onSubmit={event => {
              event.preventDefault()
              if (!fail.isPending) fail.mutate(undefined, { onSettled: () => open(false) })
            }}
          >
            <Field name="reason" label={text.failedReason} value={reason} maxLength={500} required onChange={event => setReason(event.target.value)} />
            <div className="row">
              <Dialog.Close className="button plain">{words.cancel}</Dialog.Close>
              <button type="submit" className="button danger" aria-disabled={fail.isPending}>{text.failed}</button>
            </div>
          </form>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function Riders() {
  const text = useBoardText()
  const riders = useWatched(['riders'], async signal => (await bodyOf(deliveries.GET('/riders', { params: { query: { limit: 100 } }, signal }))).items)
  return (
    <section className="stack">
      <h2>{text.pages.riders}</h2>
      <Asked about={riders}>
        {items => items.length === 0 ? <p>{text.noRiders}</p> : <ul className="tiles">{items.map(rider => <li key={rider.id} className="card"><OneRider rider={rider} /></li>)}</ul>}
      </Asked>
    </section>
  )
}

function OneRider({ rider }: { rider: Rider }) {
  const text = useBoardText()
  const send = useAct(() => {
    const path = { params: { path: { id: rider.id } } }
    return rider.onDuty ? deliveries.POST('/riders/{id}/off-duty', path) : deliveries.POST('/riders/{id}/on-duty', path)
  })
  return (
    <>
      <h3>{rider.name}</h3>
      <p className="row">
        <span className={`badge ${rider.onDuty ? 'good' : ''}`}>{rider.onDuty ? text.onDuty : text.offDuty}</span>
        <span className="soft">{text.carries(rider.load)}</span>
      </p>
      <ActButton label={rider.onDuty ? text.offDuty : text.onDuty} of={rider.onDuty ? text.sendHome(rider.name) : text.sendOnDuty(rider.name)} plain busy={send.isPending} run={() => send.mutate(undefined)} />
    </>
  )
}
