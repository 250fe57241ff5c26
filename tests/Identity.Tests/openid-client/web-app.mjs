// The web app, by openid-client and jose: node web-app.mjs ISSUER REDIRECT_URI EMAIL PASSWORD. The last line that it writes is what it found, as JSON.
import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as client from 'openid-client'
import { Browser } from './browser.mjs'

const [issuer, redirect_uri, email, password] = process.argv.slice(2)
const home = new URL('/', issuer).href
const config = await client.discovery(new URL(issuer), 'kampung-web', undefined, client.None(), { execute: [client.allowInsecureRequests] })
const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri))
const verify = async token => (await jwtVerify(token, keys, { issuer, audience: 'kampung', algorithms: ['RS256'] })).payload
const error = promise => promise.then(() => null, failure => failure.error ?? String(failure))
const browser = new Browser()

async function request(more = {}) {
  const checks = { pkceCodeVerifier: client.randomPKCECodeVerifier(), expectedState: client.randomState(), expectedNonce: client.randomNonce() }
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri, scope: 'openid profile email roles offline_access', state: checks.expectedState, nonce: checks.expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier), code_challenge_method: 'S256', ...more,
  })
  return { url, checks }
}

// Nobody has signed in: the page to sign in, the link on it to register, and from there to the app.
const first = await request()
const signIn = await browser.open(first.url)
const register = await browser.open(new URL(signIn.html.match(/href="([^"]*\/register[^"]*)"/)[1].replaceAll('&amp;', '&'), signIn.url))
const back = await browser.submit(register, { name: 'Siti <b>binti</b> Osman', email, password }, redirect_uri)
const tokens = await client.authorizationCodeGrant(config, back.url, first.checks)
const access = await verify(tokens.access_token)

// A code is for one use; whoever shows it again costs the tokens that it gave.
const codeAgain = await error(client.authorizationCodeGrant(config, back.url, first.checks))

// Signed in by now: no page in between.
async function getTokens() {
  const next = await request()
  return client.authorizationCodeGrant(config, (await browser.open(next.url, redirect_uri)).url, next.checks)
}
const family = await getTokens()
const [one, two] = await Promise.all([client.refreshTokenGrant(config, family.refresh_token), client.refreshTokenGrant(config, family.refresh_token)])
const rotated = await client.refreshTokenGrant(config, one.refresh_token)

// Once the leeway is over, the first one was stolen, and all that came from it is worth nothing.
let reused = null
while (!(reused = await error(client.refreshTokenGrant(config, family.refresh_token)))) await new Promise(resolve => setTimeout(resolve, 50))
const familyAfterwards = [await error(client.refreshTokenGrant(config, rotated.refresh_token)), await error(client.refreshTokenGrant(config, two.refresh_token))]

const other = await getTokens()
await client.tokenRevocation(config, other.refresh_token)
const revoked = await error(client.refreshTokenGrant(config, other.refresh_token))

// Signed in elsewhere, too.
const elsewhere = new Browser()
const there = await request()
const thereTokens = await client.authorizationCodeGrant(config, (await elsewhere.submit(await elsewhere.open(there.url), { email, password }, redirect_uri)).url, there.checks)
const [before, last] = [await getTokens(), await getTokens()]

// With the ID token, signing out needs no question; then there is no session any more.
const signedOut = await browser.open(client.buildEndSessionUrl(config, { id_token_hint: last.id_token, post_logout_redirect_uri: home, state: 'out' }), home + '?')
const silent = await request({ prompt: 'none' })
const afterwards = await browser.open(silent.url, redirect_uri)

// What this session was given is worth nothing any more; what the other one was given is.
const refreshedAfterwards = [await error(client.refreshTokenGrant(config, before.refresh_token)), await error(client.refreshTokenGrant(config, last.refresh_token))]
const stillThere = await client.refreshTokenGrant(config, thereTokens.refresh_token)

// Without its cookie, too: the ID token says which session it is.
await new Browser().open(client.buildEndSessionUrl(config, { id_token_hint: stillThere.id_token, post_logout_redirect_uri: home, state: 'out' }), home + '?')
const thereAfterwards = await error(client.refreshTokenGrant(config, stillThere.refresh_token))

console.log(JSON.stringify({
  metadata: config.serverMetadata(), access, id: tokens.claims(), header: JSON.parse(Buffer.from(tokens.access_token.split('.')[0], 'base64url')), expiresIn: tokens.expires_in,
  codeAgain, rotated: new Set([family, one, two, rotated].map(set => set.refresh_token)).size, refreshed: (await verify(rotated.access_token)).sub,
  reused, familyAfterwards, revoked, signedOut: signedOut.url.href, afterwards: afterwards.url.searchParams.get('error'), refreshedAfterwards, thereAfterwards, idToken: last.id_token,
}))
