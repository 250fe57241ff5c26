import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Problem } from '../../api/problem'
import type { Product } from '../../api/types'
import { Field } from '../../ui/Field'
import { catalogue } from '../clients'
import { useBoardText } from '../text/useBoardText'
import { ProductForm, type Entered } from './ProductForm'

/** Says which version somebody has seen, so that they overwrite or delete no other. */
export const ifSeen = (product: Product) => ({ 'If-Match': `"${product.version}"` })

/** Texts, stall, prices and whether it is for sale; everything else stays as it is. */
export function EditProduct({ product, done, reload }: { product: Product; done: () => void; reload: () => void }) {
  const text = useBoardText()
  const queries = useQueryClient()
  // As it was when the form opened, whatever the list has by now.
  const [seen] = useState(product)
  const [prices, setPrices] = useState(() => product.variants.map(variant => String(variant.price)))
  const save = useMutation({
    mutationFn: (entered: Entered) =>
      catalogue.PUT('/products/{id}', {
        params: { path: { id: seen.id }, header: ifSeen(seen) },
        body: { ...seen, ...entered, variants: seen.variants.map((variant, index) => ({ ...variant, price: Number(prices[index]) })) },
      }),
    onSuccess: async () => {
      await queries.invalidateQueries()
      done()
    },
  })
  const errors = save.error instanceof Problem ? save.error.errors : {}
  return (
    <ProductForm from={seen} save={entered => save.mutate(entered)} saving={save} done={done} reload={reload}>
      <div className="inline-form">
        {seen.variants.map((variant, index) => (
          <Field
            key={variant.id} name={`price-${index}`} label={text.priceOf(variant.title || seen.title)} type="number" min="0" step="0.01" required
            value={prices[index]} errors={errors[`variants[${index}].price`]} onChange={event => setPrices(prices.with(index, event.target.value))}
          />
        ))}
      </div>
    </ProductForm>
  )
}
