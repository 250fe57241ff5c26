import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useLanguage } from '../../app/preferences'
import type { Customer } from '../../api/types'
import { useFormat, useText } from '../../i18n/useText'
import { session } from '../../session/session'
import { useIsCustomer, useSession, useUser } from '../../session/useSession'
import { Empty, Failure, Skeleton, useTitle } from '../../ui/states'
import { useBasketContents } from '../basket/useBasketContents'
import { me } from '../me'
import { AddressForm } from '../profile/AddressForm'
import '../profile/profile.css'
import { AddressLines } from '../profile/AddressLines'
import { Cards, type CardToken } from './Cards'
import './checkout.css'
import { Summary } from './Summary'
import { useCheckout } from './useCheckout'

export function CheckoutPage() {
  const text = useText()
  const language = useLanguage()
  const state = useSession()
  const user = useUser()
  const isCustomer = useIsCustomer()
  const profile = useQuery({ ...me(user?.id ?? ''), enabled: state.status === 'signedIn' && isCustomer })
  useTitle(text.checkout)
  if (user && !isCustomer)
    return (
      <div className="page">
        <h1>{text.checkout}</h1>
        <Empty title={text.customersOnly} action={<Link to="/" className="button">{text.toTheStalls}</Link>} />
      </div>
    )
  return (
    <div className="page">
      <h1>{text.checkout}</h1>
      {state.status === 'restoring' && <Skeleton />}
      {(state.status === 'signedOut' || (state.status === 'ended' && !profile.data)) && (
        <Empty
          title={text.signInToOrder}
          action={<button type="button" className="button" onClick={() => void session.signIn('/checkout', language)}>{text.signIn}</button>}
        >
          {text.tagline}
        </Empty>
      )}
      {state.status === 'signedIn' && profile.isPending && (
        <>
          {profile.failureCount > 0 && <p role="status">{text.settingUp}</p>}
          <Skeleton />
        </>
      )}
      {user && profile.isError && !profile.data && <Failure error={profile.error} retry={() => void profile.refetch()} />}
      {user && profile.data && <Checkout key={user.id} customer={profile.data} />}
    </div>
  )
}

function Checkout({ customer }: { customer: Customer }) {
  const text = useText()
  const format = useFormat()
  const content = useBasketContents()
  const checkout = useCheckout()
  const [addressId, setAddress] = useState(customer.addresses[0]?.id)
  const [card, setCard] = useState<CardToken>('tok_visa')
  const [isAdding, add] = useState(customer.addresses.length === 0)
  const address = customer.addresses.find(one => one.id === addressId) ?? customer.addresses[0]
  const why = !content.isOrderable && !content.isPending ? text.waitForBasket : !address || isAdding ? text.addressFirst : undefined
  const refused = checkout.data?.order.status === 'rejected' ? checkout.data : undefined

  if (content.contents.length === 0)
    return <Empty title={text.basketEmpty} action={<Link to="/" className="button">{text.toTheStalls}</Link>}>{text.basketEmptyText}</Empty>
  return (
    <div className="checkout">
      <div className="stack">
        <section className="card stack">
          <h2>{text.whereTo}</h2>
          {customer.addresses.length > 0 && (
            <div role="radiogroup" aria-label={text.whereTo} className="stack choices">
              {customer.addresses.map(one => (
                <label key={one.id} className="choice">
                  <input type="radio" name="address" checked={one.id === address?.id && !isAdding} onChange={() => (setAddress(one.id), add(false))} />
                  <AddressLines address={one} />
                </label>
              ))}
            </div>
          )}
          {isAdding ? (
            <AddressForm customer={customer} done={saved => (saved && setAddress(saved.id), add(false))} />
          ) : (
            <p><button type="button" className="button quiet" onClick={() => add(true)}>{text.newAddress}</button></p>
          )}
        </section>
        <section className="card stack">
          <h2>{text.payWith}</h2>
          <Cards chosen={card} choose={setCard} />
        </section>
      </div>
      <section className="card stack checkout-sum" aria-label={text.yourOrder}>
        <h2>{text.yourOrder}</h2>
        <Summary content={content} />
        {refused && <Refusal reason={refused.order.reason} detail={refused.payment?.reason ?? null} />}
        {checkout.isError && <Failure error={checkout.error} />}
        <button
          type="button"
          className="button whole"
          aria-disabled={!content.isOrderable || !address || isAdding || checkout.isPending}
          aria-describedby={why ? 'why-not' : undefined}
          onClick={() => {
            if (!content.isOrderable || !address || isAdding || checkout.isPending) return
            checkout.mutate({ lines: content.contents.map(({ variantId, quantity }) => ({ variantId, quantity })), addressId: address.id, paymentToken: card })
          }}
        >
          {checkout.isPending ? text.placingOrder : text.placeOrder(content.currencies[0] ? format.price(content.total, content.currencies[0]) : '')}
        </button>
        {why && <p id="why-not" className="hint" role="status">{why}</p>}
      </section>
    </div>
  )
}

function Refusal({ reason, detail }: { reason: string | null; detail: string | null }) {
  const text = useText()
  const [title, more] =
    reason === 'payment declined' ? [text.declined, text.declinedText] : reason === 'out of stock' ? [text.rejected, text.outOfStock] : [text.rejected, reason ?? '']
  return (
    <div className="failure" role="alert">
      <p><strong>{title}</strong></p>
      <p>{more}</p>
      {detail === 'insufficient funds' && <p>{text.tooLittle}</p>}
    </div>
  )
}
