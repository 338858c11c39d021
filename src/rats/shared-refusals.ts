/**
 * The refusals that many readers of requests and evidence give: one function per code, so that each code is raised in
 * one place however many find a reason for it.
 */
import {
  type Refusal,
  type RefusalCode,
  RefusalError,
  type RefuseOptions,
  refusal,
  refuse,
  type Stage,
} from './refusal.js';

/** Seconds after which it is worth coming back where too much was going on. */
const BREATHER = 1;

/** Text or bytes that are not in the encoding they are sent in. */
export function refuseEncoding(detail: string): never {
  refuse('evidence_encoding_invalid', 'parse', detail);
}

/** More than is read; `detail` says how much that is. */
export function refuseSize(stage: Stage, detail: string): never {
  refuse('evidence_too_large', stage, detail);
}

/** A form of evidence that is not verified. */
export function refuseType(stage: Stage, detail: string): never {
  refuse('evidence_type_unknown', stage, detail);
}

/** A member or query parameter that nobody reads. */
export function refuseMember(stage: Stage, detail: string): never {
  refuse('member_unknown', stage, detail);
}

/** One thing said twice. */
export function refuseRepetition(stage: Stage, detail: string, options: RefuseOptions = {}): never {
  refuse('member_duplicate', stage, detail, options);
}

/** A way of proving freshness, or something to be bound, that is not offered. */
export function refuseBinding(stage: Stage, detail: string): never {
  refuse('binding_unsupported', stage, detail);
}

/** No key where the audience takes key-bound tokens only. */
export function refuseKeyless(detail: string): never {
  refuse('key_binding_required', 'request', detail);
}

/** A request that makes no sense, for a reason without a code of its own. */
export function invalidRequest(detail: string, stage: Stage = 'request'): Refusal {
  return refusal('request_invalid', stage, detail);
}

export function refuseRequest(detail: string, stage: Stage = 'request'): never {
  throw new RefusalError(invalidRequest(detail, stage));
}

/** No such path, or nothing of that name under this issuer. */
export function missing(detail: string): Refusal {
  return refusal('not_found', 'request', detail);
}

export function refuseMissing(detail: string): never {
  throw new RefusalError(missing(detail));
}

export function refuseWorkload(): never {
  refuse('workload_unknown', 'request', 'This tenant has no such workload.');
}

export function unknownPolicy(detail: string): Refusal {
  return refusal('policy_unknown', 'request', detail);
}

export function refusePolicyName(detail: string): never {
  throw new RefusalError(unknownPolicy(detail));
}

/** `what`: paths and reasons. */
export function refusePolicy(what: string): never {
  refuse('policy_invalid', 'request', `The policy is not valid: ${what}.`);
}

export function refuseRole(detail: string): never {
  refuse('role_missing', 'request', detail);
}

/** The thing is in a state that forbids it. */
export function refuseState(detail: string): never {
  refuse('state_conflict', 'request', detail);
}

/** More at once than the service takes on. */
export function overload(stage: Stage, detail: string): Refusal {
  return refusal('overloaded', stage, detail, { retryAfter: BREATHER });
}

export function refuseLoad(stage: Stage, detail: string): never {
  throw new RefusalError(overload(stage, detail));
}

/** More than one source may ask. Seconds until it may again. */
export function refuseRate(detail: string, retryAfter: number = BREATHER): never {
  refuse('rate_limited', 'request', detail, { retryAfter });
}

/** Nothing is known of what the database would have said. */
export function withoutDatabase(stage: Stage, detail: string, options: RefuseOptions = {}): RefusalError {
  return new RefusalError(refusal('database_unavailable', stage, detail, options));
}

/**
 * A vendor document that somebody offers to keep, by the code of the check that it would fail: verification makes that
 * check on its own, whatever was kept.
 */
export function refuseDocument(code: RefusalCode, detail: string): never {
  refuse(code, 'authenticate', detail);
}
