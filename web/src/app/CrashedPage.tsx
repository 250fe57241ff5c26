import { useRouter, type ErrorComponentProps } from '@tanstack/react-router'
import { useEffect } from 'react'
import { Problem } from '../api/problem'
import { Failure } from '../ui/states'
import { MissingPart, recoverFromDeploy } from './recover'

export function CrashedPage({ error, reset }: ErrorComponentProps) {
  const router = useRouter()
  const isMissing = error instanceof MissingPart

  useEffect(() => {
    if (!isMissing) return
    void recoverFromDeploy()
    const again = () => void router.invalidate()
    window.addEventListener('online', again)
    return () => window.removeEventListener('online', again)
  }, [isMissing, router])

  return (
    <div className="page narrow">
      <Failure error={isMissing ? Problem.unreachable() : error} retry={isMissing ? () => void router.invalidate() : reset} />
    </div>
  )
}
