import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Problem } from '../../api/problem'
import type { Customer } from '../../api/types'
import { useText } from '../../i18n/useText'
import { useUser } from '../../session/useSession'
import { Field } from '../../ui/Field'
import { Failure, SignedIn, Skeleton, useTitle } from '../../ui/states'
import { me, profileOf, useChangeMe } from '../me'
import { AddressForm } from './AddressForm'
import { AddressLines } from './AddressLines'
import { Channels } from './Channels'
import './profile.css'

export function ProfilePage() {
  const text = useText()
  useTitle(text.profile)
  return (
    <div className="page narrow">
      <h1>{text.profile}</h1>
      <SignedIn what={text.yourProfile}>
        <Mine />
      </SignedIn>
    </div>
  )
}

function Mine() {
  const user = useUser()!
  const profile = useQuery(me(user.id))
  const text = useText()
  if (profile.isPending)
    return (
      <>
        {profile.failureCount > 0 && <p role="status">{text.settingUp}</p>}
        <Skeleton />
      </>
    )
  if (!profile.data) return <Failure error={profile.error} retry={() => void profile.refetch()} />
  return (
    <div className="stack profile">
      <Person key={profile.data.id} customer={profile.data} />
      <Addresses customer={profile.data} />
      <Channels userId={user.id} />
    </div>
  )
}

function Person({ customer }: { customer: Customer }) {
  const text = useText()
  const change = useChangeMe(customer.id)
  const problem = change.error instanceof Problem ? change.error : undefined
  return (
    <section className="card">
      <form
        className="stack"
        onSubmit={event => {
          event.preventDefault()
          if (change.isPending) return
          const form = new FormData(event.currentTarget)
          const told = (name: string) => String(form.get(name) ?? '').trim()
          change.mutate({ ...profileOf(customer), name: told('name'), email: told('email'), phone: told('phone') || null, locale: told('locale') })
        }}
      >
        <h2>{text.account}</h2>
        <Field name="name" label={text.name} defaultValue={customer.name} required maxLength={200} autoComplete="name" errors={problem?.errors['name']} />
        <Field name="email" type="email" label={text.email} defaultValue={customer.email} required maxLength={254} autoComplete="email" errors={problem?.errors['email']} />
        <Field name="phone" type="tel" label={text.phone} defaultValue={customer.phone ?? ''} maxLength={21} autoComplete="tel" placeholder="+60123456789" errors={problem?.errors['phone']} />
        <div className="field">
          <label htmlFor="locale">{text.messagesIn}</label>
          <select id="locale" name="locale" defaultValue={customer.locale.startsWith('ms') ? 'ms' : 'en'}>
            <option value="en" lang="en">English</option>
            <option value="ms" lang="ms">Bahasa Melayu</option>
          </select>
        </div>
        {change.isError && (!problem || Object.keys(problem.errors).length === 0) && <Failure error={change.error} />}
        <div className="row">
          <button className="button" aria-disabled={change.isPending}>{change.isPending ? text.saving : text.save}</button>
          <span role="status">{change.isSuccess && text.saved}</span>
        </div>
      </form>
    </section>
  )
}

function Addresses({ customer }: { customer: Customer }) {
  const text = useText()
  const change = useChangeMe(customer.id)
  const [editing, edit] = useState<string>()
  return (
    <section className="card stack">
      <h2>{text.addresses}</h2>
      {customer.addresses.length === 0 && editing !== 'new' && <p className="soft">{text.noAddresses}</p>}
      {change.isError && <Failure error={change.error} />}
      <ul className="stack">
        {customer.addresses.map(address => (
          <li key={address.id} className="place">
            {editing === address.id ? (
              <AddressForm customer={customer} address={address} done={() => edit(undefined)} />
            ) : (
              <div className="spread">
                <AddressLines address={address} />
                <span className="row">
                  <button type="button" className="button quiet" aria-label={text.editAddress(address.label)} onClick={() => edit(address.id)}>
                    {text.edit}
                  </button>
                  <button
                    type="button"
                    className="button quiet"
                    aria-label={text.removeAddress(address.label)}
                    disabled={change.isPending}
                    onClick={() => change.mutate({ ...profileOf(customer), addresses: customer.addresses.filter(other => other.id !== address.id) })}
                  >
                    {text.remove}
                  </button>
                </span>
              </div>
            )}
          </li>
        ))}
      </ul>
      {editing === 'new' ? (
        <AddressForm customer={customer} done={() => edit(undefined)} />
      ) : (
        <p>
          <button type="button" className="button plain" onClick={() => edit('new')}>{text.addAddress}</button>
        </p>
      )}
    </section>
  )
}
