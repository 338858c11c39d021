/** Two policies, member by member: what changed, and whether the second one is stricter or looser for it. */
import type { AppraisalPolicy, PolicyRule } from '../../rats/policy.js';
import type { JsonObject, JsonValue } from '../../rats/result.js';
import { type Change, other, textOf } from './change.js';
import { COMPARISONS } from './members.js';

/** In the order of the document; empty: both ask the same and say the same. */
export function diffPolicies(before: AppraisalPolicy, after: AppraisalPolicy): readonly Change[] {
  const { rules: oldRules, digest: _, ...old } = before;
  const { rules: newRules, digest: __, ...now } = after;
  return [...diffObjects('', plainOf(old), plainOf(now)), ...diffRules(oldRules, newRules)];
}

function plainOf(policy: object): JsonObject {
  return JSON.parse(JSON.stringify(policy)) as JsonObject;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function diffObjects(path: string, before: JsonObject, after: JsonObject): readonly Change[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) => {
    const at = path === '' ? name : `${path}.${name}`;
    const [old, now] = [before[name] ?? null, after[name] ?? null];
    if (textOf(old) === textOf(now)) return [];
    const compare = COMPARISONS[at] ?? COMPARISONS[`${path}.*`];
    if (compare === undefined && isObject(old) && isObject(now)) return diffObjects(at, old, now);
    const reordered = Array.isArray(old) && Array.isArray(now) && sortedText(old) === sortedText(now);
    return [
      { path: at, before: old, after: now, effect: reordered ? 'other' : (compare ?? other)(old, now) },
    ];
  });
}

const sortedText = (list: readonly JsonValue[]): string => textOf(list.map(textOf).sort());

/** By name: a rule more asks more; what another expression asks instead, nobody can tell. */
function diffRules(before: readonly PolicyRule[], after: readonly PolicyRule[]): readonly Change[] {
  const names = [...new Set([...before, ...after].map(({ name }) => name))];
  return names.flatMap((name): Change[] => {
    const [old, now] = [before, after].map((rules) => rules.find((rule) => rule.name === name));
    if (textOf(contentOf(old)) === textOf(contentOf(now))) return [];
    const effect = old === undefined ? 'stricter' : now === undefined ? 'looser' : 'other';
    return [{ path: `rules.${name}`, before: contentOf(old), after: contentOf(now), effect }];
  });
}

function contentOf(rule: PolicyRule | undefined): JsonValue {
  return rule === undefined ? null : { expression: rule.expression, message: rule.message };
}
