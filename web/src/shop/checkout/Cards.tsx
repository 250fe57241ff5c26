import { useText } from '../../i18n/useText'
import type { Text } from '../../i18n/en'

/** A token of the sandbox provider stands for a card; no card's number is ever seen here. */
export type CardToken = keyof Text['cards']

export function Cards({ chosen, choose }: { chosen: CardToken; choose: (card: CardToken) => void }) {
  const text = useText()
  return (
    <fieldset className="stack choices cards">
      <legend className="hint">{text.testCards}</legend>
      {(Object.keys(text.cards) as CardToken[]).map(card => (
        <label key={card} className="choice">
          <input type="radio" name="card" value={card} checked={card === chosen} onChange={() => choose(card)} />
          <span>
            {text.cards[card].name} <span className="soft">{text.cards[card].note}</span>
          </span>
        </label>
      ))}
    </fieldset>
  )
}
