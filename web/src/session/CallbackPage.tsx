import { useRouter } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { useText } from '../i18n/useText'
import { Failure, useTitle } from '../ui/states'
import { session } from './session'

let finishing: Promise<string> | undefined

/** Where the issuer sends people back to. */
export function CallbackPage() {
  const text = useText()
  const router = useRouter()
  const [failed, setFailed] = useState(false)
  useTitle(text.signIn)

  useEffect(() => {
    // The answer is good for one use, and effects may run twice.
    finishing ??= session.finish()
    finishing.then(
      to => router.history.replace(to),
      () => setFailed(true),
    ).finally(() => (finishing = undefined))
  }, [router])

  return (
    <div className="page narrow">
      {failed ? <Failure error={new Error(text.signInFailed)} retry={() => void session.signIn('/')} /> : <p role="status">{text.signingIn}</p>}
    </div>
  )
}
