import { useRef, useState } from 'react'
import { bodyOf } from '../../api/client'
import { Field } from '../../ui/Field'
import { Empty } from '../../ui/states'
import { ActButton, Asked } from '../Asked'
import { BoardSection } from '../BoardPage'
import { inventory, type StockEntry } from '../clients'
import { useBoardText } from '../text/useBoardText'
import { useAct, useWatchedPages } from '../useWatched'

/** What is on the shelves, set aside and sold; and pieces put there or taken away by hand. */
export function StockPage() {
  const text = useBoardText()
  const [search, setSearch] = useState('')
  const [adjusted, adjust] = useState<string>()
  const stock = useWatchedPages(['stock', search], (cursor, signal) => bodyOf(inventory.GET('/stock', { params: { query: { limit: 50, ...(search && { search }), ...(cursor && { cursor }) } }, signal })))
  return (
    <BoardSection name="stock">
      <Field name="search" type="search" label={text.searchStock} value={search} maxLength={200} onChange={event => setSearch(event.target.value)} />
      <Asked about={stock}>
        {({ pages }) => {
          const items = pages.flatMap(page => page.items as StockEntry[])
          if (items.length === 0) return <Empty title={text.noStock} />
          return (
            <div className="wide" tabIndex={0} role="region" aria-label={text.pages.stock}>
              <table>
                <thead>
                  <tr>
                    <th scope="col">{text.product}</th><th scope="col" className="number">{text.onHand}</th><th scope="col" className="number">{text.reserved}</th>
                    <th scope="col" className="number">{text.sold}</th><th scope="col">{text.adjust}</th>
                  </tr>
                </thead>
                <tbody>
                  {items.map(entry => (
                    <tr key={entry.variantId}>
                      <td>{entry.title}<br /><small className="soft">{[entry.stall, entry.sku].filter(Boolean).join(' · ')}</small></td>
                      <td className="number">{entry.counted ? entry.onHand : <span className="soft">{text.uncounted}</span>}</td>
                      <td className="number">{entry.reserved}</td>
                      <td className="number">{entry.sold}</td>
                      <td>
                        {adjusted === entry.variantId
                          ? <Adjust entry={entry} done={() => adjust(undefined)} />
                          : entry.counted && <ActButton label={text.adjust} of={text.adjustOf(entry.title)} plain busy={false} run={() => adjust(entry.variantId)} />}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }}
      </Asked>
      {stock.hasNextPage && <p><button type="button" className="button plain" disabled={stock.isFetchingNextPage} onClick={() => void stock.fetchNextPage()}>{text.more}</button></p>}
    </BoardSection>
  )
}

function Adjust({ entry, done }: { entry: StockEntry; done: () => void }) {
  const text = useBoardText()
  // The same press, also when its answer was lost, is the same adjustment.
  const key = useRef(crypto.randomUUID())
  const [delta, setDelta] = useState('')
  const [reason, setReason] = useState('')
  const adjust = useAct(() => inventory.POST('/stock/adjustments', { params: { header: { 'Idempotency-Key': key.current } }, body: { variantId: entry.variantId, delta: Number(delta), reason } }))
  return (
    <form
      className="inline-form"
      onSubmit={event => {
        event.preventDefault()
        if (!adjust.isPending) adjust.mutate(undefined, { onSuccess: done })
      }}
    >
      <Field name="delta" type="number" label={text.pieces} value={delta} required autoFocus onChange={event => { setDelta(event.target.value); key.current = crypto.randomUUID() }} />
      <Field name="reason" label={text.reason} value={reason} maxLength={500} required onChange={event => { setReason(event.target.value); key.current = crypto.randomUUID() }} />
      <button type="submit" className="button small" aria-disabled={adjust.isPending}>{text.adjust}</button>
    </form>
  )
}
