/** What tests ask the client in each of its languages, and what it answers. Members are those of the judges' lines. */
import type { JsonObject } from '../../src/rats/result.js';

/** Of a verifier, as in Node.js; `since` and `capacity` are those of its memory of proofs. */
export interface JudgeOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly workload?: readonly string[];
  readonly minimumStatus?: string;
  readonly minReferenceVersion?: number;
  readonly tcbStatus?: readonly string[];
  readonly tee?: readonly string[];
  readonly algorithms?: readonly string[];
  readonly allowBearer?: boolean;
  readonly allowSimulated?: boolean;
  readonly allowDebug?: boolean;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly capacity?: number;
}

interface Asked {
  /** Names the verifier, which stays; it is made by the options at its first question. */
  readonly verifier: string;
  readonly options: JudgeOptions;
  /** The clock, in milliseconds since 1970. */
  readonly at: number;
}

export interface TokenQuestion extends Asked {
  readonly about: 'token';
  readonly token: string;
  /** Of the key that the caller has seen in use. */
  readonly thumbprint?: string;
  readonly proof?: string;
  /** Of the request that the proof came with. */
  readonly method?: string;
  readonly url?: string;
}

export interface RequestQuestion extends Asked {
  readonly about: 'request';
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
}

export interface KeysQuestion extends Asked {
  readonly about: 'keys';
}

export type Question = TokenQuestion | RequestQuestion | KeysQuestion;

export interface Answer {
  /** `accepted`, a refusal's code, or `mistake`: options that cannot be meant. */
  readonly code: string;
  /** What a proof fails by; else empty. */
  readonly reason: string;
  /** For people; languages may differ in words. */
  readonly detail: string;
  /** Typed claims, under names that all languages share; null where there are none. */
  readonly said: JsonObject | null;
}
