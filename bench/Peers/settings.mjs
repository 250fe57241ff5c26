// What both are told: PORT, UPSTREAM, ISSUER (whose key set is at /keys), LOG (a file).
import { createPublicKey } from 'node:crypto'

export const port = Number(process.env.PORT)
export const upstream = process.env.UPSTREAM
export const issuer = process.env.ISSUER
export const log = process.env.LOG
export const audience = 'kampung'

const { keys } = await (await fetch(`${issuer}/keys`)).json()
export const publicKey = createPublicKey({ key: keys[0], format: 'jwk' }).export({ type: 'spki', format: 'pem' })
