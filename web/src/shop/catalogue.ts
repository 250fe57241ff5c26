import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { bodyOf, products } from '../api/client'
import type { Product } from '../api/types'

export interface Browsing {
  q?: string | undefined
  stall?: string | undefined
  type?: string | undefined
  tag?: string | undefined
  sort?: 'price' | '-price' | 'newest' | undefined
}

const fresh = 30_000

export const browse = ({ q, stall, type, tag, sort }: Browsing) =>
  infiniteQueryOptions({
    queryKey: ['products', 'browse', { q, stall, type, tag, sort }],
    queryFn: ({ pageParam, signal }) =>
      bodyOf(
        products.GET('/products', {
          params: { query: { limit: 24, ...given({ search: q, stall, type, tag, sort, cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.next ?? undefined,
    placeholderData: keepPreviousData,
    staleTime: fresh,
  })

export const product = (id: string) =>
  queryOptions({
    queryKey: ['products', 'one', id],
    queryFn: ({ signal }) => bodyOf(products.GET('/products/{id}', { params: { path: { id } }, signal })),
    staleTime: fresh,
  })

export interface Stall {
  name: string
  products: number
  picture: string | undefined
}

/** Who sells, what kinds of things, and what people look for. */
export const stalls = queryOptions({
  queryKey: ['products', 'stalls'],
  queryFn: async ({ signal }) => summarize((await bodyOf(products.GET('/products', { params: { query: { limit: 100 } }, signal }))).items),
  staleTime: 5 * 60_000,
})

function summarize(all: readonly Product[]) {
  const byStall = Map.groupBy(all, one => one.stall)
  const tags = new Map<string, number>()
  for (const tag of all.flatMap(one => one.tags)) tags.set(tag, (tags.get(tag) ?? 0) + 1)
  return {
    stalls: [...byStall].map(([name, its]): Stall => ({ name, products: its.length, picture: its.find(one => one.pictures.length > 0)?.pictures[0]?.url })).sort((a, b) => b.products - a.products),
    types: [...new Set(all.map(one => one.type).filter(type => type !== ''))],
    tags: [...tags].filter(([, count]) => count >= 5).sort((a, b) => b[1] - a[1]).slice(0, 8).map(([tag]) => tag),
  }
}

function given<T extends object>(values: T) {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== '')) as { [K in keyof T]: Exclude<T[K], undefined> }
}
