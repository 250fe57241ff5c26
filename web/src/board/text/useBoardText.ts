import { useLanguage } from '../../app/preferences'
import { en, type BoardText } from './en'
import { ms } from './ms'

const catalogues = { en, ms }

export const useBoardText = (): BoardText => catalogues[useLanguage()]
