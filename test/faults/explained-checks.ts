/** What every check entry owes its reader, whatever it is about. */
import type { CheckResult } from '../../src/rats/result.js';

/** Manuals with numbers of their own, of which the title alone leads nowhere. */
const MANUAL = /^(?:AMD|RFC|UEFI|Azure|Intel(?! QVL)) /u;
const PLACE = /\b(?:sections?|chapter|appendix|table)\b/u;
/** A document, and where in it. */
const LOCATED = /^[^,:]+(?:, |: )\S/u;
/** What the document leaves out is no source. */
const REMARK = /^not covered: \S/u;

/** Verbs that remedies begin with: what to do comes first, why it is needed after. */
const ACTIONS = new Set(
  (
    'Activate Ask Attest Boot Check Compare Correct Cure Download Encode Fetch Find Flatten Give Have Import Launch Leave List ' +
    'Load Look Make Move Name Read Register Remove Retry Run Send Set Start State Take Update Upgrade Use Wait'
  ).split(' '),
);

/** In words; none for an entry that explains itself. */
export function mistakesIn(check: CheckResult): readonly string[] {
  const { outcome, expected, observed, source, remedy } = check;
  const mistakes = [
    ...(outcome === 'not_run' || says(expected) ? [] : [`expected: ${expected}`]),
    ...(says(observed) ? [] : [`observed: ${observed}`]),
    ...source.split('; ').flatMap((part) => (isPlace(part) ? [] : [`source: ${part}`])),
    ...(outcome === 'fail' && remedy === null ? ['remedy: none'] : []),
    ...(remedy === null || beginsWithAction(remedy) ? [] : [`remedy: ${remedy}`]),
  ];
  return mistakes.map((mistake) => `${check.id} (${outcome}): ${mistake}`);
}

/** Something, and not what a program says for nothing. */
function says(text: string | null): boolean {
  return text !== null && text.trim() !== '' && !/\b(?:null|undefined|NaN|\[object)\b/u.test(text);
}

function isPlace(part: string): boolean {
  if (REMARK.test(part)) return true;
  return LOCATED.test(part) && (!MANUAL.test(part) || PLACE.test(part));
}

function beginsWithAction(remedy: string): boolean {
  return ACTIONS.has(remedy.split(' ')[0] ?? '') && /[.)]$/u.test(remedy);
}
