/** Debugging: where the host may read memory, nothing is confidential, under any policy. */
import { checked } from '../../rats/check.js';
import type { AppraisableEvidence } from '../../rats/evidence.js';
import type { ReferenceTee } from '../../rats/reference-value.js';
import type { RefusalCode } from '../../rats/refusal.js';
import type { CheckResult } from '../../rats/result.js';

const CODES: Readonly<Record<ReferenceTee, { readonly code: RefusalCode; readonly source: string }>> = {
  'sev-snp': { code: 'snp_policy_debug', source: 'AMD 56860, section 7.3, ATTESTATION_REPORT.POLICY' },
  tdx: { code: 'tdx_debug_td', source: 'Intel 348551, table of ATTRIBUTES.TUD' },
};

/** Made here once more for every TEE, so that one whose own checks forget it is caught. */
export function debugCheck(evidence: AppraisableEvidence): CheckResult {
  const { code, source } = CODES[evidence.referenceTee];
  return checked(!evidence.debug, code, source, {
    expected: 'debugging off',
    observed: evidence.debug ? 'debugging permitted' : 'debugging off',
  });
}
