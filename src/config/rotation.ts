/** How long a token key signs before the next one takes over. */
import type { Variables } from './variables.js';

/** Days. */
const USUAL = 30;
const LONGEST = 3650;

/** Days; null: keys change when somebody asks for it. */
export function readKeyRotation(variables: Variables): number | null {
  const text = variables.value('ASSAY_KEY_ROTATION');
  if (text === null) return USUAL;
  if (text === 'off') return null;
  const days = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (days < 1 || days > LONGEST) {
    variables.mistake(`ASSAY_KEY_ROTATION must be \`off\` or a whole number of days from 1 to ${LONGEST}.`);
  }
  return days;
}
