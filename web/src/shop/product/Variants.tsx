import type { Variant } from '../../api/types'
import { useFormat, useText } from '../../i18n/useText'

/** Which of the product's variants, with what each costs. Nothing where there is nothing to choose. */
export function Variants({ variants, chosen, choose }: { variants: readonly Variant[]; chosen: string | undefined; choose: (id: string) => void }) {
  const text = useText()
  const format = useFormat()
  if (variants.length < 2) return null
  const legend = [...new Set(variants.flatMap(variant => variant.options.map(option => option.name)))].join(' / ')
  return (
    <fieldset className="variants">
      <legend>{legend}</legend>
      {variants.map(variant => (
        <label key={variant.id} className="variant">
          <input type="radio" name="variant" value={variant.id} checked={variant.id === chosen} onChange={() => choose(variant.id)} />
          <span>{variant.options.map(option => option.value).join(' / ') || variant.title}</span>
          <span className="soft">{variant.stockQuantity === 0 ? text.soldOut : format.price(variant.price, variant.currency)}</span>
        </label>
      ))}
    </fieldset>
  )
}
