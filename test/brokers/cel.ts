/** CEL as brokers evaluate it: over a whole token, with the numbers of JSON. */
import { celEnv, isCelError, parse, plan } from '@bufbuild/cel';
import type { JsonObject, JsonValue } from '../../src/rats/result.js';

type CelData = boolean | bigint | number | string | null | CelData[] | Map<string, CelData>;

/** API servers make whole numbers of them, others leave them as doubles. */
export type Numbers = 'whole' | 'double';

const ENVIRONMENT = celEnv();

/** The value of an expression over one variable, or an Error where it has none. */
export function evaluate(
  expression: string,
  variable: string,
  claims: JsonObject,
  numbers: Numbers = 'whole',
): unknown {
  const { expr } = parse(expression);
  if (expr === undefined) throw new Error(`no expression: ${expression}`);
  const result = plan(ENVIRONMENT, expr)({ [variable]: celValueOf(claims, numbers) });
  return isCelError(result) ? new Error(result.message) : result;
}

function celValueOf(value: JsonValue, numbers: Numbers): CelData {
  if (typeof value === 'number') return numbers === 'whole' ? BigInt(value) : value;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((element) => celValueOf(element, numbers));
  return new Map(Object.entries(value).map(([name, member]) => [name, celValueOf(member, numbers)]));
}
