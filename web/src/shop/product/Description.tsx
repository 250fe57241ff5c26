import purify from 'dompurify'
import { useMemo } from 'react'

// Imported catalogues bring the HTML of other shops along: what may stay is text and its structure.
const allowed = {
  ALLOWED_TAGS: ['p', 'br', 'b', 'strong', 'i', 'em', 'u', 's', 'ul', 'ol', 'li', 'h2', 'h3', 'h4', 'blockquote', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'a', 'span', 'div', 'sub', 'sup'],
  ALLOWED_ATTR: ['href', 'colspan', 'rowspan'],
  ALLOWED_URI_REGEXP: /^(https?:|mailto:|tel:)/i,
}

// The page has its own first heading; those of a description go below it.
const levels: Readonly<Record<string, string>> = { H1: 'h2' }

export function Description({ html }: { html: string }) {
  const clean = useMemo(() => purify.sanitize(lower(html), allowed), [html])
  return clean === '' ? null : <div className="description" dangerouslySetInnerHTML={{ __html: clean }} />
}

function lower(html: string) {
  return html.replace(/<(\/?)(h1)\b/gi, (_, slash: string, tag: string) => `<${slash}${levels[tag.toUpperCase()] ?? tag}`)
}
