const reloaded = 'kampung.reloaded-at'

/** A part of the app that could not be had: there is no connection, or a deploy has put another in its place. */
export class MissingPart extends Error {}

/**
 * A tab from before a deploy asks for files that are gone: it is loaded anew, once. Not where the server is silent: the browser would show its own page of errors in
 * the place of what is there.
 */
export async function recoverFromDeploy(): Promise<boolean> {
  const last = Number(sessionStorage.getItem(reloaded) ?? 0)
  if (Date.now() - last < 30_000 || !(await isServed())) return false
  sessionStorage.setItem(reloaded, String(Date.now()))
  location.reload()
  return true
}

async function isServed() {
  try {
    return (await fetch('/', { headers: { Accept: 'text/html' }, cache: 'no-store' })).ok
  } catch {
    return false
  }
}

/** The issuer sends people back to its own host: who came by this machine's other name goes there before anything is put into a basket. */
export function moveToIssuersHost(issuer: string): boolean {
  // The development server is known to the issuer by its number.
  if (import.meta.env.DEV && location.hostname === 'localhost') {
    location.hostname = '127.0.0.1'
    return true
  }
  const loopback = ['localhost', '127.0.0.1', '[::1]']
  const there = new URL(issuer)
  if (!import.meta.env.PROD || there.host === location.host || there.port !== location.port) return false
  if (!loopback.includes(there.hostname) || !loopback.includes(location.hostname)) return false
  location.replace(there.origin + location.pathname + location.search + location.hash)
  return true
}
