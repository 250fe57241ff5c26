import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useToasts } from '../../app/toasts'
import type { Product } from '../../api/types'
import { Problem } from '../../api/problem'
import { useFormat, useText } from '../../i18n/useText'
import { Picture } from '../../ui/Picture'
import { Quantity } from '../../ui/Quantity'
import { Failure, NotFound, Skeleton, useTitle } from '../../ui/states'
import { basket, mostOfALine } from '../basket/basket'
import { product } from '../catalogue'
import { Description } from './Description'
import { MoreFromStall } from './MoreFromStall'
import { Variants } from './Variants'
import './product.css'

const route = getRouteApi('/products/$id')

export function ProductPage() {
  const { id } = route.useParams()
  const shown = useQuery(product(id))
  if (shown.isPending) return <div className="page"><Skeleton lines={5} /></div>
  if (!shown.data) {
    const isGone = shown.error instanceof Problem && [400, 404].includes(shown.error.status)
    return <div className="page">{isGone ? <NotFound /> : <Failure error={shown.error} retry={() => void shown.refetch()} />}</div>
  }
  return <ProductDetails key={id} product={shown.data} />
}

function ProductDetails({ product }: { product: Product }) {
  const text = useText()
  const format = useFormat()
  const tell = useToasts()
  const [variantId, choose] = useState(() => (product.variants.find(one => one.stockQuantity !== 0) ?? product.variants[0])?.id)
  const [quantity, setQuantity] = useState(1)
  const variant = product.variants.find(one => one.id === variantId)
  const stock = variant?.stockQuantity ?? undefined
  const most = Math.min(mostOfALine, stock ?? mostOfALine)
  const picture = variant?.pictureUrl ?? product.pictures[0]?.url
  useTitle(product.title)

  return (
    <div className="page">
      <div className="product">
        <div className="product-picture">
          <Picture url={picture} alt={product.pictures[0]?.alt ?? product.title} eager />
        </div>
        <div className="product-facts">
          <p>
            <Link to="/" search={{ stall: product.stall }} className="stall-link">
              {product.stall}
            </Link>
          </p>
          <h1>{product.title}</h1>
          {variant && (
            <p className="product-price" aria-live="polite">
              {format.price(variant.price, variant.currency)}
              {variant.compareAtPrice != null && variant.compareAtPrice > variant.price && (
                <s className="soft">
                  <span className="hidden-visually">{text.was} </span>
                  {format.price(variant.compareAtPrice, variant.currency)}
                </s>
              )}
            </p>
          )}
          <Description html={product.descriptionHtml} />
          <Variants variants={product.variants} chosen={variantId} choose={choose} />
          <form
            className="buy"
            onSubmit={event => {
              event.preventDefault()
              if (!variant || stock === 0) return
              basket.add({ productId: product.id, variantId: variant.id, quantity })
              tell(text.added(product.title), { to: '/basket', label: text.viewBasket })
            }}
          >
            <Quantity value={quantity} most={Math.max(1, most)} onChange={setQuantity} label={product.title} />
            <button className="button" disabled={!variant || stock === 0}>
              {stock === 0 ? text.soldOut : text.addToBasket}
            </button>
          </form>
          <p className="soft">{product.kind === 'prepared' ? text.prepared : stock !== undefined && stock > 0 && stock <= 5 ? text.left(stock) : text.stocked}</p>
          {product.tags.length > 0 && (
            <ul className="row tags" aria-label={text.tags}>
              {product.tags.map(tag => (
                <li key={tag}>
                  <Link to="/" search={{ tag }} className="badge">
                    {tag}
                  </Link>
                </li>
              ))}
            </ul>
          )}
        </div>
      </div>
      <MoreFromStall stall={product.stall} except={product.id} />
    </div>
  )
}
