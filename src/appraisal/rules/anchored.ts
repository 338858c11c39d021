/**
 * Patterns of `matches`. The library’s engine takes time linear in the text; what remains is how large a pattern
 * gets, and that CEL looks anywhere in the text, so that a pattern without anchors accepts what its author never saw.
 */
import { MistakenRule, readExpression } from './expression.js';

const LONGEST_PATTERN = 100;
/** Of all counted repetitions together: each is written out when the pattern is compiled. */
const MOST_REPETITIONS = 128;
const MOST_COUNTED = 4;

/** Throws MistakenRule unless the pattern speaks of the whole text, and is small. */
export function requireAnchored(pattern: string): void {
  if (pattern.length > LONGEST_PATTERN) {
    throw new MistakenRule(`a pattern has at most ${LONGEST_PATTERN} characters`);
  }
  if (/\(\?(?!:)/.test(pattern)) throw new MistakenRule('a pattern has no flags and no named groups');
  if (/\\[pPCQE]/.test(pattern)) throw new MistakenRule('a pattern has no Unicode classes and no quotation');
  if (pattern.includes('[:')) throw new MistakenRule('a pattern has no named classes');
  const repetitions = [...pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].map(([, least, most]) =>
    Number(most === undefined || most === '' ? least : most),
  );
  if (
    repetitions.reduce((sum, count) => sum + count, 0) > MOST_REPETITIONS ||
    repetitions.length > MOST_COUNTED
  ) {
    throw new MistakenRule(
      `counted repetitions of a pattern add up to at most ${MOST_REPETITIONS}, in at most ${MOST_COUNTED}`,
    );
  }
  if (!coversWhole(pattern)) {
    throw new MistakenRule(
      'a pattern begins with ^ and ends with $, and every alternative stands in brackets',
    );
  }
  requireReadable(pattern);
}

/** What the engine cannot read would fail at every evidence. */
function requireReadable(pattern: string): void {
  const answer = readExpression(`"".matches(${JSON.stringify(pattern)})`).evaluate({});
  if (typeof answer !== 'boolean') throw new MistakenRule(`the pattern cannot be read: ${answer.error}`);
}

/** `^a|b$` is anchored on one side each: alternatives outside brackets do not count as anchored. */
function coversWhole(pattern: string): boolean {
  let depth = 0;
  let place = 0;
  let last = '';
  while (place < pattern.length) {
    const end = endOfPart(pattern, place);
    last = pattern.slice(place, end);
    if (last === '(') depth += 1;
    if (last === ')') depth -= 1;
    if (last === '|' && depth === 0) return false;
    place = end;
  }
  // A dollar of its own, not one that a backslash or a class made ordinary.
  return pattern.startsWith('^') && last === '$' && depth === 0;
}

/** A pair with a backslash, a class in its brackets, or one character. */
function endOfPart(pattern: string, start: number): number {
  if (pattern[start] === '\\') return start + 2;
  if (pattern[start] !== '[') return start + 1;
  let place = pattern[start + 1] === '^' ? start + 2 : start + 1;
  // A bracket that closes right away stands for itself.
  if (pattern[place] === ']') place += 1;
  while (place < pattern.length && pattern[place] !== ']') place += pattern[place] === '\\' ? 2 : 1;
  return place + 1;
}
