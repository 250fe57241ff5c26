import { useId, type InputHTMLAttributes } from 'react'

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
      {errors && <p id={`${id}-error`} className="wrong" role="alert">{errors.join(', ')}</p>}
    </div>
  )
}
