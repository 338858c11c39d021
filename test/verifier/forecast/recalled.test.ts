/** What is kept of evidence is enough: recalled, it is appraised exactly like the evidence itself. */
import { describe, expect, test } from '@jest/globals';
import { appraise } from '../../../src/appraisal/appraise.js';
import { parsePolicy } from '../../../src/appraisal/policy-schema.js';
import { PROFILES } from '../../../src/appraisal/profiles.js';
import { STANDARD_POLICY } from '../../../src/appraisal/standard-policy.js';
import type { EndorsementSet } from '../../../src/rats/endorsement.js';
import type { AuthenticatedEvidence } from '../../../src/rats/evidence.js';
import type { JsonObject } from '../../../src/rats/result.js';
import type { GuestOptions } from '../../../src/simulator/index.js';
import { recallPlatform } from '../../../src/tee/registry.js';
import { snpEvidence } from './snp-guest.js';
import { AT, daysLater, documentsBy, remembered, tdOf, verified } from './td-platform.js';

const POLICIES = [
  ...PROFILES.values(),
  parsePolicy({
    name: 'particular',
    common: { platforms: 'registered', minimum_tcb_date: '2026-01-01', denied_advisories: ['AMD-SB-3020'] },
    snp: {
      allow_masked_chip_id: false,
      minimum_firmware: '1.55.30',
      mitigation_bits: [1],
      minimum_guest_svn: 1,
      chips_denied: ['ab'.repeat(64)],
      trusted_author_keys: [],
      csp_ids: ['Example'],
      tcb_floors: [{ product: 'Milan', tcb: { snp: 24 } }],
    },
    tdx: { fmspcs: ['a55a6f000000'], platform: { smt_enabled: 'forbidden' }, platform_instances_allowed: [] },
    rules: [
      {
        name: 'small',
        expression: 'claims.measurement != "" && platform == null && tcb.status != "Revoked"',
        message: 'not that one',
      },
    ],
  }),
];

function expectAlike(evidence: AuthenticatedEvidence, documents: EndorsementSet): void {
  const recalled = remembered(evidence).judge(documents, AT);
  if (recalled?.kind !== 'appraisable') throw new Error('nothing was wrong with it');
  expect(recalled.evidence.tcb).toEqual(evidence.tcb);
  expect(recalled.evidence.platformIdentity).toEqual(evidence.platformIdentity);
  for (const policy of POLICIES) {
    const references = { given: false, candidates: [] };
    expect(appraise(recalled.evidence, references, policy, AT)).toEqual(
      appraise(evidence, references, policy, AT),
    );
  }
}

const GUESTS: readonly (readonly [string, Omit<GuestOptions, 'at'>])[] = [
  ['Milan', { product: 'Milan' }],
  ['Genoa', { product: 'Genoa' }],
  ['Turin', { product: 'Turin' }],
  ['signed with a VLEK', { product: 'Milan', signingKey: 'VLEK' }],
  ['a report of version 2', { product: 'Milan', reportVersion: 2 }],
  ['in an HCL envelope', { product: 'Milan', envelope: 'azure-hcl' }],
];

describe('recalled evidence', () => {
  test.each(GUESTS)('of SNP is appraised like itself: %s', async (_name, options) => {
    expectAlike(await snpEvidence(options), []);
  });

  test.each([
    ['as delivered', {}],
    ['of the Processor CA', { ca: 'processor' as const }],
    ['with a module that was updated', { quoteVersion: 5 as const, runningModule: { isvSvn: 6 } }],
    ['out of date', { outOfDate: true }],
  ])('of TDX is appraised like itself: %s', async (_name, options) => {
    const documents = await documentsBy();
    const { authenticated } = await verified(await tdOf(options), documents, STANDARD_POLICY);
    if (authenticated === null) throw new Error('the TD is genuine');
    expectAlike(authenticated, documents);
  });

  test('names no request: REPORT_DATA and REPORT_ID are not kept', async () => {
    const reportData = Buffer.alloc(64, 0x77);
    const guest = await snpEvidence({ reportData });
    const { authenticated } = await verified(
      await tdOf({ reportData }),
      await documentsBy(),
      STANDARD_POLICY,
    );
    for (const evidence of [guest, authenticated]) {
      const kept = JSON.stringify(evidence?.recollection.facts());
      expect(kept).not.toContain('77'.repeat(16));
      expect(kept).not.toContain('report_data');
    }
    expect(JSON.stringify(guest.recollection.facts())).not.toContain(String(guest.claims.report_id));
  });

  test('is alike for two chips with one firmware, and not for another firmware', async () => {
    const options = {
      product: 'Milan',
      measurement: Buffer.alloc(48, 1),
      hostData: Buffer.alloc(32, 2),
    } as const;
    const [one, other] = [
      await snpEvidence(options),
      await snpEvidence({ ...options, chipId: Buffer.alloc(64, 9) }),
    ];
    expect(one.recollection.machine).not.toBe(other.recollection.machine);
    expect(remembered(one).alike).toBe(remembered(other).alike);
    const smt = await snpEvidence({ ...options, platformInfo: { smtEn: true } });
    expect(remembered(smt).alike).not.toBe(remembered(one).alike);
  });

  test('knows when its certificates end', async () => {
    const platform = remembered(await snpEvidence({ product: 'Milan' }));
    expect(platform.certificates.map(({ kind }) => kind)).toEqual(['snp-vek', 'snp-ask', 'snp-ark']);
    for (const { notAfter } of platform.certificates)
      expect(notAfter.getTime()).toBeGreaterThan(daysLater(30).getTime());
  });

  test.each<[string, JsonObject]>([
    ['nothing', {}],
    ['claims of another form', { claims: { product: 'Milan' } }],
    ['a product that nobody knows', { claims: { product: 'Venice' } }],
  ])('refuses facts that are no facts: %s', (_name, facts) => {
    expect(() => recallPlatform('sev-snp', facts)).toThrow(TypeError);
    expect(() => recallPlatform('tdx', facts)).toThrow(TypeError);
    expect(() => recallPlatform('az-tdx', facts)).toThrow(TypeError);
  });
});
