/** What a deliberate fault of a TD is: one check's reason to say no, everything else valid and signed again. */
import type { RefusalCode } from '../../rats/refusal.js';
import type { PolicyDocument } from '../policy-document.js';
import type { TdChanges } from './changes.js';
import type { TdOptions, TdSettings } from './td-options.js';

/** A fault touches the stages it names and no other. */
export interface TdFault {
  readonly code: RefusalCode;
  /** What is wrong with the material, for people. */
  readonly says: string;
  /** What the unfaulted TD must look like for the fault to show. Wins over the caller's options. */
  readonly clean?: Omit<TdOptions, 'at' | 'fault' | 'changes'>;
  /** Where `standard` does not check: the policy that accepts the unfaulted TD and denies this one. */
  readonly policy?: (clean: TdSettings) => PolicyDocument;
  /** The platform says something else than what is expected of it; its certificate says the same. */
  readonly td?: (clean: TdSettings) => TdSettings;
  /** The reference value names the events of RTMR1 instead of the register. */
  readonly namesEvents?: true;
  readonly changes?: TdChanges;
}
