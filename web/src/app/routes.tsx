import type { QueryClient } from '@tanstack/react-query'
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { NotFound } from '../ui/states'
import { Browse } from '../shop/browse/Browse'
import { product, stalls, type Browsing } from '../shop/catalogue'
import { CrashedPage } from './CrashedPage'
import { MissingPart } from './recover'
import { Shell } from './Shell'

const root = createRootRouteWithContext<{ queries: QueryClient }>()({ component: Shell, notFoundComponent: NotFound })

/** A page that is loaded when it is wanted. */
const part = <Module extends Record<string, unknown>, Name extends keyof Module>(load: () => Promise<Module>, name: Name) =>
  lazyRouteComponent<Module, Name>(
    () =>
      load().catch((failure: unknown) => {
        throw new MissingPart('A part of the app is missing.', { cause: failure })
      }),
    name,
  )

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
  component: part(() => import('../shop/product/ProductPage'), 'ProductPage'),
  loader: ({ context, params }) => void context.queries.prefetchQuery(product(params.id)),
})

const basket = createRoute({ getParentRoute: () => root, path: '/basket', component: part(() => import('../shop/basket/BasketPage'), 'BasketPage') })
const checkout = createRoute({ getParentRoute: () => root, path: '/checkout', component: part(() => import('../shop/checkout/CheckoutPage'), 'CheckoutPage') })
const orders = createRoute({ getParentRoute: () => root, path: '/orders', component: part(() => import('../shop/orders/OrdersPage'), 'OrdersPage') })
const order = createRoute({ getParentRoute: () => root, path: '/orders/$id', component: part(() => import('../shop/orders/OrderPage'), 'OrderPage') })
const profile = createRoute({ getParentRoute: () => root, path: '/profile', component: part(() => import('../shop/profile/ProfilePage'), 'ProfilePage') })
const notifications = createRoute({
  getParentRoute: () => root,
  path: '/notifications',
  component: part(() => import('../shop/notifications/NotificationsPage'), 'NotificationsPage'),
})
const callback = createRoute({ getParentRoute: () => root, path: '/callback', component: part(() => import('../session/CallbackPage'), 'CallbackPage') })

const board = createRoute({ getParentRoute: () => root, path: '/board', component: part(() => import('../board/BoardPage'), 'BoardPage') })
const boardStart = createRoute({ getParentRoute: () => board, path: '/', component: part(() => import('../board/BoardPage'), 'BoardStart') })
const map = createRoute({ getParentRoute: () => board, path: '/map', component: part(() => import('../board/map/MapPage'), 'MapPage') })
const boardOrders = createRoute({ getParentRoute: () => board, path: '/orders', component: part(() => import('../board/orders/BoardOrdersPage'), 'BoardOrdersPage') })
const boardOrder = createRoute({ getParentRoute: () => board, path: '/orders/$id', component: part(() => import('../board/orders/BoardOrderPage'), 'BoardOrderPage') })
const gossip = createRoute({ getParentRoute: () => board, path: '/gossip', component: part(() => import('../board/gossip/GossipPage'), 'GossipPage') })
const deadLetters = createRoute({ getParentRoute: () => board, path: '/dead-letters', component: part(() => import('../board/dead-letters/DeadLettersPage'), 'DeadLettersPage') })
const kitchen = createRoute({ getParentRoute: () => board, path: '/kitchen', component: part(() => import('../board/kitchen/KitchenPage'), 'KitchenPage') })
const riders = createRoute({ getParentRoute: () => board, path: '/riders', component: part(() => import('../board/riders/RidersPage'), 'RidersPage') })
const stock = createRoute({ getParentRoute: () => board, path: '/stock', component: part(() => import('../board/stock/StockPage'), 'StockPage') })
const catalogue = createRoute({ getParentRoute: () => board, path: '/catalogue', component: part(() => import('../board/catalogue/CataloguePage'), 'CataloguePage') })
const mailbox = createRoute({ getParentRoute: () => board, path: '/mailbox', component: part(() => import('../board/mailbox/MailboxPage'), 'MailboxPage') })
const config = createRoute({ getParentRoute: () => board, path: '/config', component: part(() => import('../board/config/ConfigPage'), 'ConfigPage') })
const breakThings = createRoute({ getParentRoute: () => board, path: '/break', component: part(() => import('../board/break/BreakPage'), 'BreakPage') })
const boardPages = board.addChildren([boardStart, map, boardOrders, boardOrder, gossip, deadLetters, kitchen, riders, stock, catalogue, mailbox, config, breakThings])

/** Loads the rest of the shop as soon as there is nothing else to do, so that it is there when the connection is not. */
export function loadShop() {
  const load = () => {
    for (const { options } of [productPage, basket, checkout, orders, order, profile, notifications]) void options.component?.preload?.()
  }
  if ('requestIdleCallback' in window) requestIdleCallback(load, { timeout: 5000 })
  else setTimeout(load, 2000)
}

export const createShop = (queries: QueryClient) =>
  createRouter({
    routeTree: root.addChildren([browse, productPage, basket, checkout, orders, order, profile, notifications, callback, boardPages]),
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
