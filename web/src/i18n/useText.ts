import { useMemo } from 'react'
import { useLanguage } from '../app/preferences'
import { en, type Text } from './en'
import { ms } from './ms'

const catalogues = { en, ms }

export const useText = (): Text => catalogues[useLanguage()]

/** Prices and times as the language writes them. */
export function useFormat() {
  const { locale } = useText()
  return useMemo(() => {
    const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })
    const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'medium' })
    return {
      price: (amount: number, currency: string) => new Intl.NumberFormat(locale, { style: 'currency', currency }).format(amount),
      when: (at: string) => day.format(new Date(at)),
      time: (at: string) => clock.format(new Date(at)),
    }
  }, [locale])
}
