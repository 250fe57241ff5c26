import { useQueries } from '@tanstack/react-query'
import { Problem } from '../../api/problem'
import type { Product, Variant } from '../../api/types'
import { product } from '../catalogue'
import { useBasket, type BasketLine } from './basket'

export interface Content extends BasketLine {
  product: Product | undefined
  variant: Variant | undefined
  /** The stall does not sell it any more. */
  isGone: boolean
}

/** The basket with what the catalogue says of it today. */
export function useBasketContents() {
  const lines = useBasket()
  const ids = [...new Set(lines.map(line => line.productId))]
  const asked = useQueries({ queries: ids.map(id => product(id)) })
  const contents = lines.map((line): Content => {
    const answer = asked[ids.indexOf(line.productId)]
    const variant = answer?.data?.variants.find(one => one.id === line.variantId)
    const isGone = (answer?.isSuccess === true && !variant) || (answer?.error instanceof Problem && answer.error.status === 404)
    return { ...line, product: answer?.data, variant, isGone }
  })
  const sold = contents.filter(line => line.variant)
  const currencies = [...new Set(sold.map(line => line.variant!.currency))]
  return {
    contents,
    error: asked.find(answer => answer.isError && !answer.data && !(answer.error instanceof Problem && answer.error.status === 404))?.error,
    retry: () => asked.filter(answer => answer.isError).forEach(answer => void answer.refetch()),
    isPending: asked.some(answer => answer.isPending),
    isOrderable: contents.length > 0 && currencies.length === 1 && sold.length === contents.length,
    currencies,
    // Cents are whole numbers; their sum has no rounding to go wrong.
    total: sold.reduce((sum, line) => sum + Math.round(line.variant!.price * 100) * line.quantity, 0) / 100,
  }
}
