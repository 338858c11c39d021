/** A platform from hand-written facts: each of them reaches the check that asks for it, and none may be missing. */
import { describe, expect, test } from '@jest/globals';
import { parsePolicy } from '../../../src/appraisal/policy-schema.js';
import type { JsonObject } from '../../../src/rats/result.js';
import { recallQuote } from '../../../src/tee/tdx/recall.js';
import { NO_DEMANDS } from '../context.js';
import {
  appraisable,
  CLAIMS,
  collateral,
  FACTS,
  FMSPC,
  failures,
  INSTANCE,
  withClaims,
  without,
  withPck,
  withQe,
} from './recalled-facts.js';
import { isvSvnLevel, moduleIdentity } from './tcb-documents.js';

const FIELDS = {
  mrtd: 'a0'.repeat(48),
  rtmr0: 'b0'.repeat(48),
  rtmr1: 'b1'.repeat(48),
  rtmr2: 'b2'.repeat(48),
  rtmr3: 'b3'.repeat(48),
  mrconfigid: 'c0'.repeat(48),
  mrowner: 'c1'.repeat(48),
  mrownerconfig: 'c2'.repeat(48),
  mrseam: 'd0'.repeat(48),
};

describe('a recalled platform', () => {
  test('is what the facts say', () => {
    const platform = recallQuote(FACTS);
    expect(platform).toMatchObject({
      tee: 'tdx',
      referenceTee: 'tdx',
      identity: { kind: 'tdx-platform-instance', value: INSTANCE },
      certificates: [
        { kind: 'tdx-pck', notAfter: new Date('2031-01-02T03:04:05Z'), code: 'tdx_cert_expired' },
        { kind: 'tdx-pck-ca', notAfter: new Date('2033-05-21T10:50:10Z'), code: 'tdx_cert_expired' },
      ],
    });
    expect(platform.referenceFields).toEqual(FIELDS);
    expect(platform.lapsing).toEqual([
      { kind: 'tdx-tcb-info', subject: `${FMSPC}/standard`, code: 'stale_collateral' },
      { kind: 'tdx-qe-identity', subject: 'standard', code: 'stale_collateral' },
      { kind: 'tdx-root-crl', subject: 'intel', code: 'tdx_crl_stale' },
      { kind: 'tdx-pck-crl', subject: 'platform', code: 'tdx_crl_stale' },
    ]);
  });

  test('rests on the documents of each track, and on the list that says when they change', () => {
    expect(recallQuote(FACTS).requirements('early')).toEqual([
      { kind: 'tdx-tcb-info', subject: `${FMSPC}/early` },
      { kind: 'tdx-qe-identity', subject: 'early' },
      { kind: 'tdx-tcb-evaluation-numbers', subject: 'tdx' },
    ]);
  });

  test('of the Processor CA rests on that list, and has no name', () => {
    const nameless = { ...(CLAIMS.pck as JsonObject), platform_instance_id: null };
    const platform = recallQuote({
      ...withPck({ issued_by: 'processor' }),
      claims: { ...CLAIMS, pck: nameless },
    });
    expect(platform.lapsing.map(({ subject }) => subject)).toContain('processor');
    expect(platform.identity).toBeNull();
  });

  test('is appraised as the evidence was', () => {
    const evidence = appraisable(FACTS);
    expect(evidence).toMatchObject({
      tee: 'tdx',
      referenceTee: 'tdx',
      generation: 'tdx-01',
      debug: false,
      measurement: 'a0'.repeat(48),
      platformIdentity: { kind: 'tdx-platform-instance', value: INSTANCE },
      tierCap: 'affirming',
      tcb: { status: 'UpToDate', source: 'intel-tcb-info', date: '2024-03-13', advisories: [] },
    });
    expect(evidence.claims).toBe(FACTS.claims);
    expect(evidence.referenceFields).toEqual(FIELDS);
    expect(failures(FACTS)).toEqual([]);
    const { vector } = evidence.appraise(parsePolicy({ name: 'test' }));
    expect(vector).toEqual({ configuration: 2, hardware: 2, 'runtime-opaque': 2 });
  });

  test('of a module beyond the ninth is named in two hex digits', () => {
    const svn = `060c${'00'.repeat(14)}`;
    const facts = withClaims({ tee_tcb_svn: svn, tee_tcb_svn_2: null });
    const documents = collateral({ tdxModuleIdentities: [moduleIdentity('TDX_0C', [isvSvnLevel(0)])] });
    expect(appraisable(facts, documents).generation).toBe('tdx-0c');
  });

  test('that could never be affirmed is not, and one whose revocation nobody checked is no full yes', () => {
    expect(appraisable({ ...FACTS, tier_cap: 'warning' }).tierCap).toBe('warning');
    const unchecked = appraisable({ ...FACTS, revocation_checked: false });
    expect(unchecked.appraise(parsePolicy({ name: 'test' })).vector.hardware).toBe(32);
  });

  test('is held to the evaluation that a policy asks for', () => {
    const outcome = (minimumEvaluationNumber: number) =>
      appraisable(FACTS)
        .demandChecks({ ...NO_DEMANDS, minimumEvaluationNumber })
        .map(({ id, outcome: found }) => [id, found]);
    expect(outcome(17)).toEqual([['tdx_tcb_evaluation_number_too_low', 'pass']]);
    expect(outcome(18)).toEqual([['tdx_tcb_evaluation_number_too_low', 'fail']]);
  });

  test.each<[string, JsonObject, JsonObject]>([
    ['tdx_debug_td', { td_attributes: '0100001000000000' }, {}],
    ['tdx_attributes_forbidden', { td_attributes: '0000000000000000' }, {}],
    ['tdx_xfam_invalid', { xfam: '0000000000000000' }, {}],
    ['tdx_service_td_not_allowed', { mrservicetd: '5d'.repeat(48) }, {}],
    [
      'tdx_module_below_minimum',
      { tee_tcb_svn: `0501${'00'.repeat(14)}` },
      { module_floors: [{ major: 1, isvsvn: 6 }] },
    ],
    [
      'tdx_module_below_minimum',
      { tee_tcb_svn_2: `0501${'00'.repeat(14)}` },
      { module_floors: [{ major: 1, isvsvn: 6 }] },
    ],
    ['tdx_fmspc_not_allowed', { fmspc: '00806f050000' }, { fmspcs: [FMSPC] }],
    [
      'tdx_platform_not_allowed',
      { pck: { ...(CLAIMS.pck as JsonObject), platform_instance_id: '2f'.repeat(16) } },
      { platform_instances_allowed: [INSTANCE] },
    ],
    [
      'tdx_platform_not_allowed',
      { pck: { ...(CLAIMS.pck as JsonObject), dynamic_platform: true } },
      { platform: { dynamic_platform: 'forbidden' } },
    ],
    [
      'tdx_platform_not_allowed',
      { pck: { ...(CLAIMS.pck as JsonObject), cached_keys: null } },
      { platform: { cached_keys: 'required' } },
    ],
    [
      'tdx_platform_not_allowed',
      { pck: { ...(CLAIMS.pck as JsonObject), smt_enabled: false } },
      { platform: { smt_enabled: 'required' } },
    ],
  ])('is refused with %s for %j under %j', (code, claims, tdx) => {
    expect(failures(FACTS, tdx)).toEqual([]);
    expect(failures(withClaims(claims), tdx)).toEqual([code]);
  });

  test('was debuggable where its attributes say so', () => {
    expect(appraisable(withClaims({ td_attributes: '0100001000000000' })).debug).toBe(true);
  });
});

