import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useText } from '../../i18n/useText'
import { Empty, Failure, useTitle } from '../../ui/states'
import { browse, stalls } from '../catalogue'
import { Filters } from './Filters'
import { ProductCard } from './ProductCard'
import { Stalls } from './Stalls'
import './browse.css'

const route = getRouteApi('/')

export function Browse() {
  const text = useText()
  const search = route.useSearch()
  const village = useQuery(stalls)
  const found = useInfiniteQuery(browse(search))
  const products = found.data?.pages.flatMap(page => page.items) ?? []
  const looking = Boolean(search.q ?? search.stall ?? search.type ?? search.tag)
  useTitle(search.stall ?? search.q ?? text.hero)

  return (
    <div className="page">
      {!looking && (
        <section className="hero">
          <h1>{text.hero}</h1>
          <p>{text.heroText}</p>
        </section>
      )}
      {looking && <h1 className="looking">{search.stall ?? search.q ?? (search.type ? text.kind(search.type) : search.tag)}</h1>}
      <Stalls stalls={village.data?.stalls} chosen={search.stall} />
      <Filters search={search} types={village.data?.types ?? []} tags={village.data?.tags ?? []} />

      <p className="found soft" role="status">
        {found.isPending ? text.loading : found.isSuccess ? text.found(products.length, found.hasNextPage) : ''}
      </p>
      {found.isError && <Failure error={found.error} retry={() => void found.refetch()} />}
      {found.isSuccess && products.length === 0 && (
        <Empty title={text.nothingFound} action={<Link to="/" className="button plain">{text.clearFilters}</Link>}>
          {text.nothingFoundText}
        </Empty>
      )}
      <ul className="grid" aria-busy={found.isFetching} data-stale={found.isPlaceholderData}>
        {found.isPending && Array.from({ length: 8 }, (_, index) => <li key={index} className="skeleton tall" aria-hidden="true" />)}
        {products.map((product, index) => (
          <li key={product.id}>
            <ProductCard product={product} eager={index < 4} />
          </li>
        ))}
      </ul>
      {found.hasNextPage && (
        <p className="more">
          <button type="button" className="button plain" disabled={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
            {text.showMore}
          </button>
        </p>
      )}
    </div>
  )
}
