import { Link } from '@tanstack/react-router'
import type { Product } from '../../api/types'
import { useFormat, useText } from '../../i18n/useText'
import { Picture } from '../../ui/Picture'

export function ProductCard({ product, eager }: { product: Product; eager?: boolean }) {
  const text = useText()
  const format = useFormat()
  const prices = product.variants.map(variant => variant.price)
  const lowest = format.price(Math.min(...prices), product.currency)
  const soldOut = product.variants.every(variant => variant.stockQuantity === 0)
  return (
    <article className="product-card">
      <Picture url={product.pictures[0]?.url} alt="" eager={eager ?? false} />
      <h2>
        <Link to="/products/$id" params={{ id: product.id }}>
          {product.title}
        </Link>
      </h2>
      <p className="soft">{product.stall}</p>
      <p className="price">
        {new Set(prices).size > 1 ? text.from(lowest) : lowest}
        {soldOut && <span className="badge bad">{text.soldOut}</span>}
      </p>
    </article>
  )
}
