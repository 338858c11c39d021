/** Refusal codes: common to all TEEs. Order is the order in which several denials are reported. */
import { COMMON_ENDORSEMENT_REFUSALS } from './common-endorsement.js';
import { COMMON_EVIDENCE_REFUSALS } from './common-evidence.js';
import { COMMON_POSSESSION_REFUSALS } from './common-possession.js';
import { COMMON_REQUEST_REFUSALS } from './common-request.js';
import { COMMON_SERVICE_REFUSALS } from './common-service.js';

export const COMMON_REFUSALS = [
  ...COMMON_EVIDENCE_REFUSALS,
  ...COMMON_REQUEST_REFUSALS,
  ...COMMON_SERVICE_REFUSALS,
  ...COMMON_POSSESSION_REFUSALS,
  ...COMMON_ENDORSEMENT_REFUSALS,
] as const;