describe('alike', () => {
  const alike = (facts: JsonObject) => recallQuote(facts).alike;
  const pck = (changes: JsonObject) => withClaims({ pck: { ...(CLAIMS.pck as JsonObject), ...changes } });

  test('are platforms that differ in their instance and in the end of their certificates', () => {
    expect(alike({ ...pck({ platform_instance_id: '2f'.repeat(16) }), certificates: [] })).toBe(alike(FACTS));
  });

  test.each<[string, JsonObject]>([
    ['measurement', withClaims({ mrtd: 'a1'.repeat(48) })],
    ['settings', pck({ smt_enabled: false })],
    ['PCE', withPck({ pce_svn: 12 })],
    ['quoting enclave', withQe({ isv_svn: 5 })],
    ['revocation', { ...FACTS, revocation_checked: false }],
    ['highest tier', { ...FACTS, tier_cap: 'warning' }],
  ])('are none that differ in their %s', (_what, facts) => {
    expect(alike(facts)).not.toBe(alike(FACTS));
  });
});

describe('facts of another form', () => {
  const OPTIONAL = ['quote_version', 'mrservicetd', 'tee_tcb_svn_2'];
  test.each(Object.keys(CLAIMS).filter((name) => !OPTIONAL.includes(name)))(
    'are refused: no claim %s',
    (name) => {
      expect(() => recallQuote(without(FACTS, ['claims', name]))).toThrow(`there is no ${name} that is `);
    },
  );

  test.each(['claims', 'pck', 'qe', 'revocation_checked', 'tier_cap', 'certificates'])(
    'are refused: no %s',
    (name) => {
      expect(() => recallQuote(without(FACTS, [name]))).toThrow(`there is no ${name} that is `);
    },
  );

  test.each([
    ...['issued_by', 'components', 'pce_svn'].map((name) => ['pck', name]),
    ...['misc_select', 'attributes', 'mr_signer', 'isv_prod_id', 'isv_svn'].map((name) => ['qe', name]),
  ])('are refused: no %s.%s', (...path) => {
    expect(() => recallQuote(without(FACTS, path))).toThrow(`there is no ${path[1]} that is `);
  });

  test.each(['mrservicetd', 'tee_tcb_svn_2'])('may say nothing of %s', (name) => {
    expect(recallQuote(without(FACTS, ['claims', name])).tee).toBe('tdx');
  });

  test.each<[string, JsonObject]>([
    ['mrtd that is 48 bytes', withClaims({ mrtd: 'a0'.repeat(47) })],
    ['tee_tcb_svn that is 16 bytes', withClaims({ tee_tcb_svn: '06' })],
    ['tee_tcb_svn_2 that is 16 bytes', withClaims({ tee_tcb_svn_2: '06' })],
    ['mrservicetd that is 48 bytes', withClaims({ mrservicetd: '06' })],
    ['seam_attributes that is 8 bytes', withClaims({ seam_attributes: '06' })],
    ['td_attributes that is 8 bytes', withClaims({ td_attributes: '06' })],
    ['xfam that is 8 bytes', withClaims({ xfam: '06' })],
    ['fmspc that is 6 bytes', withClaims({ fmspc: '06' })],
    ['pce_id that is 2 bytes', withClaims({ pce_id: '06' })],
    ['platform_instance_id that is 16 bytes', withClaims({ pck: { platform_instance_id: '06' } })],
    ['smt_enabled that is true or false', withClaims({ pck: { smt_enabled: 'yes' } })],
    ['attributes that is 16 bytes', withQe({ attributes: '06' })],
    ['mr_signer that is 32 bytes', withQe({ mr_signer: '06' })],
    ['not_after that is text', { ...FACTS, certificates: [{ kind: 'tdx-pck' }] }],
    ['kind that is text', { ...FACTS, certificates: [{ not_after: '2031-01-02T03:04:05Z' }] }],
  ])('are refused: no %s', (words, facts) => {
    expect(() => recallQuote(facts)).toThrow(TypeError);
    expect(() => recallQuote(facts)).toThrow(words);
  });
});
