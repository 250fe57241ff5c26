const name = 'kampung.checkout'

/**
 * The key under which an order is asked for. The same basket, address and card have the same key until the answer is known, also after a reload: whoever clicks twice,
 * or never got the answer, is told of the order that there is.
 */
export function keyFor(body: object): string {
  const wanted = JSON.stringify(body)
  const kept = read()
  if (kept?.wanted === wanted) return kept.key
  const key = Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('')
  sessionStorage.setItem(name, JSON.stringify({ key, wanted }))
  return key
}

/** The answer is known: the next try is another one. */
export function forgetKey() {
  sessionStorage.removeItem(name)
}

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(name) ?? 'null') as { key: string; wanted: string } | null
  } catch {
    return null
  }
}
