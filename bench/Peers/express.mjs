import express from 'express'
import { rateLimit } from 'express-rate-limit'
import http from 'node:http'
import { createProxyMiddleware } from 'http-proxy-middleware'
import jwt from 'jsonwebtoken'
import pino from 'pino'
import { pinoHttp } from 'pino-http'
import { audience, issuer, log, port, publicKey, upstream } from './settings.mjs'

const app = express()
app.use(pinoHttp({ logger: pino(pino.destination({ dest: log, sync: false })) }))
app.use(rateLimit({ windowMs: 60_000, limit: 100_000_000, validate: false }))
app.use((request, response, next) => {
  try {
    request.user = jwt.verify((request.headers.authorization ?? '').replace(/^Bearer /, ''), publicKey, { algorithms: ['RS256'], issuer, audience })
    next()
  } catch {
    response.sendStatus(401)
  }
})
app.use('/api', createProxyMiddleware({ target: upstream, agent: new http.Agent({ keepAlive: true }) }))
app.listen(port, '127.0.0.1')
