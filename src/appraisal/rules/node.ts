/** An expression as a tree of few kinds of node: what checker, cost and lint look at. */

export type Node =
  | { readonly kind: 'constant'; readonly value: boolean | bigint | string | null }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'field'; readonly of: Node; readonly name: string }
  /** `has(of.name)` */
  | { readonly kind: 'has'; readonly of: Node; readonly name: string }
  /** The receiver of a method comes first. */
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Node[] }
  | { readonly kind: 'list'; readonly elements: readonly Node[] }
  /** A macro such as `all`, as the loop that the parser makes of it. */
  | {
      readonly kind: 'loop';
      readonly variable: string;
      readonly range: Node;
      readonly start: Node;
      readonly step: Node;
      readonly result: Node;
    };

/** Name of the value that a loop carries on; no rule can write it. */
export const CARRIED = '@result';

export function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'field':
    case 'has':
      return [node.of];
    case 'call':
      return node.args;
    case 'list':
      return node.elements;
    case 'loop':
      return [node.range, node.start, node.step, node.result];
    default:
      return [];
  }
}

/** `claims.policy.smt`; null: not a variable’s field. */
export function pathOf(node: Node): string | null {
  if (node.kind === 'variable') return node.name;
  if (node.kind !== 'field') return null;
  const path = pathOf(node.of);
  return path === null ? null : `${path}.${node.name}`;
}
