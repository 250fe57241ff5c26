import { useSyncExternalStore } from 'react'
import { session } from './session'

export const useSession = () => useSyncExternalStore(session.subscribe, () => session.state)

/** The one who is signed in, or was until the session ended under what they are looking at; or undefined. */
export function useUser() {
  const state = useSession()
  return state.status === 'signedIn' || state.status === 'ended' ? state : undefined
}

/** Whether the one who is signed in may order. */
export const useIsCustomer = () => useUser()?.roles.includes('customer') ?? false
