/** A platform from hand-written facts: each of them reaches the check that asks for it, and none may be missing. */
import { describe, expect, test } from '@jest/globals';
import { parsePolicy } from '../../../src/appraisal/policy-schema.js';
import type { JsonObject } from '../../../src/rats/result.js';
import { recallReport } from '../../../src/tee/snp/recall.js';
import { NO_DEMANDS } from '../context.js';
import {
  CHIP_ID,
  CLAIMS,
  FACTS,
  failures,
  judged,
  VLEK_CLAIMS,
  withClaims,
  without,
} from './recalled-facts.js';

const FIELDS = {
  measurement: 'a1'.repeat(48),
  host_data: 'a2'.repeat(32),
  id_key_digest: 'a5'.repeat(48),
  author_key_digest: 'a6'.repeat(48),
  family_id: 'a3'.repeat(16),
  image_id: 'a4'.repeat(16),
};

describe('a recalled platform', () => {
  test('is what the facts say', () => {
    const platform = recallReport(FACTS);
    expect(platform).toMatchObject({
      tee: 'sev-snp',
      referenceTee: 'sev-snp',
      identity: { kind: 'snp-chip-id', value: CHIP_ID },
      certificates: [
        { kind: 'snp-vek', notAfter: new Date('2031-01-02T03:04:05Z'), code: 'snp_cert_expired' },
        { kind: 'snp-ask', notAfter: new Date('2045-10-22T18:24:20Z'), code: 'snp_cert_expired' },
      ],
      lapsing: [{ kind: 'snp-vcek-crl', subject: 'Milan', code: 'snp_crl_stale' }],
    });
    expect(platform.referenceFields).toEqual(FIELDS);
    expect(platform.requirements('standard')).toEqual([
      { kind: 'snp-vcek-crl', subject: 'Milan' },
      { kind: 'snp-bulletins', subject: 'amd' },
    ]);
  });

  test('with a VLEK is its provider’s, and rests on the other list', () => {
    const platform = recallReport({ ...FACTS, tee: 'az-sev-snp', claims: VLEK_CLAIMS, hwid: null });
    expect(platform.tee).toBe('az-sev-snp');
    expect(platform.identity).toEqual({ kind: 'snp-csp-id', value: 'CN=cc-us-east-2.amazonaws.com' });
    expect(platform.lapsing).toEqual([{ kind: 'snp-vlek-crl', subject: 'Milan', code: 'snp_crl_stale' }]);
  });

  test('whose chip is masked is known by its certificate, or not at all', () => {
    const masked = { chip_id: '00'.repeat(64) };
    expect(recallReport(withClaims(masked)).identity).toEqual({ kind: 'snp-chip-id', value: CHIP_ID });
    expect(recallReport(withClaims(masked, { hwid: null })).identity).toBeNull();
  });

  test('is appraised as the evidence was', () => {
    const evidence = judged(FACTS);
    expect(evidence).toMatchObject({
      tee: 'sev-snp',
      referenceTee: 'sev-snp',
      generation: 'milan',
      debug: false,
      measurement: 'a1'.repeat(48),
      platformIdentity: { kind: 'snp-chip-id', value: CHIP_ID },
      tierCap: 'affirming',
      tcb: { status: 'NotShown', source: 'assay-amd-bulletins@2026-11' },
    });
    expect(evidence.claims).toBe(FACTS.claims);
    expect(evidence.referenceFields).toEqual(FIELDS);
    expect(evidence.demandChecks({ ...NO_DEMANDS, minimumEvaluationNumber: 99 })).toEqual([]);
    expect(failures(FACTS)).toEqual([]);
    const { vector } = evidence.appraise(parsePolicy({ name: 'test' }));
    expect(vector).toEqual({ configuration: 2, hardware: 2, 'runtime-opaque': 2 });
  });

  test('that could never be affirmed is not, and one whose revocation nobody checked is no full yes', () => {
    expect(judged({ ...FACTS, tier_cap: 'warning' }).tierCap).toBe('warning');
    const unchecked = judged({ ...FACTS, revocation_checked: false });
    expect(unchecked.appraise(parsePolicy({ name: 'test' })).vector.hardware).toBe(32);
  });

  const OLD = { raw: '0400000000001ade' };
  const AUTHOR = { trusted_author_keys: ['a6'.repeat(48)] };
  test.each<[string, JsonObject, JsonObject, JsonObject]>([
    ['snp_vmpl_not_allowed', { vmpl: 1 }, {}, {}],
    ['snp_report_version_not_allowed', { version: 4 }, { report_versions: [5] }, {}],
    ['snp_product_not_allowed', { product: 'Genoa' }, { products: ['Milan'] }, {}],
    ['snp_policy_debug', { policy: { raw: '0xa0000' } }, {}, {}],
    ['snp_policy_migration_agent', { report_id_ma: '00'.repeat(32) }, {}, {}],
    [
      'snp_platform_bit_required',
      { platform_info: { raw: '0x20' } },
      { platform_bits: { ecc_en: 'required' } },
      {},
    ],
    ['snp_tcb_status_not_accepted', { reported_tcb: OLD }, {}, {}],
    ['snp_tcb_status_not_accepted', { committed_tcb: OLD }, {}, {}],
    ['snp_tcb_status_not_accepted', { launch_tcb: OLD }, {}, {}],
    [
      'snp_firmware_provisional',
      { current_tcb: { raw: '0400000000001ddf' } },
      { allow_provisional_firmware: false },
      {},
    ],
    ['snp_firmware_provisional', { current_version: '1.58.3' }, { allow_provisional_firmware: false }, {}],
    ['snp_firmware_below_minimum', { committed_version: '1.58.1' }, { minimum_firmware: '1.58.2' }, {}],
    ['snp_firmware_below_minimum', { committed_version: '1.57.2' }, { minimum_firmware: '1.58.2' }, {}],
    ['snp_firmware_below_minimum', { committed_version: '0.58.2' }, { minimum_firmware: '1.58.2' }, {}],
    ['snp_mitigation_missing', { launch_mit_vector: '0x1f' }, { mitigation_bits: [5] }, {}],
    ['snp_mitigation_missing', { current_mit_vector: '0x1f' }, { mitigation_bits: [5] }, {}],
    ['snp_mitigation_missing', { current_mit_vector: null }, { mitigation_bits: [5] }, {}],
    [
      'snp_id_key_not_trusted',
      { id_key_digest: 'a6'.repeat(48) },
      { trusted_id_keys: ['a5'.repeat(48)] },
      {},
    ],
    ['snp_author_key_not_trusted', { author_key_digest: 'a5'.repeat(48) }, AUTHOR, {}],
    ['snp_author_key_not_trusted', { author_key_enabled: false }, AUTHOR, {}],
    ['snp_guest_svn_below_minimum', { guest_svn: 6 }, { minimum_guest_svn: 7 }, {}],
    ['snp_chip_id_masked', { chip_id: '00'.repeat(64) }, {}, {}],
    ['snp_chip_denied', { chip_id: 'c9'.repeat(64) }, { chips_allowed: [CHIP_ID] }, {}],
    [
      'snp_chip_denied',
      { chip_id: '00'.repeat(64) },
      { chips_allowed: [CHIP_ID], allow_masked_chip_id: true },
      { hwid: 'c9'.repeat(64) },
    ],
  ])('is refused with %s for %j under %j', (code, claims, snp, facts) => {
    expect(failures(FACTS, snp)).toEqual([]);
    expect(failures(withClaims(claims, facts), snp)).toContain(code);
  });

  test('with a VLEK is asked for its provider', () => {
    const facts = { ...FACTS, claims: VLEK_CLAIMS, hwid: null };
    expect(failures(facts, { csp_ids: ['CN=cc-us-east-2.amazonaws.com'] })).toEqual([]);
    expect(failures(facts, { csp_ids: ['CN=other'] })).toEqual(['snp_csp_id_not_allowed']);
  });

  test.each([
    { family: 0x1a, model: 1, stepping: 1 },
    { family: 0x19, model: 9, stepping: 1 },
    { family: 0x19, model: 1, stepping: 9 },
  ])('of a processor that the table does not know is judged by nothing: %j', (cpuid) => {
    expect(judged(withClaims({ cpuid })).tcb).toMatchObject({ status: 'Unknown', advisories: [] });
  });

  test('may say nothing of its processor, of mitigations and of a provider', () => {
    for (const name of ['cpuid', 'launch_mit_vector', 'current_mit_vector', 'csp_id']) {
      const absent = recallReport(without(FACTS, ['claims', name]));
      expect(absent.identity).toEqual({ kind: 'snp-chip-id', value: CHIP_ID });
    }
  });

  test('was debuggable where its policy says so', () => {
    expect(judged(withClaims({ policy: { raw: '0xa0000' } })).debug).toBe(true);
  });
});

