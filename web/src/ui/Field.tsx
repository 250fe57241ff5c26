import { useId, type InputHTMLAttributes } from 'react'
import { useText } from '../i18n/useText'

type Props = Omit<InputHTMLAttributes<HTMLInputElement>, 'id' | 'name'> & { name: string; label: string; hint?: string | undefined; errors?: readonly string[] | undefined }

/** A text field with its label, its hint, and what the server has against its value. */
export function Field({ label, hint, errors, ...input }: Props) {
  const id = useId()
  const about = [hint && `${id}-hint`, errors && `${id}-error`].filter(Boolean).join(' ') || undefined
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input id={id} aria-describedby={about} aria-invalid={errors ? true : undefined} {...input} />
      {hint && <p id={`${id}-hint`} className="hint">{hint}</p>}
      {errors && <Wrong id={`${id}-error`} errors={errors} />}
    </div>
  )
}

const number = /\d+(?:\.\d+)?/g

/** What the server has against a value, in the reader's language; what is not known by its words as the server said it. */
export function Wrong({ id, errors }: { id?: string; errors: readonly string[] }) {
  const wrong: Readonly<Record<string, string>> = useText().wrong
  const told = (reason: string) => {
    const numbers = reason.match(number) ?? []
    return wrong[reason.replace(number, '#')]?.replace(/#/g, () => numbers.shift() ?? '') ?? reason
  }
  return <p id={id} className="wrong" role="alert">{errors.map(told).join(' ')}</p>
}
