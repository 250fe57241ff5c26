import { InMemoryWebStorage, WebStorageStateStore, type UserManagerSettings } from 'oidc-client-ts'

/** The issuer's address, which the gateway writes into the page. */
export function authority(): string {
  const told = document.querySelector<HTMLMetaElement>('meta[name=kampung-authority]')?.content ?? '/identity'
  return new URL(told, location.origin).href
}

/** Tokens are kept in memory only; what a redirect has to find again (PKCE, state) survives it in this tab's session storage. */
export function settings(): UserManagerSettings {
  return {
    authority: authority(),
    client_id: 'kampung-web',
    redirect_uri: `${location.origin}/callback`,
    silent_redirect_uri: `${location.origin}/silent-callback`,
    post_logout_redirect_uri: `${location.origin}/`,
    scope: 'openid profile email roles',
    userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
    stateStore: new WebStorageStateStore({ store: sessionStorage }),
    automaticSilentRenew: true,
    silentRequestTimeoutInSeconds: 8,
    loadUserInfo: false,
    monitorSession: false,
    revokeTokensOnSignout: false,
  }
}
