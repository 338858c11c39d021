/** Where the source names refusal codes, and which of these places raise them. */
import { type Token, tokensOf } from '../architecture/tokens.js';

export interface Naming {
  readonly code: string;
  readonly file: string;
  readonly line: number;
  /** The declaration at the top level of the file that it stands in. */
  readonly place: string;
  /** `raises` also where nobody can tell: then a reader must. */
  readonly kind: 'raises' | 'mentions' | 'offered' | 'listed';
}

/** The first argument is a code that the check did not fail with, or that somebody hands on. */
const MENTIONING: ReadonlySet<string> = new Set([
  'passed',
  'notRun',
  'withoutLog',
  'has',
  'problem',
  'codesOf',
]);
/** An offered document is refused in the name of a check; signers are looked up in it for that. */
const OFFERING: ReadonlySet<string> = new Set(['refuseDocument', 'issuerIn', 'signerOf']);

interface Bracket {
  readonly text: string;
  readonly before: string;
}

export function namingsOf(file: string, source: string, codes: ReadonlySet<string>): readonly Naming[] {
  const tokens = tokensOf(source);
  const open: Bracket[] = [];
  const namings: Naming[] = [];
  let place = '';
  for (const [index, { kind, text, line }] of tokens.entries()) {
    if (kind === 'punctuation') {
      if ('([{'.includes(text)) open.push({ text, before: tokens[index - 1]?.text ?? '' });
      else if (')]}'.includes(text)) open.pop();
    }
    if (open.length === 0 && kind === 'word' && /^(?:function|const|class|interface|type)$/u.test(text)) {
      place = tokens[index + 1]?.text ?? '';
    }
    if (kind === 'string' && codes.has(text)) {
      namings.push({ code: text, file, line, place, kind: kindOf(tokens, index, open.at(-1)) });
    }
  }
  return namings;
}

function kindOf(tokens: readonly Token[], index: number, bracket: Bracket | undefined): Naming['kind'] {
  const at = (offset: number): string => tokens[index + offset]?.text ?? '';
  const compared = (at(-1) === '=' && at(-2) === '=') || (at(1) === '=' && at(2) === '=');
  const isType = at(1) === '|' || (at(-1) === '|' && at(-2) !== '|');
  if (compared || isType) return 'mentions';
  if (bracket?.text === '[') return 'listed';
  if (bracket?.text === '(' && MENTIONING.has(bracket.before)) return 'mentions';
  if (bracket?.text === '(' && OFFERING.has(bracket.before)) return 'offered';
  return 'raises';
}
