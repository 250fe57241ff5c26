import { useText } from '../../i18n/useText'

interface Lines {
  label?: string | null
  line1: string
  line2?: string | null
  postalCode?: string | null
  city: string
  country: string
}

export function AddressLines({ address }: { address: Lines }) {
  const countries: Readonly<Record<string, string>> = useText().countries
  return (
    <span className="address">
      {address.label && <strong>{address.label}</strong>}
      <span>{[address.line1, address.line2].filter(Boolean).join(', ')}</span>
      <span>{[[address.postalCode, address.city].filter(Boolean).join(' '), countries[address.country] ?? address.country].join(', ')}</span>
    </span>
  )
}
