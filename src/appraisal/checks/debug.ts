/** Debugging: where the host may read memory, nothing is confidential, under any policy. */
import { checked } from '../../rats/check.js';
import type { AuthenticatedEvidence } from '../../rats/evidence.js';
import type { ReferenceTee } from '../../rats/reference-value.js';
import type { RefusalCode } from '../../rats/refusal.js';
import type { CheckResult } from '../../rats/result.js';

const CODES: ReadonlyMap<ReferenceTee, RefusalCode> = new Map([['sev-snp', 'snp_policy_debug']]);

/** Made here once more for every TEE, so that one whose own checks forget it is caught. */
export function debugCheck(evidence: AuthenticatedEvidence): CheckResult {
  const code = CODES.get(evidence.referenceTee);
  if (code === undefined) throw new TypeError(`no debug code for ${evidence.referenceTee}`);
  return checked(!evidence.debug, code, 'launch policy of the guest', {
    expected: 'debugging off',
    observed: evidence.debug ? 'debugging permitted' : 'debugging off',
  });
}
