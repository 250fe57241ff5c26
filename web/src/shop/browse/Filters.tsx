import { Link, useNavigate } from '@tanstack/react-router'
import { useText } from '../../i18n/useText'
import type { Browsing } from '../catalogue'

export function Filters({ search, types, tags }: { search: Browsing; types: readonly string[]; tags: readonly string[] }) {
  const text = useText()
  const navigate = useNavigate()
  // A tag that came by a link is shown, too, so that it can be taken away.
  const shownTags = search.tag && !tags.includes(search.tag) ? [search.tag, ...tags] : tags
  return (
    <div className="filters">
      <ul aria-label={text.kinds} className="chips">
        <li>
          <Link to="/" search={before => ({ ...before, type: undefined })} className="chip" aria-current={search.type ? undefined : 'true'} activeProps={{}} data-chosen={!search.type}>
            {text.everything}
          </Link>
        </li>
        {types.map(type => (
          <Chip key={type} label={text.kind(type)} chosen={search.type === type} next={{ type: search.type === type ? undefined : type }} />
        ))}
      </ul>
      <ul aria-label={text.tags} className="chips">
        {shownTags.map(tag => (
          <Chip key={tag} label={tag} chosen={search.tag === tag} next={{ tag: search.tag === tag ? undefined : tag }} />
        ))}
      </ul>
      <div className="sort">
        <label htmlFor="sort">{text.sort}</label>
        <select
          id="sort"
          className="input"
          value={search.sort ?? 'title'}
          onChange={event => {
            const sort = event.target.value === 'title' ? undefined : (event.target.value as Browsing['sort'])
            void navigate({ to: '/', search: before => ({ ...before, sort }), replace: true })
          }}
        >
          {Object.entries(text.sorts).map(([value, name]) => (
            <option key={value} value={value}>{name}</option>
          ))}
        </select>
      </div>
    </div>
  )
}

function Chip({ label, chosen, next }: { label: string; chosen: boolean; next: Browsing }) {
  return (
    <li>
      <Link to="/" search={before => ({ ...before, ...next })} className="chip" activeProps={{}} aria-current={chosen ? 'true' : undefined} data-chosen={chosen}>
        {label}
      </Link>
    </li>
  )
}
