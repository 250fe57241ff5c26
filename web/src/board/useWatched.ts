import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useUser } from '../session/useSession'
import { useToasts } from '../app/toasts'
import { useBoardText } from './text/useBoardText'

const often = 2_000

/** Asks again and again while the page is looked at, so that it shows what is. Without `patient`, a question without an answer is a failure at once. */
export function useWatched<T>(name: readonly string[], ask: (signal: AbortSignal) => Promise<T>, every: number | false = often, patient = true) {
  const user = useUser()
  return useQuery({
    queryKey: ['mine', user?.id, 'board', ...name],
    queryFn: ({ signal }) => ask(signal),
    enabled: user !== undefined,
    refetchInterval: every,
    ...(!patient && { retry: false }),
    placeholderData: keepPreviousData,
  })
}

interface PageOf<T> {
  items: T[]
  next: string | null
}

/** A list that somebody reads on in, page by page. */
export function useWatchedPages<T>(name: readonly string[], ask: (cursor: string | undefined, signal: AbortSignal) => Promise<PageOf<T>>, every: number | false = often) {
  const user = useUser()
  return useInfiniteQuery({
    queryKey: ['mine', user?.id, 'board', ...name],
    queryFn: ({ pageParam, signal }) => ask(pageParam, signal),
    enabled: user !== undefined,
    refetchInterval: every,
    placeholderData: keepPreviousData,
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.next ?? undefined,
  })
}

/** Something that is done once at a press; what the board shows is asked for again afterwards, and a refusal is said. */
export function useAct<T>(act: (what: T) => Promise<unknown>) {
  const queries = useQueryClient()
  const user = useUser()
  const say = useToasts()
  const text = useBoardText()
  return useMutation({
    mutationFn: act,
    onError: failure => say(`${text.refused} ${'detail' in failure && typeof failure.detail === 'string' ? failure.detail : failure.message}`),
    onSettled: () => queries.invalidateQueries({ queryKey: ['mine', user?.id, 'board'] }),
  })
}
