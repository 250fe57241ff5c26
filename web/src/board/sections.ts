import type { BoardText } from './text/en'

export interface Section {
  name: keyof BoardText['pages']
  to: '/board/map' | '/board/orders' | '/board/gossip' | '/board/dead-letters' | '/board/kitchen' | '/board/riders' | '/board/stock' | '/board/catalogue' | '/board/mailbox' | '/board/config' | '/board/break'
  roles: readonly string[]
}

/** The board's pages, and whose they are. What somebody may do, the services decide; this only spares people what is not theirs. */
export const sections: readonly Section[] = [
  { name: 'map', to: '/board/map', roles: ['operator'] },
  { name: 'orders', to: '/board/orders', roles: ['operator'] },
  { name: 'gossip', to: '/board/gossip', roles: ['operator'] },
  { name: 'deadLetters', to: '/board/dead-letters', roles: ['operator'] },
  { name: 'kitchen', to: '/board/kitchen', roles: ['kitchen', 'merchant', 'operator'] },
  { name: 'riders', to: '/board/riders', roles: ['rider', 'operator'] },
  { name: 'stock', to: '/board/stock', roles: ['operator'] },
  { name: 'catalogue', to: '/board/catalogue', roles: ['merchant', 'operator'] },
  { name: 'mailbox', to: '/board/mailbox', roles: ['operator'] },
  { name: 'config', to: '/board/config', roles: ['operator'] },
  { name: 'breakThings', to: '/board/break', roles: ['operator'] },
]

export const sectionsOf = (roles: readonly string[]) => sections.filter(section => section.roles.some(role => roles.includes(role)))
