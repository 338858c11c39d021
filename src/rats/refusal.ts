/**
 * Refusal codes and the one way to say no.
 *
 * The codes are one array; the type, the problem pages, the metric label and the tests come from it.
 * Codes are stable API: add, never rename.
 */
import { COMMON_REFUSALS } from './refusal-table/common.js';
import { SNP_REFUSALS } from './refusal-table/snp.js';
import { TDX_REFUSALS } from './refusal-table/tdx.js';
import type { CheckResult } from './result.js';

/** Who is at fault, and with that the HTTP status and whether a retry can help. */
export type RefusalClass =
  | 'malformed'
  | 'refused'
  | 'spent'
  | 'denied'
  | 'undecided'
  | 'limited'
  | 'caller'
  | 'fault';

/** Where in the pipeline the answer was found. `request`: before any evidence was looked at. */
export type Stage = 'request' | 'parse' | 'authenticate' | 'bind' | 'appraise' | 'issue';

/** One row of the table: what a code means, what usually causes it and what to do. */
export interface RefusalEntry {
  readonly code: string;
  readonly class: RefusalClass;
  /** HTTP status of the problem document. */
  readonly status: number;
  readonly title: string;
  readonly meaning: string;
  readonly cause: string;
  /** What an operator or caller does next, in the imperative. */
  readonly remedy: string;
}

/** Every code this build can raise, in the order in which several denials are reported. */
export const REFUSALS = [...COMMON_REFUSALS, ...SNP_REFUSALS, ...TDX_REFUSALS] as const;

export type RefusalCode = (typeof REFUSALS)[number]['code'];

/** Facts about the submitted evidence; never about our configuration, never raw evidence. */
export type Facts = Readonly<Record<string, string | number | boolean>>;

export interface Refusal {
  readonly code: RefusalCode;
  readonly stage: Stage;
  /** A sentence for the caller about this very case. */
  readonly detail: string;
  readonly facts: Facts;
  readonly checks: readonly CheckResult[];
  /** Seconds; only for undecided and limited. */
  readonly retryAfter?: number;
}

const BY_CODE: ReadonlyMap<string, RefusalEntry> = new Map(REFUSALS.map((entry) => [entry.code, entry]));
const POSITION: ReadonlyMap<string, number> = new Map(REFUSALS.map((entry, index) => [entry.code, index]));

/** The table's row for a code. */
export function refusalEntry(code: RefusalCode): RefusalEntry {
  const entry = BY_CODE.get(code);
  if (entry === undefined) throw new TypeError(`no refusal entry for ${code}`);
  return entry;
}

/** True when `text` is a code of this build. */
export function isRefusalCode(text: string): text is RefusalCode {
  return BY_CODE.has(text);
}

/** Position of a code in the table: several denials report the lowest as their `code`. */
export function refusalOrder(code: RefusalCode): number {
  return POSITION.get(code) ?? Number.MAX_SAFE_INTEGER;
}

/** A decided "no" or an "undecided", on its way to the stage boundary. Anything else thrown is a bug. */
export class RefusalError extends Error {
  override readonly name = 'RefusalError';
  constructor(readonly refusal: Refusal) {
    super(`${refusal.code}: ${refusal.detail}`);
  }
}

export interface RefuseOptions {
  readonly facts?: Facts;
  readonly checks?: readonly CheckResult[];
  readonly retryAfter?: number;
}

/** Stops the stage with a code. `stage` is where the check belongs, not where it happened to run. */
export function refuse(code: RefusalCode, stage: Stage, detail: string, options: RefuseOptions = {}): never {
  throw new RefusalError(refusal(code, stage, detail, options));
}

/** The value that `refuse` throws, for callers that return instead of throwing. */
export function refusal(
  code: RefusalCode,
  stage: Stage,
  detail: string,
  options: RefuseOptions = {},
): Refusal {
  return {
    code,
    stage,
    detail,
    facts: options.facts ?? {},
    checks: options.checks ?? [],
    ...(options.retryAfter === undefined ? {} : { retryAfter: options.retryAfter }),
  };
}
