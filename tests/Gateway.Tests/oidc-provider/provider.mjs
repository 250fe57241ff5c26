// An issuer that is not ours, as somebody else would configure it: PORT is where it listens. It says `ready` when it does.
import Provider from 'oidc-provider'

const port = Number(process.env.PORT)
const resources = { 'urn:kampung': 'kampung', 'urn:elsewhere': 'somebody-else' }

const client = (id, algorithm) => ({
  client_id: id,
  client_secret: 'a secret of the tests',
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
  id_token_signed_response_alg: algorithm,
})

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [client('manager', 'RS256'), client('visitor', 'RS256')],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_, resource) => ({ scope: '', audience: resources[resource], accessTokenFormat: 'jwt', accessTokenTTL: 600, jwt: { sign: { alg: 'RS256' } } }),
    },
  },
  extraTokenClaims: (_, token) => ({ shop: { groups: token.clientId === 'manager' ? ['shop-managers'] : ['passers-by'] } }),
})

provider.listen(port, '127.0.0.1', () => console.log('ready'))
