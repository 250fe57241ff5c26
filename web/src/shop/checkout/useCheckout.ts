import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { sendAuthorized } from '../../api/client'
import { Problem } from '../../api/problem'
import type { Order, Payment } from '../../api/types'
import { basket } from '../basket/basket'
import { forgetKey, keyFor } from './attempt'

interface Wanted {
  lines: readonly { variantId: string; quantity: number }[]
  addressId: string
  paymentToken: string
}

/** What POST /api/checkout answers: the gateway puts it together, and no service's document has it. */
interface Outcome {
  order: Order
  payment: Payment | null
}

/** Orders and pays. Ends on the order's page, or here with an order that was not taken. */
export function useCheckout() {
  const queries = useQueryClient()
  const navigate = useNavigate()
  return useMutation({
    mutationFn: async (wanted: Wanted): Promise<Outcome> => {
      const request = new Request('/api/checkout', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': keyFor(wanted), Prefer: 'wait=10' },
        body: JSON.stringify(wanted),
      })
      const answer = await sendAuthorized(request)
      if (!answer.ok) throw await Problem.of(answer)
      return (await answer.json()) as Outcome
    },
    // The same key again gives the same order: whoever does not answer is asked once more.
    retry: (failures, error) => failures < 2 && error instanceof Problem && error.isTemporary && !error.isOffline,
    onSuccess: ({ order }) => {
      forgetKey()
      void queries.invalidateQueries({ queryKey: ['mine'] })
      if (order.status === 'rejected') {
        void queries.invalidateQueries({ queryKey: ['products'] })
        return
      }
      basket.clear()
      void navigate({ to: '/orders/$id', params: { id: order.id }, replace: true })
    },
    onError: error => {
      if (error instanceof Problem && !error.isTemporary) forgetKey()
    },
  })
}
