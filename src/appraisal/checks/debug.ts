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

function checkOf(tee: ReferenceTee, debug: boolean): CheckResult {
  const { code, source } = CODES[tee];
  return checked(!debug, code, source, {
    expected: 'debugging off',
    observed: debug ? 'debugging permitted' : 'debugging off',
  });
}

const OFF: Readonly<Record<ReferenceTee, CheckResult>> = {
  'sev-snp': Object.freeze(checkOf('sev-snp', false)),
  tdx: Object.freeze(checkOf('tdx', false)),
};

/** Made here once more for every TEE, so that one whose own checks forget it is caught. */
export function debugCheck({ referenceTee, debug }: AppraisableEvidence): CheckResult {
  return debug ? checkOf(referenceTee, true) : OFF[referenceTee];
}
