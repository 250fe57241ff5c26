import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { bodyOf, products } from '../api/client'

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

/** Who sells, what kinds of things, and what people look for. */
export const stalls = queryOptions({
  queryKey: ['products', 'stalls'],
  queryFn: ({ signal }) => bodyOf(products.GET('/products/facets', { signal })),
  select: facets => ({
    stalls: facets.stalls,
    types: facets.types.map(type => type.name),
    tags: facets.tags.filter(tag => tag.products >= 5).slice(0, 8).map(tag => tag.name),
  }),
  staleTime: 5 * 60_000,
})

function given<T extends object>(values: T) {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== '')) as { [K in keyof T]: Exclude<T[K], undefined> }
}
