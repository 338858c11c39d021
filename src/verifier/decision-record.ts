/** A decision in wire words, and what two records of one decision differ in. */
import type { JsonObject, JsonValue } from '../rats/result.js';
import type { Decision } from './decision-ports.js';

export function decisionRecord(decision: Decision): JsonObject {
  const { platform, module, qe, ...tcb } = decision.tcb;
  return {
    id: decision.id,
    act: decision.act,
    recorded_at: decision.recordedAt.toISOString(),
    at: decision.at.toISOString(),
    audience: decision.audience,
    workload: decision.workload,
    reference_version: decision.referenceVersion,
    status: decision.status,
    vector: { ...decision.vector },
    code: decision.code,
    tee: decision.tee,
    generation: decision.generation,
    envelope: decision.envelope,
    binding: decision.binding,
    simulated: decision.simulated,
    debug: decision.debug,
    measurement: decision.measurement,
    evidence_digest: decision.evidenceDigest,
    policy: decision.policy,
    policy_digest: decision.policyDigest,
    tcb: {
      ...tcb,
      platform: platform === null ? null : { ...platform },
      module: module === null ? null : { ...module },
      qe: qe === null ? null : { ...qe },
    },
    claims: decision.claims,
    checks: decision.checks.map((check) => ({ ...check })),
    endorsements: decision.endorsements.map((used) => ({ ...used })),
    crypto: decision.crypto,
  };
}

/** One member that is not as it was. `path`: `tcb.status`, `checks.snp_crl_stale.observed`; null: it is not there. */
export interface Difference {
  readonly path: string;
  readonly then: JsonValue;
  readonly now: JsonValue;
}

/** What names the elements of a list; other lists are compared as a whole. */
const NAMED_BY: Readonly<Record<string, string>> = { checks: 'id', endorsements: 'kind' };

/** Every member in which the two differ, the deepest ones, in the order of the first. */
export function differencesOf(then: JsonObject, now: JsonObject): readonly Difference[] {
  return membersOf(then, now).flatMap((name) => {
    const key = NAMED_BY[name];
    const [before, after] = [then[name] ?? null, now[name] ?? null];
    if (key === undefined || !Array.isArray(before) || !Array.isArray(after)) {
      return compare(name, before, after);
    }
    return compare(name, byName(before, key), byName(after, key));
  });
}

function compare(path: string, then: JsonValue, now: JsonValue): readonly Difference[] {
  if (isObject(then) && isObject(now)) {
    return membersOf(then, now).flatMap((name) =>
      compare(`${path}.${name}`, then[name] ?? null, now[name] ?? null),
    );
  }
  return JSON.stringify(then) === JSON.stringify(now) ? [] : [{ path, then, now }];
}

function membersOf(one: JsonObject, other: JsonObject): readonly string[] {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])];
}

/** Elements of one name are told apart by their place among them: `tdx-tcb-signing`, `tdx-tcb-signing#2`. */
function byName(list: readonly JsonValue[], key: string): JsonObject {
  const named: Record<string, JsonValue> = {};
  for (const element of list) {
    const name = isObject(element) ? String(element[key]) : '';
    const same = Object.keys(named).filter((known) => known === name || known.startsWith(`${name}#`)).length;
    named[same === 0 ? name : `${name}#${same + 1}`] = element;
  }
  return named;
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
