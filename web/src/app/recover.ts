/** A tab from before a deploy asks for files that are gone: it is loaded anew, once. */
export function recoverFromDeploys() {
  const reloaded = 'kampung.reloaded-at'
  window.addEventListener('vite:preloadError', event => {
    const last = Number(sessionStorage.getItem(reloaded) ?? 0)
    if (Date.now() - last < 30_000) return
    event.preventDefault()
    sessionStorage.setItem(reloaded, String(Date.now()))
    location.reload()
  })
}

/** The issuer sends people back to its own host: who came by this machine's other name goes there before anything is put into a basket. */
export function moveToIssuersHost(issuer: string): boolean {
  const loopback = ['localhost', '127.0.0.1', '[::1]']
  const there = new URL(issuer)
  if (!import.meta.env.PROD || there.host === location.host || there.port !== location.port) return false
  if (!loopback.includes(there.hostname) || !loopback.includes(location.hostname)) return false
  location.replace(there.origin + location.pathname + location.search + location.hash)
  return true
}
