import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { Problem } from '../../api/problem'
import type { Product } from '../../api/types'
import { useText } from '../../i18n/useText'
import { Field } from '../../ui/Field'
import { Failure } from '../../ui/states'
import { catalogue } from '../clients'
import { useBoardText } from '../text/useBoardText'

/** Title, prices and whether it is for sale; everything else stays as it is. */
export function EditProduct({ product, done }: { product: Product; done: () => void }) {
  const text = useBoardText()
  const words = useText()
  const queries = useQueryClient()
  const id = useId()
  const [title, setTitle] = useState(product.title)
  const [published, setPublished] = useState(product.published)
  const [prices, setPrices] = useState(() => product.variants.map(variant => String(variant.price)))
  const save = useMutation({
    mutationFn: () =>
      catalogue.PUT('/products/{id}', {
        params: { path: { id: product.id } },
        body: { ...product, title, published, variants: product.variants.map((variant, index) => ({ ...variant, price: Number(prices[index]) })) },
      }),
    onSuccess: async () => {
      await queries.invalidateQueries()
      done()
    },
  })
  const errors = save.error instanceof Problem ? save.error.errors : {}
  return (
    <form
      className="stack"
      onSubmit={event => {
        event.preventDefault()
        if (!save.isPending) save.mutate()
      }}
    >
      <Field name="title" label={text.title} value={title} required maxLength={255} errors={errors['title']} onChange={event => setTitle(event.target.value)} />
      <div className="inline-form">
        {product.variants.map((variant, index) => (
          <Field
            key={variant.id} name={`price-${index}`} label={text.priceOf(variant.title === 'Default Title' ? product.title : variant.title)} type="number" min="0" step="0.01" required
            value={prices[index]} errors={errors[`variants[${index}].price`]} onChange={event => setPrices(prices.with(index, event.target.value))}
          />
        ))}
      </div>
      <p className="row">
        <input id={id} type="checkbox" checked={published} onChange={event => setPublished(event.target.checked)} />
        <label htmlFor={id}>{text.published}</label>
      </p>
      {save.isError && <Failure error={save.error} />}
      <div className="acts">
        <button type="submit" className="button small" aria-disabled={save.isPending}>{words.save}</button>
        <button type="button" className="button small plain" onClick={done}>{words.cancel}</button>
      </div>
    </form>
  )
}
