/**
 * The one place that knows the library for CEL (https://cel.dev, language definition): text to tree, tree to a
 * function. The library checks no types and has no limits of its own; those are checker.ts and cost.ts.
 */
import { celEnv, isCelError, parse, plan } from '@bufbuild/cel';
import type { JsonValue } from '../../rats/result.js';
import type { Node } from './node.js';

type Parsed = NonNullable<ReturnType<typeof parse>['expr']>;

export interface Expression {
  readonly tree: Node;
  /** True, false, or why there is no answer. */
  readonly evaluate: (variables: Readonly<Record<string, JsonValue>>) => boolean | { readonly error: string };
}

/** What is wrong with an expression, in words for its author. */
export class MistakenRule extends Error {
  override readonly name = 'MistakenRule';
}

/** No functions beside the language’s own; one environment serves every expression. */
const ENVIRONMENT = celEnv();
const DEEPEST_BRACKETS = 24;

/** Throws MistakenRule for what is no CEL, and for parts of CEL that rules do without. */
export function readExpression(text: string): Expression {
  requireShallow(text);
  const parsed = parsedOf(text);
  const tree = nodeOf(parsed);
  const run = plan(ENVIRONMENT, parsed);
  return {
    tree,
    evaluate(variables) {
      const bound = Object.fromEntries(
        Object.entries(variables).map(([name, value]) => [name, celValueOf(value)]),
      );
      const result = run(bound);
      if (typeof result === 'boolean') return result;
      return { error: isCelError(result) ? result.message : 'neither true nor false' };
    },
  };
}

/** Brackets nest before anything is parsed, so that no text can exhaust the parser’s stack. */
function requireShallow(text: string): void {
  let depth = 0;
  for (const character of text) {
    if ('([{'.includes(character)) depth += 1;
    if (')]}'.includes(character)) depth -= 1;
    if (depth > DEEPEST_BRACKETS) throw new MistakenRule(`brackets nest deeper than ${DEEPEST_BRACKETS}`);
  }
}

function parsedOf(text: string): Parsed {
  try {
    return parse(text).expr;
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^<input>:/, '') : 'it cannot be read';
    throw new MistakenRule(`is not CEL: ${why.slice(0, 200)}`);
  }
}

function nodeOf({ exprKind }: Parsed): Node {
  switch (exprKind.case) {
    case 'constExpr':
      return { kind: 'constant', value: constantOf(exprKind.value.constantKind) };
    case 'identExpr':
      return { kind: 'variable', name: exprKind.value.name };
    case 'selectExpr': {
      const { operand, field, testOnly } = exprKind.value;
      return { kind: testOnly ? 'has' : 'field', of: required(operand), name: field };
    }
    case 'callExpr': {
      const { target, function: name, args } = exprKind.value;
      return { kind: 'call', name, args: [...(target === undefined ? [] : [target]), ...args].map(nodeOf) };
    }
    case 'listExpr':
      return { kind: 'list', elements: exprKind.value.elements.map(nodeOf) };
    case 'comprehensionExpr': {
      const { iterVar, iterRange, accuInit, loopStep, result } = exprKind.value;
      return {
        kind: 'loop',
        variable: iterVar,
        range: required(iterRange),
        start: required(accuInit),
        step: required(loopStep),
        result: required(result),
      };
    }
    default:
      throw new MistakenRule('maps and messages cannot be written in a rule');
  }
}

function required(part: Parsed | undefined): Node {
  if (part === undefined) throw new MistakenRule('is not CEL: a part is missing');
  return nodeOf(part);
}

type ConstantKind = Extract<Parsed['exprKind'], { case: 'constExpr' }>['value']['constantKind'];

function constantOf(constant: ConstantKind): boolean | bigint | string | null {
  switch (constant.case) {
    case 'boolValue':
    case 'int64Value':
    case 'stringValue':
      return constant.value;
    case 'nullValue':
      return null;
    default:
      throw new MistakenRule('constants are whole numbers, texts, true, false and null');
  }
}

type CelData = boolean | bigint | string | null | CelData[] | Map<string, CelData>;

/** Maps instead of objects, so that nothing is found on a prototype; every number of a claim is whole. */
function celValueOf(value: JsonValue): CelData {
  if (typeof value === 'number') return BigInt(value);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(celValueOf);
  return new Map(Object.entries(value).map(([name, member]) => [name, celValueOf(member)]));
}
