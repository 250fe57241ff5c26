import type { ErrorComponentProps } from '@tanstack/react-router'
import { Failure } from '../ui/states'

export function CrashedPage({ error, reset }: ErrorComponentProps) {
  return (
    <div className="page narrow">
      <Failure error={error} retry={reset} />
    </div>
  )
}
