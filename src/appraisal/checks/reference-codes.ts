/** Which code each field of a reference value answers for. */
import type { AppraisableEvidence } from '../../rats/evidence.js';
import type { ReferenceTee } from '../../rats/reference-value.js';
import type { RefusalCode } from '../../rats/refusal.js';
import { LOG_REQUIRED, lacksLog } from './reference-events.js';

export const MEASUREMENT: RefusalCode = 'measurement_not_allowed';

/** Fields with a code of their own; all others are measurements. */
const FIELD_CODES: Readonly<Record<ReferenceTee, Readonly<Record<string, RefusalCode>>>> = {
  'sev-snp': {
    host_data: 'host_data_mismatch',
    id_key_digest: 'snp_id_key_not_trusted',
    author_key_digest: 'snp_author_key_not_trusted',
    family_id: 'snp_guest_svn_below_minimum',
    image_id: 'snp_guest_svn_below_minimum',
  },
  tdx: {},
};

/** Every code that a reference value for this evidence could fail. */
export function codesOf(evidence: AppraisableEvidence): readonly RefusalCode[] {
  const codes: RefusalCode[] = [MEASUREMENT];
  for (const field of Object.keys(evidence.referenceFields)) {
    const code = codeOf(evidence, field);
    if (!codes.includes(code)) codes.push(code);
  }
  return codes;
}

/** A field of events for which no log came is `logChecks`' to judge. */
export function codeOf(evidence: AppraisableEvidence, field: string): RefusalCode {
  if (lacksLog(evidence, field)) return LOG_REQUIRED;
  const codes = FIELD_CODES[evidence.referenceTee];
  return Object.hasOwn(codes, field) ? (codes[field] ?? MEASUREMENT) : MEASUREMENT;
}
