/** Everything that was submitted as evidence, parsed: for every use case, so that none of them leaves a part out of account. */
import type { ParsedEvidence } from '../rats/evidence.js';
import { parseEvidence } from '../tee/registry.js';
import type { SubmittedEvidence } from './requests.js';

/** Throws refusals of stage `parse`. */
export function parseSubmitted({ type, bytes, certificates, eventLog }: SubmittedEvidence): ParsedEvidence {
  return parseEvidence(type, bytes, certificates, eventLog);
}
