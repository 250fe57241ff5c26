import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { Problem } from '../../api/problem'
import type { Product } from '../../api/types'
import { useUser } from '../../session/useSession'
import { Field } from '../../ui/Field'
import { catalogue } from '../clients'
import { useBoardText } from '../text/useBoardText'
import { ProductForm, type Entered } from './ProductForm'

const kinds = ['prepared', 'stocked'] as const satisfies readonly Product['kind'][]

/** Something that was not sold before, in one variant or several of one option. */
export function NewProduct({ done }: { done: () => void }) {
  const text = useBoardText()
  const queries = useQueryClient()
  const { stall } = useUser()!
  const id = useId()
  const [kind, setKind] = useState<Product['kind']>('prepared')
  const [currency, setCurrency] = useState('MYR')
  const [option, setOption] = useState('')
  const [variants, setVariants] = useState([{ value: '', price: '', pieces: '' }])
  const change = (index: number, changed: Partial<(typeof variants)[number]>) => setVariants(variants.with(index, { ...variants[index]!, ...changed }))
  const isOne = variants.length === 1
  const save = useMutation({
    mutationFn: (entered: Entered) =>
      catalogue.POST('/products', {
        body: {
          ...entered, kind, currency,
          variants: variants.map(variant => ({
            price: Number(variant.price),
            stockQuantity: variant.pieces === '' ? null : Number(variant.pieces),
            grams: 0,
            requiresShipping: true,
            taxable: true,
            options: option && variant.value ? [{ name: option, value: variant.value }] : [],
          })),
        },
      }),
    onSuccess: async () => {
      await queries.invalidateQueries()
      done()
    },
  })
  const errors = save.error instanceof Problem ? save.error.errors : {}
  return (
    <ProductForm from={{ title: '', descriptionHtml: '', tags: [], stall: stall ?? '', published: true }} save={entered => save.mutate(entered)} saving={save} done={done}>
      <div className="inline-form">
        <div className="field">
          <label htmlFor={id}>{text.kind}</label>
          <select id={id} value={kind} onChange={event => setKind(event.target.value as Product['kind'])}>
            {kinds.map(one => <option key={one} value={one}>{text.kinds[one]}</option>)}
          </select>
        </div>
        <Field name="currency" label={text.currency} value={currency} required pattern="[A-Z]{3}" maxLength={3} errors={errors['currency']} onChange={event => setCurrency(event.target.value.toUpperCase())} />
        {!isOne && <Field name="option" label={text.option} hint={text.optionsNeeded} value={option} required maxLength={255} onChange={event => setOption(event.target.value)} />}
      </div>
      {variants.map((variant, index) => (
        <fieldset key={index} className="inline-form">
          <legend className="hidden-visually">{text.variantOf(index + 1)}</legend>
          {!isOne && <Field name={`value-${index}`} label={text.optionValue} value={variant.value} required maxLength={255} errors={errors[`variants[${index}].options`]} onChange={event => change(index, { value: event.target.value })} />}
          <Field
            name={`price-${index}`} label={text.price} type="number" min="0" step="0.01" required value={variant.price} errors={errors[`variants[${index}].price`]}
            onChange={event => change(index, { price: event.target.value })}
          />
          {kind === 'stocked' && <Field name={`pieces-${index}`} label={text.onHand} type="number" min="0" step="1" value={variant.pieces} onChange={event => change(index, { pieces: event.target.value })} />}
        </fieldset>
      ))}
      <p><button type="button" className="button small plain" onClick={() => setVariants([...variants, { value: '', price: '', pieces: '' }])}>{text.addVariant}</button></p>
    </ProductForm>
  )
}
