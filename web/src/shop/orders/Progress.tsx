import { useText } from '../../i18n/useText'
import type { Stage } from './order'

export function Progress({ stages, reached, isOver }: { stages: readonly Stage[]; reached: number; isOver: boolean }) {
  const text = useText()
  return (
    <ol className="progress" aria-label={text.progress}>
      {stages.map((stage, index) => {
        const state = index <= reached ? 'done' : index === reached + 1 && !isOver ? 'now' : 'later'
        return (
          <li key={stage} data-state={state} aria-current={state === 'now' ? 'step' : undefined}>
            <span className="dot" aria-hidden="true" />
            {text.stages[stage]}
            <span className="hidden-visually">: {state === 'done' ? text.stageDone : state === 'now' ? text.stageNow : text.stageLater}</span>
          </li>
        )
      })}
    </ol>
  )
}
