// A browser without scripts: cookies, redirects, and the forms that a person would fill in.
export class Browser {
  #cookies = new Map()

  // Follows redirects as far as `until` (the start of an address that is the web app's and that nobody serves here).
  async open(url, until, init = {}) {
    for (let hops = 0; hops < 10; hops++) {
      if (until && String(url).startsWith(until)) return { url: new URL(url) }
      const answer = await fetch(url, { ...init, redirect: 'manual', headers: { ...init.headers, cookie: [...this.#cookies].map(pair => pair.join('=')).join('; ') } })
      for (const cookie of answer.headers.getSetCookie()) {
        const [, name, value] = cookie.match(/^([^=]+)=([^;]*)/)
        if (value) this.#cookies.set(name, value)
        else this.#cookies.delete(name)
      }
      if (answer.status < 300 || answer.status > 399) return { url: new URL(url), status: answer.status, html: await answer.text() }
      await answer.body?.cancel()
      url = new URL(answer.headers.get('location'), url)
      init = {}
    }
    throw new Error(`too many redirects, the last one to ${url}`)
  }

  // Sends the form of a page with what is typed into it.
  submit(page, typed, until) {
    const action = page.html.match(/<form method="post" action="([^"]+)"/)[1]
    const fields = new URLSearchParams()
    for (const [input] of page.html.matchAll(/<input[^>]*>/g)) fields.set(decode(input.match(/name="([^"]*)"/)[1]), decode(input.match(/value="([^"]*)"/)?.[1] ?? ''))
    for (const [name, value] of Object.entries(typed)) fields.set(name, value)
    return this.open(new URL(decode(action), page.url), until, { method: 'POST', body: fields })
  }
}

const decode = text => text.replace(/&#x([0-9A-F]+);/g, (_, hex) => String.fromCodePoint(parseInt(hex, 16))).replace(/&quot;/g, '"').replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&')
