/** The policy that applies where nobody chose another: the profile `standard`. */
import type { AppraisalPolicy } from '../rats/policy.js';
import { PROFILES } from './profiles.js';

function standard(): AppraisalPolicy {
  const policy = PROFILES.get('standard');
  if (policy === undefined) throw new TypeError('no profile is named standard');
  return policy;
}

export const STANDARD_POLICY: AppraisalPolicy = standard();
