/** What a comparison asks of one claim, and whether several of them can hold of the same one. */
import { KNOWN_WORDS } from '../rules/claims-schema.js';
import { type Node, pathOf } from '../rules/node.js';
import { type Folded, foldedValue } from './folding.js';

export interface Demand {
  readonly path: string;
  /** Null: any value. */
  readonly oneOf: readonly Folded[] | null;
  readonly noneOf: readonly Folded[];
  /** Of whole numbers, both included; null: no bound. */
  readonly least: bigint | null;
  readonly most: bigint | null;
}

/** For reading `3 < claims.vmpl` as `claims.vmpl > 3`. */
const MIRRORED: Readonly<Record<string, string>> = {
  '_<_': '_>_',
  '_<=_': '_>=_',
  '_>_': '_<_',
  '_>=_': '_<=_',
};
const NEGATED: Readonly<Record<string, string>> = {
  '_==_': '_!=_',
  '_!=_': '_==_',
  '_<_': '_>=_',
  '_<=_': '_>_',
  '_>_': '_<=_',
  '_>=_': '_<_',
};

/** Null: not a comparison of a claim with constants. */
export function demandOf(node: Node, wanted: boolean): Demand | null {
  const flag = pathOf(node);
  if (flag !== null) return demand(flag, { oneOf: [wanted] });
  if (node.kind !== 'call') return null;
  const [left, right] = node.args;
  if (left === undefined || right === undefined) return null;
  if (node.name === '@in') return membership(left, right, wanted);
  const name = wanted ? node.name : NEGATED[node.name];
  if (name === undefined) return null;
  const path = pathOf(left);
  if (path !== null) return comparison(path, name, foldedValue(right));
  const other = pathOf(right);
  return other === null ? null : comparison(other, MIRRORED[name] ?? name, foldedValue(left));
}

function demand(path: string, asked: Partial<Demand>): Demand {
  return { path, oneOf: null, noneOf: [], least: null, most: null, ...asked };
}

function membership(element: Node, list: Node, wanted: boolean): Demand | null {
  const path = pathOf(element);
  if (path === null || list.kind !== 'list') return null;
  const values = list.elements.map(foldedValue);
  const known = values.filter((value): value is Folded => value !== undefined);
  if (known.length < values.length) return null;
  return demand(path, wanted ? { oneOf: known } : { noneOf: known });
}

function comparison(path: string, name: string, value: Folded | undefined): Demand | null {
  if (value === undefined) return null;
  if (name === '_==_') return demand(path, { oneOf: [value] });
  if (name === '_!=_') return demand(path, { noneOf: [value] });
  if (typeof value !== 'bigint') return null;
  switch (name) {
    case '_<_':
      return demand(path, { most: value - 1n });
    case '_<=_':
      return demand(path, { most: value });
    case '_>_':
      return demand(path, { least: value + 1n });
    case '_>=_':
      return demand(path, { least: value });
    default:
      return null;
  }
}

/** Demands on one claim that no value meets. */
export function contradicts(demands: readonly Demand[]): boolean {
  const [first] = demands;
  if (first === undefined) return false;
  const words = Object.hasOwn(KNOWN_WORDS, first.path) ? (KNOWN_WORDS[first.path] ?? []) : null;
  const lists = demands.flatMap(({ oneOf }) => (oneOf === null ? [] : [oneOf]));
  const excluded = demands.flatMap(({ noneOf }) => noneOf);
  const least = demands.reduce<bigint | null>(
    (high, d) => (d.least !== null && (high === null || d.least > high) ? d.least : high),
    null,
  );
  const most = demands.reduce<bigint | null>(
    (low, d) => (d.most !== null && (low === null || d.most < low) ? d.most : low),
    null,
  );
  if (least !== null && most !== null && least > most) return true;
  const [start, ...rest] = words === null ? lists : [words, ...lists];
  if (start === undefined) return false;
  const bounded = (value: Folded): boolean =>
    typeof value !== 'bigint' || ((least === null || value >= least) && (most === null || value <= most));
  return !start.some(
    (value) => rest.every((list) => list.includes(value)) && !excluded.includes(value) && bounded(value),
  );
}
