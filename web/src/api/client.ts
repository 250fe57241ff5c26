import createClient from 'openapi-fetch'
import { session } from '../session/session'
import type { paths as CustomerPaths } from './generated/customer'
import type { paths as NotificationPaths } from './generated/notification'
import type { paths as OrderPaths } from './generated/order'
import type { paths as PaymentPaths } from './generated/payment'
import type { paths as ProductPaths } from './generated/product'
import { Problem } from './problem'

const baseUrl = new URL('/api', location.origin).href

async function send(request: Request): Promise<Response> {
  let answer: Response
  try {
    answer = await fetch(request)
  } catch (failure) {
    if (request.signal.aborted) throw failure
    throw Problem.unreachable()
  }
  return answer
}

async function refuse(answer: Response): Promise<Response> {
  if (!answer.ok) throw await Problem.of(answer)
  return answer
}

/** Asks in the name of the one who is signed in; once again with a new token when the first one is not good any more. */
export async function sendAuthorized(request: Request): Promise<Response> {
  const again = request.clone()
  const answer = await send(withToken(request, await session.token()))
  if (answer.status !== 401 || session.state.status === 'ended') return answer
  const token = await session.renew()
  return token ? send(withToken(again, token)) : answer
}

function withToken(request: Request, token: string | undefined) {
  if (token) request.headers.set('Authorization', `Bearer ${token}`)
  return request
}

const asAnybody = { baseUrl, fetch: async (request: Request) => refuse(await send(request)) }
export const asUser = { baseUrl, fetch: async (request: Request) => refuse(await sendAuthorized(request)) }

export const products = createClient<ProductPaths>(asAnybody)
export const customers = createClient<CustomerPaths>(asUser)
export const orders = createClient<OrderPaths>(asUser)
export const payments = createClient<PaymentPaths>(asUser)
export const notifications = createClient<NotificationPaths>(asUser)

/** What an answer carries: a refusal has been thrown by then. */
export async function bodyOf<T>(call: Promise<{ data?: T }>): Promise<T> {
  const { data } = await call
  if (data === undefined) throw new Problem(0, undefined, 'The answer is empty.', undefined, {}, undefined)
  return data
}
