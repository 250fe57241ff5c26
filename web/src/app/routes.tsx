import type { QueryClient } from '@tanstack/react-query'
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { NotFound } from '../ui/states'
import { Browse } from '../shop/browse/Browse'
import { product, stalls, type Browsing } from '../shop/catalogue'
import { CrashedPage } from './CrashedPage'
import { Shell } from './Shell'

const root = createRootRouteWithContext<{ queries: QueryClient }>()({ component: Shell, notFoundComponent: NotFound })

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined)
const sorts = ['price', '-price', 'newest'] as const

const browse = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: Browse,
  loader: ({ context }) => void context.queries.prefetchQuery(stalls),
  validateSearch: (search: Record<string, unknown>): Browsing => ({
    q: text(search['q']),
    stall: text(search['stall']),
    type: text(search['type']),
    tag: text(search['tag']),
    sort: sorts.find(sort => sort === search['sort']),
  }),
})

const productPage = createRoute({
  getParentRoute: () => root,
  path: '/products/$id',
  component: lazyRouteComponent(() => import('../shop/product/ProductPage'), 'ProductPage'),
  loader: ({ context, params }) => void context.queries.prefetchQuery(product(params.id)),
})

const basket = createRoute({ getParentRoute: () => root, path: '/basket', component: lazyRouteComponent(() => import('../shop/basket/BasketPage'), 'BasketPage') })
const checkout = createRoute({ getParentRoute: () => root, path: '/checkout', component: lazyRouteComponent(() => import('../shop/checkout/CheckoutPage'), 'CheckoutPage') })
const orders = createRoute({ getParentRoute: () => root, path: '/orders', component: lazyRouteComponent(() => import('../shop/orders/OrdersPage'), 'OrdersPage') })
const order = createRoute({ getParentRoute: () => root, path: '/orders/$id', component: lazyRouteComponent(() => import('../shop/orders/OrderPage'), 'OrderPage') })
const profile = createRoute({ getParentRoute: () => root, path: '/profile', component: lazyRouteComponent(() => import('../shop/profile/ProfilePage'), 'ProfilePage') })
const notifications = createRoute({
  getParentRoute: () => root,
  path: '/notifications',
  component: lazyRouteComponent(() => import('../shop/notifications/NotificationsPage'), 'NotificationsPage'),
})
const callback = createRoute({ getParentRoute: () => root, path: '/callback', component: lazyRouteComponent(() => import('../session/CallbackPage'), 'CallbackPage') })

export const createShop = (queries: QueryClient) =>
  createRouter({
    routeTree: root.addChildren([browse, productPage, basket, checkout, orders, order, profile, notifications, callback]),
    context: { queries },
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    defaultErrorComponent: CrashedPage,
    scrollRestoration: true,
  })

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createShop>
  }
}
