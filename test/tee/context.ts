/** What authentication and the reading of vendor documents are given where a test cares about nothing else. */
import type { TrustAnchors } from '../../src/rats/endorsement.js';
import type { EndorsementDemands } from '../../src/rats/policy.js';
import type { EndorsementContext } from '../../src/tee/scheme.js';

export const NO_DEMANDS: EndorsementDemands = {
  minimumEvaluationNumber: 0,
  staleHours: 0,
  track: 'standard',
};

/** `files`: what else lies in the directory of the document. */
export function reading(
  anchors: TrustAnchors,
  files: Readonly<Record<string, Uint8Array>> = {},
): EndorsementContext {
  return { anchors, track: 'standard', beside: (file) => files[file] ?? null };
}
