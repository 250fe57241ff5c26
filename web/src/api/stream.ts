import { createParser } from 'eventsource-parser'
import { sendAuthorized } from './client'
import { Problem } from './problem'

export type Connection = 'connecting' | 'live' | 'lost' | 'over'

const silence = 40_000
const longestPause = 10_000

/**
 * Server-sent events of a stream that wants a token, which EventSource cannot send. Comes back by itself after a lost connection, with the id of the last event that
 * was heard; ends when the server says that there is no more (204), or refuses.
 */
export function follow(path: string, lastId: string | undefined, hear: (data: string) => void, connection: (now: Connection) => void): () => void {
  let stopped = false
  let last = lastId
  let wake: () => void = () => {}
  let failures = 0
  const online = () => wake()
  window.addEventListener('online', online)

  async function listen() {
    const ended = new AbortController()
    const stopThis = () => ended.abort()
    abort = stopThis
    let quiet = window.setTimeout(stopThis, silence)
    try {
      const answer = await sendAuthorized(new Request(path, { headers: { Accept: 'text/event-stream', ...(last ? { 'Last-Event-ID': last } : {}) }, signal: ended.signal, cache: 'no-store' }))
      if (answer.status === 204) return false
      if (!answer.ok || !answer.body) throw await Problem.of(answer)
      connection('live')
      const parser = createParser({
        onEvent: event => {
          if (event.id) last = event.id
          failures = 0
          hear(event.data)
        },
      })
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return true
        window.clearTimeout(quiet)
        quiet = window.setTimeout(stopThis, silence)
        parser.feed(value)
      }
    } finally {
      window.clearTimeout(quiet)
    }
  }

  let abort = () => {}
  void (async () => {
    while (!stopped) {
      try {
        if (!(await listen())) break
      } catch (failure) {
        if (failure instanceof Problem && !failure.isTemporary && failure.status !== 401) break
        if (!stopped) connection('lost')
      }
      if (stopped) break
      const pause = Math.min(longestPause, 500 * 2 ** failures++)
      await new Promise<void>(resolve => {
        wake = resolve
        window.setTimeout(resolve, pause)
      })
    }
    if (!stopped) connection('over')
  })()

  return () => {
    stopped = true
    abort()
    wake()
    window.removeEventListener('online', online)
  }
}
