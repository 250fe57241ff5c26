import { useSyncExternalStore } from 'react'

export interface BasketLine {
  productId: string
  variantId: string
  quantity: number
}

export const mostOfALine = 99

const name = 'kampung.basket'
const listeners = new Set<() => void>()
let lines = read()

function read(): readonly BasketLine[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(name) ?? '[]')
    return Array.isArray(kept) ? kept.filter(isLine) : []
  } catch {
    return []
  }
}

function isLine(value: unknown): value is BasketLine {
  const line = value as Partial<BasketLine> | null
  return typeof line?.productId === 'string' && typeof line.variantId === 'string' && Number.isInteger(line.quantity) && line.quantity! > 0
}

function change(next: readonly BasketLine[]) {
  lines = next
  localStorage.setItem(name, JSON.stringify(next))
  tell()
}

function tell() {
  for (const listener of listeners) listener()
}

// The same basket in every tab.
window.addEventListener('storage', event => {
  if (event.key !== name && event.key !== null) return
  lines = read()
  tell()
})

/** What somebody is about to buy: in this browser, whoever is signed in. Prices are the catalogue's, and asked for when they are shown. */
export const basket = {
  get lines() {
    return lines
  },
  add(line: BasketLine) {
    const had = lines.find(other => other.variantId === line.variantId)
    if (had) basket.set(line.variantId, had.quantity + line.quantity)
    else change([...lines, line])
  },
  /** A quantity of 0 takes the line out. */
  set(variantId: string, quantity: number) {
    const wanted = Math.min(quantity, mostOfALine)
    change(wanted > 0 ? lines.map(line => (line.variantId === variantId ? { ...line, quantity: wanted } : line)) : lines.filter(line => line.variantId !== variantId))
  },
  clear() {
    change([])
  },
  subscribe(listener: () => void) {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  },
}

export const useBasket = () => useSyncExternalStore(basket.subscribe, () => basket.lines)
