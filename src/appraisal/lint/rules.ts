/**
 * Rules that can never pass, or that ask nothing. Constants are folded, and what a conjunction asks of one claim is
 * put together: texts and numbers that it must equal, bounds of numbers, and words that a claim can have at all.
 * Nothing is tried out: a rule that this does not find can still be one that never passes.
 */
import type { PolicyRule } from '../../rats/policy.js';
import { compiledRules } from '../rules/compiled.js';
import type { Node } from '../rules/node.js';
import { contradicts, type Demand, demandOf } from './demands.js';
import { type Finding, finding } from './finding.js';
import { foldedValue } from './folding.js';

export function lintRules(rules: readonly PolicyRule[]): readonly Finding[] {
  return compiledRules(rules).flatMap(({ compiled: { tree } }, place) => {
    const path = `rules.${place}.expression`;
    if (isNever(tree, true)) return [finding('error', path, 'can never be true: all evidence is denied')];
    return isNever(tree, false)
      ? [finding('warning', path, 'is never false: it asks nothing but that the claims are there')]
      : [];
  });
}

/** True when the expression certainly never has the value `wanted`. */
function isNever(node: Node, wanted: boolean): boolean {
  const value = foldedValue(node);
  if (value !== undefined) return value !== wanted;
  if (node.kind === 'call' && node.name === '!_') return node.args.every((inner) => isNever(inner, !wanted));
  const parts = partsOf(node, wanted);
  if (parts !== null) return isConjunctionNever(parts, wanted);
  const choices = partsOf(node, !wanted);
  if (choices !== null) return choices.every((choice) => isNever(choice, wanted));
  const demand = demandOf(node, wanted);
  return demand !== null && contradicts([demand]);
}

/** What has to have the value `wanted` all together: the sides of `&&` for true, of `||` for false. */
function partsOf(node: Node, wanted: boolean): readonly Node[] | null {
  const name = wanted ? '_&&_' : '_||_';
  if (node.kind !== 'call' || node.name !== name) return null;
  return node.args.flatMap((side) => partsOf(side, wanted) ?? [side]);
}

function isConjunctionNever(parts: readonly Node[], wanted: boolean): boolean {
  if (parts.some((part) => isNever(part, wanted))) return true;
  const demands = parts.flatMap((part): Demand[] => {
    const negated = part.kind === 'call' && part.name === '!_';
    const inner = negated ? part.args[0] : part;
    const demand = inner === undefined ? null : demandOf(inner, negated ? !wanted : wanted);
    return demand === null ? [] : [demand];
  });
  const paths = new Set(demands.map(({ path }) => path));
  return [...paths].some((path) => contradicts(demands.filter((demand) => demand.path === path)));
}
