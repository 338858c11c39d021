/** Simulated guests, and tables of bulletins that ask for more than the one of this build. */
import { readFileSync } from 'node:fs';
import { STANDARD_POLICY } from '../../../src/appraisal/standard-policy.js';
import type { AuthenticatedEvidence } from '../../../src/rats/evidence.js';
import type { JsonObject } from '../../../src/rats/result.js';
import { anchorsOf, type GuestOptions, mintGuest } from '../../../src/simulator/index.js';
import { parseEvidence } from '../../../src/tee/registry.js';
import { verifyEvidence } from '../../../src/verifier/verify.js';
import { simulatedVendor } from '../../simulated-vendor.js';
import { AT } from './td-platform.js';

export async function snpEvidence(options: Omit<GuestOptions, 'at'> = {}): Promise<AuthenticatedEvidence> {
  const vendor = await simulatedVendor();
  const guest = await mintGuest(vendor, { at: AT, ...options });
  const { authenticated } = await verifyEvidence({
    evidence: parseEvidence('auto', guest.evidence, guest.certificates),
    expectedReportData: null,
    endorsements: guest.endorsements,
    anchors: anchorsOf(vendor),
    at: AT,
    revocation: 'required',
    policy: STANDARD_POLICY,
    references: { given: false, candidates: [] },
  });
  if (authenticated === null) throw new Error('the guest is genuine');
  return authenticated;
}

const SHIPPED = new URL('../../../../src/tee/snp/bulletins.json', import.meta.url);

/** The shipped table with one bulletin more. */
export function tableWith(bulletin: {
  readonly published: string | null;
  readonly cpuid: string;
  readonly floor: Readonly<Record<string, string>>;
}): JsonObject {
  const shipped = JSON.parse(readFileSync(SHIPPED, 'utf8'));
  const { published, cpuid, floor } = bulletin;
  const row = { cpuid: [cpuid], state: 'active', confidence: 'A', floor };
  return {
    ...shipped,
    revision: '2027-01',
    bulletins: [
      ...shipped.bulletins,
      { id: 'AMD-SB-9999', subject: 'made up', cves: [], published, source: 'this test', rows: [row] },
    ],
  };
}

export const bytesOf = (json: unknown): Uint8Array =>
  new Uint8Array(Buffer.from(JSON.stringify(json), 'utf8'));
