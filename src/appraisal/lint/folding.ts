/** The value of an expression in which no claim stands; undefined: it has claims, or no value. */
import type { Node } from '../rules/node.js';

export type Folded = boolean | bigint | string | null;

export function foldedValue(node: Node): Folded | undefined {
  if (node.kind === 'constant') return node.value;
  if (node.kind !== 'call') return undefined;
  const values = node.args.map(foldedValue);
  switch (node.name) {
    case '_&&_':
      return values.includes(false) ? false : values.every((value) => value === true) ? true : undefined;
    case '_||_':
      return values.includes(true) ? true : values.every((value) => value === false) ? false : undefined;
    case '!_':
      return typeof values[0] === 'boolean' ? !values[0] : undefined;
    case '_?_:_':
      return typeof values[0] === 'boolean' ? values[values[0] ? 1 : 2] : undefined;
    default:
      return compared(node.name, values);
  }
}

function compared(name: string, [a, b]: readonly (Folded | undefined)[]): boolean | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (name === '_==_') return a === b;
  if (name === '_!=_') return a !== b;
  const ordered =
    (typeof a === 'bigint' && typeof b === 'bigint') || (typeof a === 'string' && typeof b === 'string');
  if (!ordered || a === null || b === null) return undefined;
  switch (name) {
    case '_<_':
      return a < b;
    case '_<=_':
      return a <= b;
    case '_>_':
      return a > b;
    case '_>=_':
      return a >= b;
    default:
      return undefined;
  }
}
