/** One member that differs between two policies, and which of them asks more. */
import type { JsonValue } from '../../rats/result.js';

/** Of the second policy. `other`: some evidence passes the one alone, some the other, or it decides nothing. */
export type Effect = 'stricter' | 'looser' | 'other';

export interface Change {
  readonly path: string;
  readonly before: JsonValue;
  readonly after: JsonValue;
  readonly effect: Effect;
}

/** Of two values that differ. */
export type Compare = (before: JsonValue, after: JsonValue) => Effect;

const list = (value: JsonValue): readonly JsonValue[] => (Array.isArray(value) ? value : []);
export const textOf = (value: JsonValue): string => JSON.stringify(value);

/** Of what is in one list alone. */
export function compareSets(before: JsonValue, after: JsonValue): { added: boolean; removed: boolean } {
  const [old, now] = [list(before).map(textOf), list(after).map(textOf)];
  return { added: now.some((one) => !old.includes(one)), removed: old.some((one) => !now.includes(one)) };
}

/** What is in the list passes; null: everything does. */
export const allowing: Compare = (before, after) => {
  if (before === null) return 'stricter';
  if (after === null) return 'looser';
  const { added, removed } = compareSets(before, after);
  return added === removed ? 'other' : added ? 'looser' : 'stricter';
};

/** What is in the list is refused, or asked for. */
export const demanding: Compare = (before, after) => {
  const { added, removed } = compareSets(before, after);
  return added === removed ? 'other' : added ? 'stricter' : 'looser';
};

/** The higher, the stricter; null: no bound. Numbers and dates. */
export const atLeast: Compare = (before, after) => {
  if (before === null) return 'stricter';
  if (after === null) return 'looser';
  return after > before ? 'stricter' : 'looser';
};

export const permitting: Compare = (_, after) => (after === true ? 'looser' : 'stricter');

export const bitRule: Compare = (before, after) => {
  if (before === 'any') return 'stricter';
  return after === 'any' ? 'looser' : 'other';
};

export const other: Compare = () => 'other';

/** Of several changes at once. */
export function together(effects: readonly Effect[]): Effect {
  const [first = 'other', ...rest] = effects;
  return rest.every((effect) => effect === first) ? first : 'other';
}
