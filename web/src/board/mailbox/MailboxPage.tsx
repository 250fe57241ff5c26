import { bodyOf } from '../../api/client'
import { useFormat } from '../../i18n/useText'
import '../../shop/notifications/notifications.css'
import { Empty } from '../../ui/states'
import { Asked } from '../Asked'
import { BoardSection } from '../BoardPage'
import { notifications, type MailboxLetter } from '../clients'
import { useBoardText } from '../text/useBoardText'
import { useWatchedPages } from '../useWatched'

/** The letters that one machine's village writes into a folder instead of sending them. */
export function MailboxPage() {
  const text = useBoardText()
  const mailbox = useWatchedPages(['mailbox'], (cursor, signal) => bodyOf(notifications.GET('/mailbox', { params: { query: { limit: 50, ...(cursor && { cursor }) } }, signal })), 5_000)
  return (
    <BoardSection name="mailbox">
      <p className="soft">{text.mailboxText}</p>
      <Asked about={mailbox}>
        {({ pages }) => {
          const letters = pages.flatMap(page => page.items as MailboxLetter[])
          if (letters.length === 0) return <Empty title={text.noLetters}>{text.noLettersText}</Empty>
          return <ul className="stack">{letters.map(letter => <li key={letter.file} className="card letter"><Letter letter={letter} /></li>)}</ul>
        }}
      </Asked>
      {mailbox.hasNextPage && <p><button type="button" className="button plain" disabled={mailbox.isFetchingNextPage} onClick={() => void mailbox.fetchNextPage()}>{text.more}</button></p>}
    </BoardSection>
  )
}

function Letter({ letter }: { letter: MailboxLetter }) {
  const text = useBoardText()
  const format = useFormat()
  return (
    <details>
      <summary>
        <span className="letter-subject">{letter.subject}</span>
        <span className="soft">{text.letterTo(letter.to, letter.channel)}</span>
        <time className="hint" dateTime={letter.at}>{format.when(letter.at)}</time>
      </summary>
      {letter.text === null ? <p>{text.onlyForAddressee} <code>{letter.file}</code>.</p> : <p className="letter-text">{letter.text}</p>}
    </details>
  )
}
