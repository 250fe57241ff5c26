import { useInfiniteQuery } from '@tanstack/react-query'
import { useText } from '../../i18n/useText'
import { ProductCard } from '../browse/ProductCard'
import '../browse/browse.css'
import { browse } from '../catalogue'

export function MoreFromStall({ stall, except }: { stall: string; except: string }) {
  const text = useText()
  const found = useInfiniteQuery(browse({ stall }))
  const others = (found.data?.pages[0]?.items ?? []).filter(other => other.id !== except).slice(0, 4)
  if (others.length === 0) return null
  return (
    <section className="more-from">
      <h2>{text.moreFromStall(stall)}</h2>
      <ul className="grid">
        {others.map(other => (
          <li key={other.id}>
            <ProductCard product={other} />
          </li>
        ))}
      </ul>
    </section>
  )
}
