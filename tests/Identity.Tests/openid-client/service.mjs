// A service that asks in its own name: node service.mjs ISSUER CLIENT SECRET
import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as client from 'openid-client'

const [issuer, name, secret] = process.argv.slice(2)
const options = { execute: [client.allowInsecureRequests] }
const config = await client.discovery(new URL(issuer), name, undefined, client.ClientSecretBasic(secret), options)
const tokens = await client.clientCredentialsGrant(config)
const { payload } = await jwtVerify(tokens.access_token, createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri)), { issuer, audience: 'kampung', algorithms: ['RS256'] })

const posted = await client.discovery(new URL(issuer), name, undefined, client.ClientSecretPost(secret), options)
const wrong = await client.discovery(new URL(issuer), name, undefined, client.ClientSecretBasic('no ' + secret), options)
console.log(JSON.stringify({
  payload, refresh: tokens.refresh_token ?? null, posted: (await client.clientCredentialsGrant(posted)).token_type,
  wrong: await client.clientCredentialsGrant(wrong).then(() => null, failure => failure.error ?? failure.cause?.[0]?.parameters?.error ?? String(failure)),
}))
