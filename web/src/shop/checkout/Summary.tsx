import { useFormat, useText } from '../../i18n/useText'
import { Failure, Skeleton } from '../../ui/states'
import type { useBasketContents } from '../basket/useBasketContents'

export function Summary({ content }: { content: ReturnType<typeof useBasketContents> }) {
  const text = useText()
  const format = useFormat()
  if (content.error) return <Failure error={content.error} retry={content.retry} />
  if (content.isPending) return <Skeleton lines={1} />
  return (
    <>
      <ul className="summary">
        {content.contents.map(line => (
          <li key={line.variantId} className="spread">
            <span>
              {line.quantity} × {line.product?.title ?? text.noLongerSold}
              {line.isGone && <span className="wrong"> {text.noLongerSold}</span>}
            </span>
            {line.variant && <span className="price">{format.price((Math.round(line.variant.price * 100) * line.quantity) / 100, line.variant.currency)}</span>}
          </li>
        ))}
      </ul>
      {content.currencies.length > 1 && <p role="alert" className="wrong">{text.oneCurrency}</p>}
      {content.currencies[0] && content.currencies.length === 1 && (
        <p className="spread summary-total">
          <span>{text.total}</span>
          <strong className="price">{format.price(content.total, content.currencies[0])}</strong>
        </p>
      )}
    </>
  )
}
