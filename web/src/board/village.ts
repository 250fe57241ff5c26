import { asUser } from '../api/client'

/** What the gateway tells operators of the village itself: no service's API, so no document of one. */
export interface Process {
  name: string
  service: string
  pid: number | null
  port: number
  state: 'waiting' | 'starting' | 'up' | 'paused' | 'restarting' | 'failed' | 'stopping' | 'stopped'
  restarts: number
  since: string
  why: string | null
}

export const acts = ['start', 'stop', 'kill', 'restart', 'pause', 'resume'] as const
export type Act = (typeof acts)[number]

export const networks = ['up', 'slow', 'down'] as const
export type Network = (typeof networks)[number]

/** Spring Cloud Config's answer: the first source that has a key has its value. */
export interface Configuration {
  version: string
  propertySources: { name: string; source: Record<string, unknown> }[]
}

export interface Commit {
  id: string
  at: string
  author: string
  message: string
  files: string[]
}

/** The source with what a process is told by its environment, where AppHost started it; it comes first. */
export const environment = 'environment'

/** Eureka's answer. */
export interface Registry {
  applications: { application: { name: string; instance: { instanceId: string; status: string; ipAddr: string; port: { $: number } }[] }[] }
}

async function ask<T>(path: string, method = 'GET', signal?: AbortSignal): Promise<T> {
  const answer = await asUser.fetch(new Request(`${asUser.baseUrl}/village${path}`, { method, ...(signal ? { signal } : {}) }))
  return (await answer.json()) as T
}

export const village = {
  processes: (signal?: AbortSignal) => ask<Process[]>('/processes', 'GET', signal),
  act: (name: string, act: Act) => ask<Process>(`/processes/${name}/${act}`, 'POST'),
  network: (signal?: AbortSignal) => ask<{ state: Network }>('/card-network', 'GET', signal),
  setNetwork: (state: Network) => ask<{ state: Network }>(`/card-network/${state}`, 'PUT'),
  configuration: (service: string, profile: string, signal?: AbortSignal) => ask<Configuration>(`/config/${service}/${profile}`, 'GET', signal),
  commits: (signal?: AbortSignal) => ask<Commit[]>('/config/commits', 'GET', signal),
  files: (signal?: AbortSignal) => ask<Record<string, Commit>>('/config/files', 'GET', signal),
  registry: (signal?: AbortSignal) => ask<Registry>('/registry', 'GET', signal),
}
