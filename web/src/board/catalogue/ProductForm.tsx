import { useId, useState, type ReactNode } from 'react'
import { Problem } from '../../api/problem'
import type { Product } from '../../api/types'
import { useText } from '../../i18n/useText'
import { useUser } from '../../session/useSession'
import { Field, Wrong } from '../../ui/Field'
import { Failure } from '../../ui/states'
import { useBoardText } from '../text/useBoardText'

/** What the form has of a product; its variants and what else it is, each page keeps by itself. */
export type Entered = Pick<Product, 'title' | 'descriptionHtml' | 'tags' | 'stall' | 'published'>

interface Props {
  /** What is there before anybody types. */
  from: Entered
  /** The fields of the variants. */
  children: ReactNode
  save: (entered: Entered) => void
  saving: { isPending: boolean; isError: boolean; error: unknown }
  done: () => void
  /** Gets what somebody else made of it meanwhile; a new product has no such. */
  reload?: () => void
}

/** A product's texts, whose it is and whether it is for sale. */
export function ProductForm({ from, children, save, saving, done, reload }: Props) {
  const text = useBoardText()
  const words = useText()
  const { roles } = useUser()!
  const id = useId()
  const [title, setTitle] = useState(from.title)
  const [descriptionHtml, setDescription] = useState(from.descriptionHtml)
  const [tags, setTags] = useState(from.tags.join(', '))
  const [stall, setStall] = useState(from.stall)
  const [published, setPublished] = useState(from.published)
  const errors = saving.error instanceof Problem ? saving.error.errors : {}
  const isStale = saving.error instanceof Problem && saving.error.status === 412
  return (
    <form
      className="stack"
      onSubmit={event => {
        event.preventDefault()
        if (!saving.isPending) save({ title, descriptionHtml, tags: tags.split(',').map(tag => tag.trim()).filter(Boolean), stall, published })
      }}
    >
      <Field name="title" label={text.title} value={title} required maxLength={255} errors={errors['title']} onChange={event => setTitle(event.target.value)} />
      <div className="field">
        <label htmlFor={`${id}-description`}>{text.description}</label>
        <textarea id={`${id}-description`} rows={4} value={descriptionHtml} aria-invalid={errors['descriptionHtml'] ? true : undefined} onChange={event => setDescription(event.target.value)} />
        {errors['descriptionHtml'] && <Wrong errors={errors['descriptionHtml']} />}
      </div>
      <div className="inline-form">
        <Field name="tags" label={text.tags} value={tags} errors={errors['tags']} onChange={event => setTags(event.target.value)} />
        {/* A merchant's products are the own stall's. */}
        <Field name="stall" label={text.stall} value={stall} required readOnly={!roles.includes('operator')} maxLength={255} errors={errors['stall']} onChange={event => setStall(event.target.value)} />
      </div>
      {children}
      <p className="row">
        <input id={id} type="checkbox" checked={published} onChange={event => setPublished(event.target.checked)} />
        <label htmlFor={id}>{text.published}</label>
      </p>
      {saving.isError && <Failure error={saving.error} />}
      <div className="acts">
        {isStale && reload
          ? <button type="button" className="button small" onClick={reload}>{text.loadAgain}</button>
          : <button type="submit" className="button small" aria-disabled={saving.isPending}>{words.save}</button>}
        <button type="button" className="button small plain" onClick={done}>{words.cancel}</button>
      </div>
    </form>
  )
}
