/** From bytes of evidence to a verdict, as every door does it; and what counts of evidence that was believed. */
import { parseReferenceValue } from '../../src/appraisal/reference-schema.js';
import { STANDARD_POLICY } from '../../src/appraisal/standard-policy.js';
import type { EndorsementSet, TrustAnchors } from '../../src/rats/endorsement.js';
import type { RevocationMode } from '../../src/rats/evidence.js';
import { outcomeOf } from '../../src/rats/outcome.js';
import type { ReferenceQuery } from '../../src/rats/reference-value.js';
import type { JsonObject } from '../../src/rats/result.js';
import { parseEvidence } from '../../src/tee/registry.js';
import { verifyEvidence } from '../../src/verifier/verify.js';
import type { Answer, Setting } from './format.js';

/** Everything that evidence is judged by. */
export interface EvidenceSetting extends Setting {
  readonly certificates: readonly Uint8Array[];
  readonly endorsements: EndorsementSet;
  readonly anchors: TrustAnchors;
  readonly at: Date;
  readonly reportData: Uint8Array;
  readonly revocation: RevocationMode;
  /** Body of a reference value; null: none is compared. */
  readonly reference: JsonObject | null;
}

/**
 * What counts is the signed part of the evidence, its verdict, and which certificates and lists it rests on. The same
 * is therefore said with other bytes where nobody signs them and nothing follows from them:
 *
 * - zeros behind a quote or an HCL envelope, as kernels and the vTPM pad them (Intel DCAP API, appendix A);
 * - a certificate table: where its blobs lie, entries that are no certificates, certificates that are given twice or
 *   that were at hand anyway; a report without its table, where the certificates come from elsewhere (AMD 56421, 4.1.8.1);
 * - spelling of configfs-tsm JSON: space, order of members, either base64, the provider left out, `outblob` for `report`;
 * - one zero byte behind the PCK chain in a quote.
 */
export async function judgeEvidence(bytes: Uint8Array, setting: Setting): Promise<Answer> {
  const given = setting as EvidenceSetting;
  const outcome = await outcomeOf(() => parseEvidence('auto', bytes, given.certificates));
  if (!outcome.ok) return { accepted: false, code: outcome.refusal.code };
  const { verdict, authenticated } = await verifyEvidence({
    evidence: outcome.value,
    expectedReportData: given.reportData,
    endorsements: given.endorsements,
    anchors: given.anchors,
    at: given.at,
    revocation: given.revocation,
    policy: STANDARD_POLICY,
    references: referencesOf(given.reference),
  });
  if (authenticated === null) return { accepted: false, code: verdict.code ?? 'no code' };
  const restsOn = verdict.endorsements.map(({ sha256 }) => sha256.slice(0, 16)).join(' ');
  const meaning = `${verdict.tee} ${verdict.status} ${verdict.code} ${authenticated.evidenceDigest} on ${restsOn}`;
  return { accepted: true, meaning };
}

function referencesOf(body: JsonObject | null): ReferenceQuery {
  if (body === null) return { given: false, candidates: [] };
  return { given: true, candidates: [{ ...parseReferenceValue(body), workload: null, version: null }] };
}
