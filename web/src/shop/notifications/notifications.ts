import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { bodyOf, notifications } from '../../api/client'

const key = (userId: string) => ['mine', userId, 'notifications']

export const myNotifications = (userId: string) =>
  infiniteQueryOptions({
    queryKey: [...key(userId), 'all'],
    queryFn: ({ pageParam, signal }) =>
      bodyOf(notifications.GET('/notifications', { params: { query: { channel: 'inApp', limit: 20, ...(pageParam ? { cursor: pageParam } : {}) } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.next ?? undefined,
  })

const most = 99

export const unread = (userId: string) =>
  queryOptions({
    queryKey: [...key(userId), 'unread'],
    queryFn: async ({ signal }) => (await bodyOf(notifications.GET('/notifications', { params: { query: { channel: 'inApp', unread: true, limit: most } }, signal }))).items.length,
    refetchInterval: 30_000,
  })

export const markRead = (id: string) => notifications.POST('/notifications/{id}/read', { params: { path: { id } } })
export { key as notificationsKey }
