import { Link } from '@tanstack/react-router'
import { useText } from '../../i18n/useText'
import { Picture } from '../../ui/Picture'
import type { StallFacet } from '../../api/types'

/** The stalls side by side, as one walks past them. */
export function Stalls({ stalls, chosen }: { stalls: readonly StallFacet[] | undefined; chosen: string | undefined }) {
  const text = useText()
  return (
    <nav aria-label={text.stalls} className="stalls">
      <ul>
        {stalls
          ? stalls.map(stall => (
              <li key={stall.name}>
                <Link to="/" search={before => ({ ...before, stall: stall.name === chosen ? undefined : stall.name })} className="stall" aria-current={stall.name === chosen ? 'true' : undefined}>
                  <Picture url={stall.pictureUrl} alt="" eager />
                  <strong>{stall.name}</strong>
                  <small>{text.things(stall.products)}</small>
                </Link>
              </li>
            ))
          : Array.from({ length: 6 }, (_, index) => <li key={index} className="skeleton stall" aria-hidden="true" />)}
      </ul>
    </nav>
  )
}
