/**
 * Attestation results: the checks made, the trustworthiness vector, the tier, the verdict.
 *
 * Source: draft-ietf-rats-ear-04 (status words), draft-ietf-rats-ar4si-10 (vector values).
 */
import type { RefusalCode, Stage } from './refusal.js';

export type CheckOutcome = 'pass' | 'fail' | 'not_run';

/** One check of the procedure. `id` is the refusal code that it raises on failure. */
export interface CheckResult {
  readonly id: RefusalCode;
  readonly outcome: CheckOutcome;
  readonly expected: string | null;
  readonly observed: string | null;
  /** Manual section or document that the rule comes from. */
  readonly source: string;
  /** What to do about it; null when it passed. */
  readonly remedy: string | null;
}

/** EAR status words, best first is not implied: `none` makes no statement. */
export type TrustTier = 'none' | 'affirming' | 'warning' | 'contraindicated';

/** AR4SI claims that this verifier can fill; absent means no statement. Values: signed 8-bit. */
export interface TrustVector {
  readonly 'instance-identity'?: number;
  readonly configuration?: number;
  readonly executables?: number;
  readonly hardware?: number;
  readonly 'runtime-opaque'?: number;
}

export type BindingOutcome = 'verified' | 'mismatch' | 'not_checked';

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [member: string]: JsonValue };
export type JsonObject = { readonly [member: string]: JsonValue };

/** How the vendor's own lists judge the platform's firmware. `platform`, `module`, `qe`: Intel only. */
export interface TcbAssessment {
  readonly status: string;
  /** Document the status comes from, e.g. `assay-amd-bulletins@2026-11`. */
  readonly source: string;
  /** RFC 3339 date or empty. */
  readonly date: string;
  readonly advisories: readonly string[];
  readonly platform: TcbPart | null;
  readonly module: TcbPart | null;
  readonly qe: TcbPart | null;
}

export interface TcbPart {
  readonly status: string;
  readonly date: string;
  readonly advisories: readonly string[];
}

/** A vendor document that the verdict rests on. Times: RFC 3339 UTC. */
export interface EndorsementUsed {
  readonly kind: string;
  /** Lowercase hex of SHA-256 over the exact bytes. */
  readonly sha256: string;
  readonly not_before: string;
  readonly not_after: string;
  /** Present where it is past `not_after` and counts by the grace of the policy: the end of that. */
  readonly grace_until?: string;
}

/** The object of `assay verify --json` and of `POST /v1/appraise`. Member names are wire names. */
export interface Verdict {
  /** true = genuine, false = refused, null = malformed or undecided. */
  readonly authentic: boolean | null;
  readonly status: TrustTier;
  readonly code: RefusalCode | null;
  readonly stage: Stage;
  readonly tee: string | null;
  readonly envelope: string | null;
  readonly binding: BindingOutcome;
  readonly simulated: boolean;
  readonly at: string;
  readonly claims: JsonObject | null;
  readonly tcb: TcbAssessment | null;
  readonly checks: readonly CheckResult[];
  readonly endorsements: readonly EndorsementUsed[];
}
