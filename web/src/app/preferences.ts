import { useSyncExternalStore } from 'react'

export type Theme = 'system' | 'light' | 'dark'
export type Language = 'en' | 'ms'

const listeners = new Set<() => void>()

/** A choice that this browser remembers. */
function choice<T extends string>(name: string, allowed: readonly T[], otherwise: T, apply: (value: T) => void) {
  const read = () => {
    const kept = localStorage.getItem(name) as T | null
    return kept && allowed.includes(kept) ? kept : otherwise
  }
  let value = read()
  const set = (next: T) => {
    value = next
    localStorage.setItem(name, next)
    apply(next)
    for (const listener of listeners) listener()
  }
  apply(value)
  return { get: () => value, set }
}

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

export const theme = choice<Theme>('kampung.theme', ['system', 'light', 'dark'], 'system', value => {
  if (value === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = value
})

export const language = choice<Language>('kampung.language', ['en', 'ms'], navigator.language.startsWith('ms') ? 'ms' : 'en', value => {
  document.documentElement.lang = value
})

export const useTheme = () => useSyncExternalStore(subscribe, theme.get)
export const useLanguage = () => useSyncExternalStore(subscribe, language.get)
