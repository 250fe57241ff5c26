/** What the API answers instead of what was asked for (RFC 9457), or that it could not be reached at all (status 0). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly type: string | undefined,
    title: string,
    readonly detail: string | undefined,
    readonly errors: Readonly<Record<string, readonly string[]>>,
    readonly traceId: string | undefined,
  ) {
    super(title)
  }

  /** The name of its kind, which never changes its meaning. */
  get slug() {
    return this.type?.split('/').at(-1)
  }

  get isOffline() {
    return this.status === 0
  }

  /** Whether the same may go well a little later. */
  get isTemporary() {
    return this.status === 0 || this.status === 429 || this.status >= 500
  }

  static async of(answer: Response): Promise<Problem> {
    const told = (await answer.json().catch(() => ({}))) as Record<string, unknown>
    const text = (name: string) => (typeof told[name] === 'string' ? told[name] : undefined)
    return new Problem(answer.status, text('type'), text('title') ?? `HTTP ${answer.status}`, text('detail'), (told['errors'] ?? {}) as Record<string, string[]>, text('traceId'))
  }

  static unreachable() {
    return new Problem(0, undefined, 'The village cannot be reached.', undefined, {}, undefined)
  }
}
