import { useFormat } from '../i18n/useText'

export function Price({ amount, currency }: { amount: number; currency: string }) {
  return <span className="price">{useFormat().price(amount, currency)}</span>
}
