/**
 * Mistakes that other verifiers made, where a TD must go through the whole pipeline to show that they are not made
 * here. Others of the kind bear their names beside what they are about.
 */
import { describe, expect, test } from '@jest/globals';
import { parsePolicy } from '../../../src/appraisal/policy-schema.js';
import { STANDARD_POLICY } from '../../../src/appraisal/standard-policy.js';
import type { AppraisalPolicy } from '../../../src/rats/policy.js';
import { LEVEL_STATUSES, type SimulatedTd } from '../../../src/simulator/index.js';
import { verifyEvidence } from '../../../src/verifier/verify.js';
import { AT, anchors, changedTd, flipped, judge, parse, tdOf, verdictOf } from './judged.js';

const ANY = [
  'icssd',
  'servtd_ext',
  'lass',
  'sept_ve_disable',
  'migratable',
  'pks',
  'kl',
  'tpa',
  'perfmon',
].map((name) => [name, 'any'] as const);
const STATUSES = [
  ...LEVEL_STATUSES.filter((status) => status !== 'Revoked'),
  'TDRelaunchAdvised',
  'TDRelaunchAdvisedConfigurationNeeded',
];
/** As much as a policy can allow. */
const LOOSEST = parsePolicy({
  name: 'loosest',
  common: { accepted_tcb_statuses: STATUSES },
  tdx: { attributes: Object.fromEntries(ANY) },
});
const POLICIES: readonly AppraisalPolicy[] = [STANDARD_POLICY, LOOSEST];

async function verdict(
  td: SimulatedTd,
  policy = STANDARD_POLICY,
  expected: Uint8Array | null = td.actual.reportData,
) {
  const { verdict: found } = await verifyEvidence({
    evidence: parse(td),
    expectedReportData: expected,
    endorsements: td.endorsements,
    anchors: await anchors(),
    at: AT,
    revocation: 'required',
    policy,
    references: { given: false, candidates: [] },
  });
  return found;
}
const codeOf = async (...given: Parameters<typeof verdict>): Promise<string | null> =>
  (await verdict(...given)).code;

describe('binding', () => {
  test('expected_report_data_reaches_tdx_policy', async () => {
    for (const quoteVersion of [4, 5] as const) {
      const td = await tdOf({ quoteVersion });
      expect(await codeOf(td)).toBeNull();
      for (const at of [0, 31, 32, 63]) {
        const found = await verdict(td, LOOSEST, flipped(td.actual.reportData, at));
        expect(found.code).toBe('report_data_mismatch');
      }
      expect(await codeOf(td, LOOSEST, new Uint8Array(64))).toBe('report_data_mismatch');
    }
  });
});

describe('levels', () => {
  test('out_of_date_default_policy_fails', async () => {
    for (const level of LEVEL_STATUSES.filter((status) => !['UpToDate', 'Revoked'].includes(status))) {
      const td = await tdOf({ level });
      expect([level, await codeOf(td), await codeOf(td, LOOSEST)]).toEqual([
        level,
        'tdx_tcb_status_not_accepted',
        null,
      ]);
      expect((await verdict(td, LOOSEST)).tcb?.status).toBe(level);
    }
  });

  test('revoked_level_fails_under_every_policy: of platform, module or quoting enclave', async () => {
    for (const options of [
      { level: 'Revoked' },
      { module: { isvSvn: 3 } },
      { qeIsvSvn: 2 },
      { quoteVersion: 5, runningModule: { isvSvn: 3 } },
    ] as const) {
      for (const policy of POLICIES) {
        expect([options, await codeOf(await tdOf(options), policy)]).toEqual([options, 'tdx_tcb_revoked']);
      }
    }
    const common = { accepted_tcb_statuses: ['Revoked'] };
    expect(() => parsePolicy({ name: 'revoked', common })).toThrow(/policy_invalid/);
  });

  test('tdx_module_svn_below_identity_fails', async () => {
    // UpToDate, OutOfDate, Revoked and below every level, of module 1.5 and of the one with major version 3.
    for (const [major, newest] of [
      [1, 5],
      [3, 4],
    ] as const) {
      const answers = [newest + 1, newest, newest - 1, newest - 2, newest - 3].map(async (isvSvn) =>
        codeOf(await tdOf({ module: { major, isvSvn } })),
      );
      expect(await Promise.all(answers)).toEqual([
        null,
        null,
        'tdx_tcb_status_not_accepted',
        'tdx_tcb_revoked',
        'tdx_tcb_not_supported',
      ]);
    }
  });

  test('unknown_module_identity_fails: no other identity, and no tdxModule, stands in', async () => {
    for (const major of [2, 4, 5, 0x0a, 0x10, 0xff]) {
      const td = await tdOf({ module: { major, isvSvn: 255 } });
      for (const policy of POLICIES)
        expect([major, await codeOf(td, policy)]).toEqual([major, 'tdx_module_mismatch']);
    }
    const none = await changedTd({ tcbInfo: (plan) => ({ ...plan, moduleIdentities: null }) });
    expect(await codeOf(none, LOOSEST)).toBe('tdx_module_mismatch');
    const running = await tdOf({ quoteVersion: 5, runningModule: { major: 2, isvSvn: 255 } });
    expect(await codeOf(running, LOOSEST)).toBe('tdx_tcb_not_supported');
  });

  test('svn_higher_passes_lower_fails, per component of the certificate', async () => {
    const { components, pceSvn } = (await tdOf({ level: 'UpToDate' })).actual;
    for (const [index, svn] of components.entries()) {
      const moved = (by: number) => components.map((one, place) => (place === index ? one + by : one));
      expect([index, await codeOf(await tdOf({ components: moved(1) }))]).toEqual([index, null]);
      if (svn === 0) continue;
      // The highest level is missed; whether a lower one is met depends on the component.
      expect([index, await codeOf(await tdOf({ components: moved(-1) }))]).toEqual([
        index,
        expect.stringMatching(/^tdx_tcb_(status_not_accepted|not_supported)$/),
      ]);
    }
    expect(await codeOf(await tdOf({ components, pceSvn: pceSvn + 1 }))).toBeNull();
    expect(await codeOf(await tdOf({ components, pceSvn: pceSvn - 1 }))).toBe('tdx_tcb_status_not_accepted');
  });
});

