import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { asUser, bodyOf } from '../../api/client'
import type { Product } from '../../api/types'
import { useFormat } from '../../i18n/useText'
import { Field } from '../../ui/Field'
import { Empty, Failure } from '../../ui/states'
import { ActButton, Asked } from '../Asked'
import { BoardSection } from '../BoardPage'
import { catalogue, type ImportReport } from '../clients'
import { useBoardText } from '../text/useBoardText'
import { useWatchedPages } from '../useWatched'
import { DeleteProduct } from './DeleteProduct'
import { EditProduct } from './EditProduct'
import { NewProduct } from './NewProduct'

/** What is sold and what is hidden; merchants see their own stall's. */
export function CataloguePage() {
  const text = useBoardText()
  const format = useFormat()
  const [search, setSearch] = useState('')
  const queries = useQueryClient()
  const [edited, edit] = useState<string>()
  const [isNew, begin] = useState(false)
  // A form that is to begin anew, with what was loaded meanwhile.
  const [round, nextRound] = useState(0)
  const reload = async () => {
    await queries.invalidateQueries()
    nextRound(round + 1)
  }
  const products = useWatchedPages(['catalogue', search], (cursor, signal) => bodyOf(catalogue.GET('/products/all', { params: { query: { limit: 50, ...(search && { search }), ...(cursor && { cursor }) } }, signal })), false)
  return (
    <BoardSection name="catalogue">
      <Import />
      {isNew
        ? <section className="card stack"><h2>{text.newProduct}</h2><NewProduct done={() => begin(false)} /></section>
        : <p><button type="button" className="button small" onClick={() => begin(true)}>{text.newProduct}</button></p>}
      <Field name="search" type="search" label={text.searchCatalogue} value={search} maxLength={200} onChange={event => setSearch(event.target.value)} />
      <Asked about={products}>
        {({ pages }) => {
          const items: Product[] = pages.flatMap(page => page.items)
          if (items.length === 0) return <Empty title={text.noProducts} />
          return (
            <ul className="letters">
              {items.map(product => (
                <li key={product.id} className="card">
                  <div className="spread">
                    <h2>{product.title}</h2>
                    <span className={`badge ${product.published ? 'good' : ''}`}>{product.published ? text.published : text.hidden}</span>
                  </div>
                  <p className="soft">{product.stall} · {product.variants.map(variant => format.price(variant.price, product.currency)).join(', ')}</p>
                  {edited === product.id
                    ? <EditProduct key={round} product={product} done={() => edit(undefined)} reload={() => void reload()} />
                    : (
                      <div className="acts">
                        <ActButton label={text.edit} of={text.editOf(product.title)} plain busy={false} run={() => edit(product.id)} />
                        <DeleteProduct product={product} />
                      </div>
                    )}
                </li>
              ))}
            </ul>
          )
        }}
      </Asked>
      {products.hasNextPage && <p><button type="button" className="button plain" disabled={products.isFetchingNextPage} onClick={() => void products.fetchNextPage()}>{text.more}</button></p>}
    </BoardSection>
  )
}

function Import() {
  const text = useBoardText()
  const queries = useQueryClient()
  const [file, setFile] = useState<File>()
  const [currency, setCurrency] = useState('MYR')
  const sent = useMutation({
    // The body is the file as it is, which the typed client has no form for.
    mutationFn: async (csv: File) => {
      const answer = await asUser.fetch(new Request(`${asUser.baseUrl}/products/import?currency=${encodeURIComponent(currency)}`, { method: 'POST', headers: { 'Content-Type': 'text/csv' }, body: csv }))
      return (await answer.json()) as ImportReport
    },
    onSuccess: () => queries.invalidateQueries(),
  })
  return (
    <section className="card stack">
      <h2>{text.importCsv}</h2>
      <form
        className="inline-form"
        onSubmit={event => {
          event.preventDefault()
          if (file && !sent.isPending) sent.mutate(file)
        }}
      >
        <Field name="file" type="file" accept=".csv,text/csv" label={text.csvFile} required onChange={event => setFile(event.target.files?.[0])} />
        <Field name="currency" label={text.currency} value={currency} required pattern="[A-Z]{3}" maxLength={3} onChange={event => setCurrency(event.target.value.toUpperCase())} />
        <button type="submit" className="button small" aria-disabled={sent.isPending}>{text.import}</button>
      </form>
      <div role="status">
        {sent.data && (
          <>
            <p><strong>{text.imported(sent.data.imported, sent.data.updated, sent.data.unchanged)}</strong></p>
            {sent.data.rejected.length > 0 && <p>{text.rejectedRows(sent.data.rejected.length)}</p>}
            <ul>{sent.data.rejected.map((row, index) => <li key={index}>{text.line(row.line)}: {row.reason}</li>)}</ul>
          </>
        )}
      </div>
      {sent.isError && <Failure error={sent.error} />}
    </section>
  )
}
