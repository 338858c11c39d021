/** Rules made ready when their policy is read, so that a verdict only evaluates them. */
import type { PolicyRule } from '../../rats/policy.js';
import { checkTypes } from './checker.js';
import { costOf, requireSmall } from './cost.js';
import { type Expression, readExpression } from './expression.js';

export interface CompiledRule extends PolicyRule {
  readonly compiled: Expression;
  /** Steps of evaluation at most. */
  readonly cost: number;
}

const READY = new WeakMap<readonly PolicyRule[], readonly CompiledRule[]>();

/** Throws MistakenRule for whatever is wrong with the expression. */
export function compileRule(rule: PolicyRule): CompiledRule {
  const compiled = readExpression(rule.expression);
  requireSmall(compiled.tree);
  checkTypes(compiled.tree);
  return { ...rule, compiled, cost: costOf(compiled.tree) };
}

/** Of one policy, compiled once. */
export function compiledRules(rules: readonly PolicyRule[]): readonly CompiledRule[] {
  const ready = READY.get(rules);
  if (ready !== undefined) return ready;
  const compiled = rules.map(compileRule);
  READY.set(rules, compiled);
  return compiled;
}
