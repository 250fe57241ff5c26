import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { bodyOf, customers } from '../api/client'
import { Problem } from '../api/problem'
import type { Address, Customer, Profile } from '../api/types'

const key = (userId: string) => ['mine', userId, 'profile']

/** Somebody who has just registered becomes a customer a moment later: so long, it is asked for again. */
export const me = (userId: string) =>
  queryOptions({
    queryKey: key(userId),
    queryFn: ({ signal }) => bodyOf(customers.GET('/customers/me', { signal })),
    retry: (failures, error) => error instanceof Problem && (error.status === 404 ? failures < 15 : error.isTemporary && failures < 3),
    retryDelay: 700,
    staleTime: 60_000,
  })

export type ToldAddress = Omit<Address, 'id'> & { id?: string }

export function profileOf(customer: Customer): Profile {
  const { name, email, phone, locale, addresses } = customer
  return { name, email, phone, locale, addresses }
}

export function useChangeMe(userId: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (profile: Profile) => bodyOf(customers.PUT('/customers/me', { body: profile })),
    onSuccess: customer => queries.setQueryData(key(userId), customer),
  })
}

/** The profile with one address put in, in the place of the one with its id or at the end. */
export function withAddress(customer: Customer, address: ToldAddress): Profile {
  const profile = profileOf(customer)
  const others = customer.addresses
  return { ...profile, addresses: address.id ? others.map(other => (other.id === address.id ? { ...address, id: address.id } : other)) : [...others, address] }
}
