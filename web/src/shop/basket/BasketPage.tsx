import { Link } from '@tanstack/react-router'
import { useFormat, useText } from '../../i18n/useText'
import { useIsCustomer, useUser } from '../../session/useSession'
import { Picture } from '../../ui/Picture'
import { Quantity } from '../../ui/Quantity'
import { Empty, Failure, Skeleton, useTitle } from '../../ui/states'
import { basket, mostOfALine } from './basket'
import './basket.css'
import { useBasketContents, type Content } from './useBasketContents'

export function BasketPage() {
  const text = useText()
  const format = useFormat()
  const { contents, error, retry, isPending, isOrderable, currencies, total } = useBasketContents()
  const user = useUser()
  const isCustomer = useIsCustomer()
  useTitle(text.basket)

  if (contents.length === 0)
    return (
      <div className="page narrow">
        <h1>{text.basket}</h1>
        <Empty title={text.basketEmpty} action={<Link to="/" className="button">{text.toTheStalls}</Link>}>
          {text.basketEmptyText}
        </Empty>
      </div>
    )
  return (
    <div className="page narrow">
      <h1>{text.basket}</h1>
      {error && <Failure error={error} retry={retry} />}
      <ul className="basket">
        {contents.map(line => (
          <li key={line.variantId}>
            <Line line={line} />
          </li>
        ))}
      </ul>
      {isPending ? (
        <Skeleton lines={1} />
      ) : (
        <div className="stack basket-end">
          {currencies.length > 1 && <p role="alert" className="wrong">{text.oneCurrency}</p>}
          {currencies.length === 1 && (
            <p className="spread basket-total">
              <span>{text.total}</span>
              <strong className="price">{format.price(total, currencies[0]!)}</strong>
            </p>
          )}
          {user && !isCustomer && <p role="status" className="wrong">{text.customersOnly}</p>}
          {isOrderable && (!user || isCustomer) && (
            <Link to="/checkout" className="button whole">
              {text.toCheckout}
            </Link>
          )}
        </div>
      )}
    </div>
  )
}

function Line({ line }: { line: Content }) {
  const text = useText()
  const format = useFormat()
  const { product, variant } = line
  const title = product?.title ?? (line.isGone ? text.noLongerSold : text.loading)
  const most = Math.min(mostOfALine, variant?.stockQuantity ?? mostOfALine)
  return (
    <article className="basket-line">
      <Picture url={variant?.pictureUrl ?? product?.pictures[0]?.url} alt="" />
      <div className="basket-what">
        <h2>
          {product ? (
            <Link to="/products/$id" params={{ id: product.id }}>
              {title}
            </Link>
          ) : (
            title
          )}
        </h2>
        <p className="soft">
          {product?.stall}
          {variant && variant.options.length > 0 && ` · ${variant.options.map(option => option.value).join(' / ')}`}
        </p>
        {line.isGone && product && <p className="wrong">{text.noLongerSold}</p>}
        {variant && variant.stockQuantity === 0 && <p className="wrong">{text.soldOut}</p>}
        {variant && <p className="soft price">{format.price(variant.price, variant.currency)} {text.each}</p>}
      </div>
      <div className="basket-how-many">
        {variant && <Quantity value={line.quantity} most={Math.max(1, most)} onChange={next => basket.set(line.variantId, next)} label={title} />}
        {variant && <strong className="price">{format.price((Math.round(variant.price * 100) * line.quantity) / 100, variant.currency)}</strong>}
        <button type="button" className="button quiet" aria-label={text.removeTitle(title)} onClick={() => basket.set(line.variantId, 0)}>
          {text.remove}
        </button>
      </div>
    </article>
  )
}
