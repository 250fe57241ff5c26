import proxy from '@fastify/http-proxy'
import jwt from '@fastify/jwt'
import limit from '@fastify/rate-limit'
import fastify from 'fastify'
import pino from 'pino'
import { audience, issuer, log, port, publicKey, upstream } from './settings.mjs'

const app = fastify({ loggerInstance: pino(pino.destination({ dest: log, sync: false })) })
await app.register(jwt, { secret: { public: publicKey }, verify: { algorithms: ['RS256'], allowedIss: issuer, allowedAud: audience, cache: true } })
await app.register(limit, { max: 100_000_000, timeWindow: '1 minute' })
await app.register(proxy, { upstream, prefix: '/api', rewritePrefix: '', preHandler: request => request.jwtVerify() })
await app.listen({ host: '127.0.0.1', port })
