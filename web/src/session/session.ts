import { UserManager, type User } from 'oidc-client-ts'
import { settings } from './settings'

export interface Person {
  id: string
  name: string
  email: string
  roles: readonly string[]
  stall: string | undefined
}

export type SessionState =
  | { status: 'restoring' }
  | { status: 'signedOut' }
  /** Somebody was signed in, and the issuer says no more: pages keep what they show, and ask to sign in again. */
  | ({ status: 'ended' } & Person)
  | ({ status: 'signedIn' } & Person)

// Says only that it is worth asking the issuer after a reload; whoever never signed in is spared the hidden frame.
const wasSignedIn = 'kampung.was-signed-in'

const manager = new UserManager(settings())
const listeners = new Set<() => void>()
let state: SessionState = { status: localStorage.getItem(wasSignedIn) ? 'restoring' : 'signedOut' }
let user: User | null = null
let renewal: Promise<string | undefined> | undefined

export const session = {
  get state() {
    return state
  },
  subscribe(listener: () => void) {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  },

  /** An access token of the one who is signed in; waits for a session that is being restored. */
  async token(): Promise<string | undefined> {
    if (state.status === 'restoring') return session.renew()
    return user && (user.expires_in ?? 0) > 5 ? user.access_token : user ? session.renew() : undefined
  },

  /** Asks the issuer in a hidden frame. Whoever asks meanwhile waits for the same answer. */
  renew(): Promise<string | undefined> {
    renewal ??= manager
      .signinSilent()
      .then(take, (failure: unknown) => {
        // Without the issuer nobody can tell: who has a token still keeps it, and whoever needs a new one asks again.
        if (isRefusal(failure) || state.status === 'restoring') end()
        return undefined
      })
      .finally(() => (renewal = undefined))
    return renewal
  },

  /** Goes to the issuer's page, and comes back to where it was. */
  async signIn(to = location.pathname + location.search, language?: string) {
    await manager.signinRedirect({ state: { to }, ...(language ? { ui_locales: language } : {}) })
  },

  /** The other half of {@link session.signIn}, on /callback; says where to go on. */
  async finish(): Promise<string> {
    const signedIn = await manager.signinRedirectCallback()
    take(signedIn)
    const to = (signedIn.state as { to?: string } | undefined)?.to ?? '/'
    return to.startsWith('/') && !to.startsWith('//') ? to : '/'
  },

  async signOut() {
    localStorage.removeItem(wasSignedIn)
    await manager.signoutRedirect(user?.id_token ? { id_token_hint: user.id_token } : {})
  },
}

function take(next: User | null): string | undefined {
  if (!next) {
    end()
    return undefined
  }
  user = next
  localStorage.setItem(wasSignedIn, '1')
  const roles = next.profile['role']
  change({
    status: 'signedIn',
    id: next.profile.sub,
    name: next.profile.name ?? '',
    email: next.profile.email ?? '',
    roles: Array.isArray(roles) ? (roles as string[]) : typeof roles === 'string' ? [roles] : [],
    stall: next.profile['stall'] as string | undefined,
  })
  return next.access_token
}

function end() {
  const before = state
  user = null
  localStorage.removeItem(wasSignedIn)
  void manager.removeUser()
  change(before.status === 'signedIn' || before.status === 'ended' ? { ...before, status: 'ended' } : { status: 'signedOut' })
}

function change(next: SessionState) {
  state = next
  for (const listener of listeners) listener()
}

function isRefusal(failure: unknown) {
  return failure instanceof Error && failure.name === 'ErrorResponse'
}

manager.events.addUserLoaded(next => void take(next))
manager.events.addSilentRenewError(failure => {
  if (isRefusal(failure)) end()
})
manager.events.addAccessTokenExpired(() => void session.renew())

// Whoever signs in again in another tab goes on in this one, with all that was typed here.
window.addEventListener('storage', event => {
  if (event.key === wasSignedIn && event.newValue && state.status === 'ended') void session.renew()
})

export function restore() {
  if (state.status === 'restoring' && location.pathname !== '/callback') void session.renew()
}
