import { Toast } from '@base-ui/react/toast'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'

interface Action {
  to: '/basket'
  label: string
}

export function Toasts({ children }: { children: ReactNode }) {
  return (
    <Toast.Provider timeout={5000} limit={2}>
      {children}
      <Toast.Portal>
        <Toast.Viewport className="toasts">
          <List />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  )
}

function List() {
  const { toasts, close } = Toast.useToastManager<Action>()
  return toasts.map(toast => (
    <Toast.Root key={toast.id} toast={toast} className="toast" swipeDirection={['right', 'down']}>
      <Toast.Title />
      {toast.data && (
        <Link to={toast.data.to} onClick={() => close(toast.id)}>
          {toast.data.label}
        </Link>
      )}
    </Toast.Root>
  ))
}

export function useToasts() {
  const { add } = Toast.useToastManager<Action>()
  return (title: string, action?: Action) => void add({ title, ...(action ? { data: action } : {}) })
}
