import { Link, Outlet } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useUser } from '../session/useSession'
import { Empty, SignedIn, useTitle } from '../ui/states'
import './board.css'
import { sectionsOf } from './sections'
import type { BoardText } from './text/en'
import { useBoardText } from './text/useBoardText'

/** Around every page of the board: its menu, which has what somebody's roles are for. */
export function BoardPage() {
  const text = useBoardText()
  return (
    <div className="page board">
      <SignedIn what={text.boardNeeded}>
        <Staff />
      </SignedIn>
    </div>
  )
}

function Staff() {
  const text = useBoardText()
  const mine = sectionsOf(useUser()!.roles)
  if (mine.length === 0) return <Empty heading="h1" title={text.notForYou}>{text.notForYouText}</Empty>
  return (
    <>
      <nav className="board-menu" aria-label={text.sections}>
        {mine.map(section => (
          <Link key={section.name} to={section.to} activeProps={{ 'aria-current': 'page' }}>{text.pages[section.name]}</Link>
        ))}
      </nav>
      <div className="board-page stack">
        <Outlet />
      </div>
    </>
  )
}

/** The first page that is somebody's, for whoever only says /board. */
export function BoardStart() {
  const text = useBoardText()
  useTitle(text.board)
  return (
    <>
      <h1>{text.board}</h1>
      <ul className="tiles">
        {sectionsOf(useUser()!.roles).map(section => (
          <li key={section.name} className="card"><Link to={section.to}>{text.pages[section.name]}</Link></li>
        ))}
      </ul>
    </>
  )
}

/** A page of the board, for those whose it is. */
export function BoardSection({ name, children }: { name: keyof BoardText['pages']; children: ReactNode }) {
  const text = useBoardText()
  const isMine = sectionsOf(useUser()!.roles).some(section => section.name === name)
  useTitle(text.pages[name])
  if (!isMine) return <Empty heading="h1" title={text.notForYou} />
  return (
    <>
      <h1>{text.pages[name]}</h1>
      {children}
    </>
  )
}
