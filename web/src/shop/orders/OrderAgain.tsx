import { useNavigate } from '@tanstack/react-router'
import type { Order } from '../../api/types'
import { useText } from '../../i18n/useText'
import { basket } from '../basket/basket'

export function OrderAgain({ order }: { order: Order }) {
  const text = useText()
  const navigate = useNavigate()
  return (
    <button
      type="button"
      className="button plain"
      onClick={() => {
        for (const { productId, variantId, quantity } of order.lines) basket.add({ productId, variantId, quantity })
        void navigate({ to: '/basket' })
      }}
    >
      {text.orderAgain}
    </button>
  )
}
