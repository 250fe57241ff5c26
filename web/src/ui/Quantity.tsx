import { NumberField } from '@base-ui/react/number-field'
import { useText } from '../i18n/useText'
import './quantity.css'

export function Quantity({ value, most, onChange, label }: { value: number; most: number; onChange: (value: number) => void; label: string }) {
  const text = useText()
  return (
    <NumberField.Root className="quantity" value={value} min={1} max={most} onValueChange={next => next && onChange(next)}>
      <NumberField.Decrement aria-label={`${text.fewer}: ${label}`}>−</NumberField.Decrement>
      <NumberField.Input aria-label={`${text.quantity}: ${label}`} />
      <NumberField.Increment aria-label={`${text.more}: ${label}`}>+</NumberField.Increment>
    </NumberField.Root>
  )
}
