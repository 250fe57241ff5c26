import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Problem } from './api/problem'
import './app/main.css'
import { moveToIssuersHost } from './app/recover'
import { createShop, loadShop } from './app/routes'
import { restore } from './session/session'
import { authority } from './session/settings'

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // Asked without a connection, too: that there is none is an answer which can be shown.
      networkMode: 'always',
      refetchOnReconnect: true,
      // What is refused for good is not asked for again.
      retry: (failures, error) => failures < 2 && error instanceof Problem && error.isTemporary,
      retryDelay: failures => 400 * 2 ** failures,
    },
    // Nothing is kept to be sent by itself when the connection is back: least of all an order.
    mutations: { networkMode: 'always' },
  },
})

if (!moveToIssuersHost(authority())) {
  restore()
  createRoot(document.getElementById('root')!).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <RouterProvider router={createShop(queries)} />
      </QueryClientProvider>
    </StrictMode>,
  )
  loadShop()
}
