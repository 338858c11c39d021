/** What an expression can cost at most: its evaluation has no clock to stop it, so it is counted beforehand. */
import { typeOf } from './checker.js';
import { VARIABLES } from './claims-schema.js';
import { MistakenRule } from './expression.js';
import { CARRIED, childrenOf, type Node } from './node.js';
import { type Fields, LONGEST_LIST, NULL } from './types.js';

const MOST_NODES = 250;
const DEEPEST = 32;
const DEEPEST_LOOPS = 2;
/** Steps of one expression; a step takes some tenths of a microsecond. */
export const MOST_STEPS = 4_000;
/** Of all rules of a policy together. */
export const MOST_STEPS_OF_ALL = 8_000;

/** A pattern is compiled and run; see anchored.ts for how large it gets. */
const MATCH_STEPS = 400;
const TEXT_STEPS = 4;

/** Steps at most, for an expression whose types are right. Throws MistakenRule beyond a limit. */
export function costOf(tree: Node): number {
  requireSmall(tree);
  const steps = stepsOf(tree, VARIABLES);
  if (steps > MOST_STEPS) {
    throw new MistakenRule(`takes up to ${steps} steps, and a rule may take ${MOST_STEPS}`);
  }
  return steps;
}

/** Before anything recurses over the tree twice. */
export function requireSmall(tree: Node): void {
  const nodes = [{ node: tree, depth: 1, loops: 0 }];
  let count = 0;
  for (let next = nodes.pop(); next !== undefined; next = nodes.pop()) {
    const { node, depth } = next;
    const loops = next.loops + (node.kind === 'loop' ? 1 : 0);
    count += 1;
    if (count > MOST_NODES) throw new MistakenRule(`has more than ${MOST_NODES} parts`);
    if (depth > DEEPEST) throw new MistakenRule(`nests deeper than ${DEEPEST}`);
    if (loops > DEEPEST_LOOPS) throw new MistakenRule(`macros nest deeper than ${DEEPEST_LOOPS}`);
    for (const child of childrenOf(node)) nodes.push({ node: child, depth: depth + 1, loops });
  }
}

function stepsOf(node: Node, scope: Fields): number {
  const within = childrenOf(node).reduce(
    (sum, child) => (node.kind === 'loop' ? sum : sum + stepsOf(child, scope)),
    1,
  );
  if (node.kind === 'loop') return stepsOfLoop(node, scope);
  if (node.kind !== 'call') return within;
  switch (node.name) {
    case 'matches':
      return within + MATCH_STEPS;
    case 'startsWith':
    case 'endsWith':
    case 'contains':
      return within + TEXT_STEPS;
    case '@in':
    case '_==_':
    case '_!=_':
      return within + node.args.reduce((most, argument) => Math.max(most, lengthOf(argument, scope)), 0);
    default:
      return within;
  }
}

function stepsOfLoop(loop: Node & { readonly kind: 'loop' }, scope: Fields): number {
  const range = typeOf(loop.range, scope);
  const turns = range.kind === 'list' ? range.most : LONGEST_LIST;
  const element = range.kind === 'list' ? (range.of ?? NULL) : NULL;
  const inner = { ...scope, [loop.variable]: element, [CARRIED]: typeOf(loop.start, scope) };
  const outer = stepsOf(loop.range, scope) + stepsOf(loop.start, scope) + 2;
  return outer + turns * (stepsOf(loop.step, inner) + 1);
}

function lengthOf(node: Node, scope: Fields): number {
  const type = typeOf(node, scope);
  return type.kind === 'list' ? type.most : 0;
}
