import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { bodyOf, notifications } from '../../api/client'
import type { Preferences } from '../../api/types'
import { useText } from '../../i18n/useText'
import { Failure, Skeleton } from '../../ui/states'

/** How news of orders is sent. */
export function Channels({ userId }: { userId: string }) {
  const text = useText()
  const queries = useQueryClient()
  const queryKey = ['mine', userId, 'preferences']
  const chosen = useQuery({ queryKey, queryFn: ({ signal }) => bodyOf(notifications.GET('/notifications/preferences', { signal })) })
  const choose = useMutation({
    mutationFn: (body: Preferences) => bodyOf(notifications.PUT('/notifications/preferences', { body })),
    onSuccess: saved => queries.setQueryData(queryKey, saved),
  })
  if (chosen.isPending) return <Skeleton lines={1} />
  if (!chosen.data) return <Failure error={chosen.error} retry={() => void chosen.refetch()} />
  const { channels } = chosen.data
  return (
    <section className="card">
      <fieldset className="channels" disabled={choose.isPending}>
        <legend><h2>{text.channels}</h2></legend>
        {Object.entries(text.channel).map(([channel, name]) => (
          <label key={channel} className="check">
            <input
              type="checkbox"
              checked={channels.includes(channel)}
              onChange={event => choose.mutate({ ...chosen.data, channels: event.target.checked ? [...channels, channel] : channels.filter(one => one !== channel) })}
            />
            {name}
          </label>
        ))}
      </fieldset>
      {choose.isError && <Failure error={choose.error} />}
    </section>
  )
}
