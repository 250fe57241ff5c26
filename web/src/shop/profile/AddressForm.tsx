import { useId } from 'react'
import { Problem } from '../../api/problem'
import type { Address, Customer } from '../../api/types'
import { useText } from '../../i18n/useText'
import { Field } from '../../ui/Field'
import { Failure } from '../../ui/states'
import { useChangeMe, withAddress } from '../me'

interface Props {
  customer: Customer
  /** The one to change; without, a new one is added. */
  address?: Address
  done: (saved?: Address) => void
}

export function AddressForm({ customer, address, done }: Props) {
  const text = useText()
  const id = useId()
  const change = useChangeMe(customer.id)
  const place = address ? customer.addresses.findIndex(other => other.id === address.id) : customer.addresses.length
  const problem = change.error instanceof Problem ? change.error : undefined
  const wrong = (field: string) => problem?.errors[`addresses[${place}].${field}`]

  return (
    <form
      className="stack"
      onSubmit={event => {
        event.preventDefault()
        if (change.isPending) return
        const form = new FormData(event.currentTarget)
        const told = (name: string) => String(form.get(name) ?? '').trim()
        const next = { label: told('label'), line1: told('line1'), line2: told('line2') || null, city: told('city'), postalCode: told('postalCode'), country: told('country') }
        change.mutate(withAddress(customer, address ? { ...next, id: address.id } : next), { onSuccess: saved => done(saved.addresses[place]) })
      }}
    >
      <Field name="label" label={text.addressLabel} hint={text.addressLabelHint} defaultValue={address?.label} required maxLength={50} errors={wrong('label')} />
      <Field name="line1" label={text.line1} defaultValue={address?.line1} required maxLength={200} autoComplete="address-line1" errors={wrong('line1')} />
      <Field name="line2" label={text.line2} defaultValue={address?.line2 ?? ''} maxLength={200} autoComplete="address-line2" errors={wrong('line2')} />
      <div className="two">
        <Field name="postalCode" label={text.postalCode} defaultValue={address?.postalCode} required maxLength={20} autoComplete="postal-code" errors={wrong('postalCode')} />
        <Field name="city" label={text.city} defaultValue={address?.city} required maxLength={100} autoComplete="address-level2" errors={wrong('city')} />
      </div>
      <div className="field">
        <label htmlFor={id}>{text.country}</label>
        <select id={id} name="country" autoComplete="country" defaultValue={address?.country ?? 'MY'}>
          {address && !(address.country in text.countries) && <option value={address.country}>{address.country}</option>}
          {Object.entries(text.countries).map(([code, name]) => (
            <option key={code} value={code}>{name}</option>
          ))}
        </select>
      </div>
      {change.isError && (!problem || Object.keys(problem.errors).length === 0) && <Failure error={change.error} />}
      <div className="row">
        <button className="button" aria-disabled={change.isPending}>{change.isPending ? text.saving : text.save}</button>
        {(address || customer.addresses.length > 0) && (
          <button type="button" className="button plain" onClick={() => done()}>{text.cancel}</button>
        )}
      </div>
    </form>
  )
}
