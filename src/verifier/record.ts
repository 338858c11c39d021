/** One place for what became of every request: metric, latency and log line of each exit path. */
import type { RefusalCode, Stage } from '../rats/refusal.js';
import type { TcbAssessment } from '../rats/result.js';

export type Act = 'challenge' | 'attest' | 'renew' | 'appraise' | 'simulate' | 'replay';

/** How a request ended. `code` null: it got what it asked for. */
export interface Ending {
  readonly code: RefusalCode | null;
  /** The decision that was recorded, when one was. */
  readonly decision: string | null;
}

/** One request under way. */
export interface Recording {
  /** The pipeline enters a stage; the time until the next call belongs to it. */
  entered(stage: Stage): void;
  /** What kind of evidence it turned out to be. */
  recognised(tee: string): void;
  /** How the vendor's lists that the policy goes by judge an authentic platform; what is judged again counts once. */
  assessed(tcb: TcbAssessment): void;
  ended(ending: Ending): void;
}

/** Implemented by platform/. Nothing that is recorded contains evidence, nonces, keys or tokens. */
export interface Recorder {
  begin(act: Act, tenant: string): Recording;
  tokenIssued(profile: string, alg: string): void;
}
