import { Empty } from '../../ui/states'
import { BoardSection } from '../BoardPage'
import { useBoardText } from '../text/useBoardText'

export function GossipPage() {
  const text = useBoardText()
  return (
    <BoardSection name="gossip">
      <Empty title={text.gossipLater}>{text.gossipLaterText}</Empty>
    </BoardSection>
  )
}
