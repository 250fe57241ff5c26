import { AlertDialog } from '@base-ui/react/alert-dialog'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { orders } from '../../api/client'
import type { Order } from '../../api/types'
import { useText } from '../../i18n/useText'
import { saysOf } from '../../ui/states'
import { orderKey } from './order'

export function CancelOrder({ order, userId, tooLate }: { order: Order; userId: string; tooLate: boolean }) {
  const text = useText()
  const queries = useQueryClient()
  const [isOpen, open] = useState(false)
  const cancel = useMutation({
    mutationFn: () => orders.POST('/orders/{id}/cancel', { params: { path: { id: order.id } } }),
    onSettled: () => {
      open(false)
      void queries.invalidateQueries({ queryKey: orderKey(userId, order.id) })
    },
  })
  if (order.cancelRequested) return <p className="badge busy" role="status">{text.cancelling}</p>
  return (
    <>
      {!tooLate && (
        <AlertDialog.Root open={isOpen} onOpenChange={open}>
          <AlertDialog.Trigger className="button danger">{text.cancelOrder}</AlertDialog.Trigger>
          <AlertDialog.Portal>
            <AlertDialog.Backdrop className="backdrop" />
            <AlertDialog.Popup className="dialog">
              <AlertDialog.Title>{text.cancelQuestion}</AlertDialog.Title>
              <AlertDialog.Description>{text.cancelText}</AlertDialog.Description>
              <div className="row">
                <button type="button" className="button danger" disabled={cancel.isPending} onClick={() => cancel.mutate()}>{text.cancelOrder}</button>
                <AlertDialog.Close className="button plain">{text.keepOrder}</AlertDialog.Close>
              </div>
            </AlertDialog.Popup>
          </AlertDialog.Portal>
        </AlertDialog.Root>
      )}
      {cancel.isError && <p className="wrong" role="alert">{saysOf(cancel.error, text)}</p>}
    </>
  )
}
