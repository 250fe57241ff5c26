import { Popover } from '@base-ui/react/popover'
import { useText } from '../i18n/useText'
import { GlobeIcon } from '../ui/icons'
import { language, theme, useLanguage, useTheme, type Language, type Theme } from './preferences'

/** Language and colours. */
export function Choices() {
  const text = useText()
  const chosen = useTheme()
  const spoken = useLanguage()
  return (
    <Popover.Root>
      <Popover.Trigger className="icon-button" aria-label={text.settings}>
        <GlobeIcon />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner className="positioner" sideOffset={8} align="end">
          <Popover.Popup className="popup form" aria-label={text.settings}>
            <div className="field">
              <label htmlFor="language">{text.languageChoice}</label>
              <select id="language" value={spoken} onChange={event => language.set(event.target.value as Language)}>
                <option value="en" lang="en">English</option>
                <option value="ms" lang="ms">Bahasa Melayu</option>
              </select>
            </div>
            <div className="field">
              <label htmlFor="theme">{text.theme}</label>
              <select id="theme" value={chosen} onChange={event => theme.set(event.target.value as Theme)}>
                {Object.entries(text.themes).map(([value, name]) => (
                  <option key={value} value={value}>{name}</option>
                ))}
              </select>
            </div>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}
