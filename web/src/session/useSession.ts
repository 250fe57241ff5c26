import { useSyncExternalStore } from 'react'
import { session } from './session'

export const useSession = () => useSyncExternalStore(session.subscribe, () => session.state)

/** The one who is signed in, or undefined. */
export function useUser() {
  const state = useSession()
  return state.status === 'signedIn' ? state : undefined
}