describe('policy', () => {
  test('debug_bit_fails_under_every_policy, and so does every bit of its group', async () => {
    for (let bit = 0; bit < 8; bit += 1) {
      const td = await tdOf({ otherAttributes: 1n << BigInt(bit) });
      for (const policy of POLICIES) expect([bit, await codeOf(td, policy)]).toEqual([bit, 'tdx_debug_td']);
    }
  });

  test('nonzero_mrservicetd_needs_policy', async () => {
    const mrServiceTd = new Uint8Array(48).fill(0x5e);
    const td = await tdOf({ quoteVersion: 5, mrServiceTd });
    const hex = Buffer.from(mrServiceTd).toString('hex');
    for (const policy of POLICIES) expect(await codeOf(td, policy)).toBe('tdx_service_td_not_allowed');
    expect(await codeOf(td, parsePolicy({ name: 'service', tdx: { service_tds: [hex] } }))).toBeNull();
    const other = parsePolicy({ name: 'service', tdx: { service_tds: [`00${hex.slice(2)}`] } });
    expect(await codeOf(td, other)).toBe('tdx_service_td_not_allowed');
    for (const at of [0, 47]) {
      const one = await tdOf({ quoteVersion: 5, mrServiceTd: flipped(new Uint8Array(48), at) });
      expect(await codeOf(one)).toBe('tdx_service_td_not_allowed');
    }
  });

  test('any_failed_check_forbids_pass: no verdict with a failed check is affirming or a warning', async () => {
    for (const fault of ['tdx_debug_td', 'tdx_xfam_invalid', 'tdx_attributes_forbidden'] as const) {
      const found = await verdict(await tdOf({ fault }));
      expect([found.code, found.status]).toEqual([fault, 'contraindicated']);
    }
  });
});

describe('the header', () => {
  test('header_swap_matrix_fails: no field of a genuine quote’s header can be another', async () => {
    for (const quoteVersion of [4, 5] as const) {
      const td = await tdOf({ quoteVersion });
      for (const [at, value] of [
        [0, 3],
        [0, 9 - quoteVersion],
        [0, 6],
        [1, 1],
        [2, 3],
        [2, 0],
        [3, 1],
        [4, 0],
        [4, 1],
        [7, 0x81],
        [12, 0],
      ] as const) {
        const evidence = Uint8Array.from(td.quote);
        evidence[at] = value;
        const found = await verdictOf(td, { type: 'tdx', evidence });
        expect([quoteVersion, at, value, found]).not.toEqual([quoteVersion, at, value, 'authentic']);
        // Key type 0 makes of version and key type the version of an SNP report.
        expect(found).toMatch(/^(tdx_(quote_|tee_|key_|qe_vendor)|evidence_type_unknown)/);
      }
      // The reserved bytes are signed like the rest.
      for (const at of [8, 9, 10, 11]) {
        const { failures } = await judge(td, { evidence: flipped(td.quote, at) });
        expect(failures).toEqual(['tdx_quote_signature_invalid']);
      }
    }
  });
});
