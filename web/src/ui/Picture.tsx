import { useState } from 'react'

/** A product's picture; where there is none, or it cannot be had, a calm surface in its place. */
export function Picture({ url, alt, eager }: { url: string | undefined | null; alt: string; eager?: boolean }) {
  const [lost, setLost] = useState<string>()
  if (!url || lost === url || !/^(https?:\/\/|\/)/.test(url)) return <div className="picture none" role={alt ? 'img' : undefined} aria-label={alt || undefined} />
  return <img className="picture" src={url} alt={alt} width={400} height={300} loading={eager ? 'eager' : 'lazy'} decoding="async" referrerPolicy="no-referrer" onError={() => setLost(url)} />
}
