import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Problem } from './api/problem'
import './app/main.css'
import { moveToIssuersHost, recoverFromDeploys } from './app/recover'
import { createShop } from './app/routes'
import { restore } from './session/session'
import { authority } from './session/settings'

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // What is refused for good is not asked for again.
      retry: (failures, error) => failures < 2 && error instanceof Problem && error.isTemporary,
      retryDelay: failures => 400 * 2 ** failures,
    },
  },
})

if (!moveToIssuersHost(authority())) {
  recoverFromDeploys()
  restore()
  createRoot(document.getElementById('root')!).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <RouterProvider router={createShop(queries)} />
      </QueryClientProvider>
    </StrictMode>,
  )
}
