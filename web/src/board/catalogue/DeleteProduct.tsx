import { AlertDialog } from '@base-ui/react/alert-dialog'
import type { Product } from '../../api/types'
import { useToasts } from '../../app/toasts'
import { useText } from '../../i18n/useText'
import '../../shop/orders/orders.css'
import { catalogue } from '../clients'
import { useBoardText } from '../text/useBoardText'
import { useAct } from '../useWatched'
import { ifSeen } from './EditProduct'

/** Asks first, since nobody can take it back. */
export function DeleteProduct({ product }: { product: Product }) {
  const text = useBoardText()
  const words = useText()
  const say = useToasts()
  const remove = useAct(() => catalogue.DELETE('/products/{id}', { params: { path: { id: product.id }, header: ifSeen(product) } }))
  return (
    <AlertDialog.Root>
      <AlertDialog.Trigger className="button small danger" aria-label={text.deleteOf(product.title)}>{text.deleteProduct}</AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog">
          <AlertDialog.Title>{text.deleteQuestion(product.title)}</AlertDialog.Title>
          <AlertDialog.Description>{text.deleteText}</AlertDialog.Description>
          <div className="row">
            <AlertDialog.Close className="button plain">{words.cancel}</AlertDialog.Close>
            <AlertDialog.Close className="button danger" onClick={() => remove.mutate(undefined, { onSuccess: () => say(text.deleted(product.title)) })}>{text.deleteProduct}</AlertDialog.Close>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
