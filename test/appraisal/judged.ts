/** Sample evidence appraised under policy `standard`. */
import { appraise } from '../../src/appraisal/appraise.js';
import { STANDARD_POLICY } from '../../src/appraisal/standard-policy.js';
import type { AuthenticatedEvidence } from '../../src/rats/evidence.js';
import type { ReferenceQuery } from '../../src/rats/reference-value.js';
import type { RefusalCode } from '../../src/rats/refusal.js';
import { AT, given, referenceValue, sampleEvidence } from './sample-evidence.js';

export function judge(
  references: ReferenceQuery = given(referenceValue()),
  evidence: AuthenticatedEvidence = sampleEvidence(),
  at: Date = AT,
) {
  const appraisal = appraise(evidence, references, STANDARD_POLICY, at);
  const entry = (id: RefusalCode) => appraisal.checks.find((check) => check.id === id);
  return { ...appraisal, entry };
}