describe('alike', () => {
  const alike = (facts: JsonObject) => recallReport(facts).alike;

  test('are machines that differ in their chip and in the end of their certificates', () => {
    const other = withClaims({ chip_id: 'c9'.repeat(64) }, { hwid: 'c9'.repeat(64), certificates: [] });
    expect(alike(other)).toBe(alike(FACTS));
  });

  test.each<[string, JsonObject]>([
    ['TEE', { ...FACTS, tee: 'az-sev-snp' }],
    ['measurement', withClaims({ measurement: 'a0'.repeat(48) })],
    ['masking', withClaims({ chip_id: '00'.repeat(64) })],
    ['revocation', { ...FACTS, revocation_checked: false }],
    ['highest tier', { ...FACTS, tier_cap: 'warning' }],
  ])('are none that differ in their %s', (_what, facts) => {
    expect(alike(facts)).not.toBe(alike(FACTS));
  });
});

describe('facts of another form', () => {
  const REQUIRED = Object.keys(CLAIMS).filter(
    (name) => !['csp_id', 'cpuid', 'launch_mit_vector', 'current_mit_vector'].includes(name),
  );
  test.each(REQUIRED)('are refused: no claim %s', (name) => {
    expect(() => recallReport(without(FACTS, ['claims', name]))).toThrow(`there is no ${name} that is `);
  });

  test.each(['tee', 'claims', 'revocation_checked', 'tier_cap', 'certificates'])(
    'are refused: no %s',
    (name) => {
      const act = () => judged(without(FACTS, [name]));
      expect(act).toThrow(TypeError);
      expect(act).toThrow(name);
    },
  );

  test.each<[string, JsonObject, string]>([
    ['a measurement that is short', { measurement: 'a1'.repeat(47) }, 'measurement that is 48 bytes'],
    ['HOST_DATA that is short', { host_data: 'a2'.repeat(31) }, 'host_data that is 32 bytes'],
    ['a family that is short', { family_id: 'a2'.repeat(15) }, 'family_id that is 16 bytes'],
    ['an image that is short', { image_id: 'a2'.repeat(15) }, 'image_id that is 16 bytes'],
    ['a chip that is short', { chip_id: 'a2'.repeat(63) }, 'chip_id that is 64 bytes'],
    ['an ID key that is short', { id_key_digest: 'a2'.repeat(47) }, 'id_key_digest that is 48 bytes'],
    [
      'an author key that is short',
      { author_key_digest: 'a2'.repeat(47) },
      'author_key_digest that is 48 bytes',
    ],
    ['an agent that is short', { report_id_ma: 'ff'.repeat(31) }, 'report_id_ma that is 32 bytes'],
    ['a policy of nothing', { policy: {} }, 'raw that is text'],
    ['a platform of nothing', { platform_info: {} }, 'raw that is text'],
    ['a TCB of nothing', { launch_tcb: {} }, 'raw that is text'],
    ['a TCB of seven bytes', { reported_tcb: { raw: '0400000000001d' } }, 'raw that is 8 bytes'],
    ['a processor without a family', { cpuid: { model: 1, stepping: 1 } }, 'family that is an integer'],
    ['a processor without a model', { cpuid: { family: 1, stepping: 1 } }, 'model that is an integer'],
    ['a processor without a stepping', { cpuid: { family: 1, model: 1 } }, 'stepping that is an integer'],
    ['a product that nobody knows', { product: 'Venice' }, 'no product line is called Venice'],
    ['firmware of two numbers', { current_version: '1.58' }, '1.58 is no firmware version'],
    ['firmware of one number', { committed_version: '1' }, '1 is no firmware version'],
    ['firmware of four numbers', { committed_version: '1.58.2.1' }, '1.58.2.1 is no firmware version'],
  ])('are refused: %s', (_what, changes, words) => {
    expect(() => recallReport(withClaims(changes))).toThrow(TypeError);
    expect(() => recallReport(withClaims(changes))).toThrow(words);
  });

  test('are refused: a certificate without kind or end, a chip that is no hex', () => {
    for (const certificate of [{ kind: 'snp-vek' }, { not_after: '2031-01-02T03:04:05Z' }]) {
      expect(() => recallReport({ ...FACTS, certificates: [certificate] })).toThrow(TypeError);
    }
    expect(() => recallReport({ ...FACTS, hwid: 7 })).toThrow('no hwid that is text');
  });
});
