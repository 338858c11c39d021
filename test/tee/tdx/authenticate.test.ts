import { describe, expect, test } from '@jest/globals';
import { TDX_MATCH_FIELDS } from '../../../src/rats/reference-value.js';
import { type RefusalCode, refusalEntry } from '../../../src/rats/refusal.js';
import { TD_ENVELOPES, TD_FAULTS, type TdOptions } from '../../../src/simulator/index.js';
import { NO_DEMANDS } from '../context.js';
import {
  authenticate,
  changedTd,
  enclaveTd,
  evidenceOf,
  judge,
  lacking,
  parse,
  tdOf,
  verdictOf,
} from './judged.js';

/** Steps 2 to 12 of the procedure and the two of step 1 that need no reading: every code, in its order. */
const PROCEDURE: readonly RefusalCode[] = [
  'tdx_key_type_unsupported',
  'tdx_qe_vendor_unknown',
  'tdx_cert_data_unsupported',
  'tdx_pck_chain_invalid',
  'tdx_pck_chain_untrusted',
  'tdx_cert_expired',
  'collateral_unavailable',
  'collateral_malformed',
  'collateral_not_found',
  'clock_skew',
  'stale_collateral',
  'tdx_crl_stale',
  'tdx_crl_signature_invalid',
  'tdx_pck_revoked',
  'tdx_pck_ca_revoked',
  'tdx_tcb_signing_revoked',
  'tdx_tcb_info_signature_invalid',
  'tdx_qe_identity_signature_invalid',
  'tdx_tcb_info_mismatch',
  'tdx_tcb_evaluation_number_too_low',
  'tdx_qe_report_signature_invalid',
  'tdx_qe_report_data_mismatch',
  'tdx_qe_identity_mismatch',
  'tdx_quote_signature_invalid',
  'tdx_module_mismatch',
  'tdx_tcb_not_supported',
  'tdx_tcb_revoked',
];

/** Judged when the quote is read, or by whoever reads its envelope. */
const BEFORE: readonly RefusalCode[] = [
  'tdx_quote_malformed',
  'tdx_quote_version_unsupported',
  'tdx_tee_type_mismatch',
  'evidence_type_unknown',
  'evidence_too_large',
  'evidence_encoding_invalid',
  'member_duplicate',
  'member_unknown',
  'json_too_deep',
  'event_log_malformed',
];

const BINDING: readonly RefusalCode[] = [
  'report_data_mismatch',
  'event_log_replay_mismatch',
  'event_digest_mismatch',
];

/** Faults that a genuine quote can have: those are for policy, or for the binding. */
const notOurs = (code: RefusalCode): boolean =>
  refusalEntry(code).class === 'denied' || BINDING.includes(code);
const OURS = TD_FAULTS.filter((code) => PROCEDURE.includes(code));

/** What the fault's policy asks of documents. */
const DEMANDS = { ...NO_DEMANDS, minimumEvaluationNumber: 18 };
const KINDS: readonly (readonly [string, Omit<TdOptions, 'at'>])[] = [
  ['version 4', { quoteVersion: 4 }],
  ['version 5, TD report 1.0', { quoteVersion: 5, bodyType: 2 }],
  ['version 5, TD report 1.5', { quoteVersion: 5, bodyType: 3 }],
  ['the Processor CA', { ca: 'processor' }],
  ['the other family', { fmspc: 'a55a7f000000' }],
  ['module 1.0', { module: { major: 0, isvSvn: 5 } }],
];

describe('clean TDs', () => {
  test.each(KINDS)('of %s are authentic in every form', async (_name, options) => {
    for (const envelope of TD_ENVELOPES) {
      expect([envelope, await verdictOf(await tdOf({ ...options, envelope }))]).toEqual([
        envelope,
        'authentic',
      ]);
    }
  });

  test('every row of the procedure leaves one check, and says what it saw', async () => {
    const td = await tdOf();
    const { checks } = await evidenceOf(td);
    expect(checks.map(({ id }) => id)).toEqual(PROCEDURE);
    for (const check of [...parse(td).checks, ...checks]) {
      expect([check.id, check.outcome, check.remedy]).toEqual([check.id, 'pass', null]);
      expect(check.expected).toBeTruthy();
      expect(check.observed).toBeTruthy();
      expect(check.source).toMatch(/Intel|RFC/);
    }
    expect(parse(td).checks.map(({ id }) => id)).toEqual(BEFORE.slice(0, 3));
  });

  test('what is sealed is what quote, certificate and documents say', async () => {
    const td = await tdOf({ quoteVersion: 5 });
    const { evidence } = await evidenceOf(td);
    expect(evidence).toMatchObject({
      tee: 'tdx',
      referenceTee: 'tdx',
      generation: 'tdx-01',
      debug: false,
      simulated: true,
      tierCap: 'affirming',
      evidenceDigest: parse(td).evidenceDigest,
      measurement: Buffer.from(td.actual.mrTd).toString('hex'),
      tcb: { status: 'UpToDate', source: 'intel-tcb-info', date: '2023-08-09', advisories: [] },
    });
    expect(Object.keys(evidence.referenceFields).sort()).toEqual([...TDX_MATCH_FIELDS].sort());
    expect(evidence.claims).toMatchObject({ quote_version: 5, body_type: 3, fmspc: 'a55a6f000000' });
    expect(evidence.endorsementsUsed.map(({ kind }) => kind)).toEqual([
      'tdx-pck',
      'tdx-pck-ca',
      'tdx-root-ca',
      'tdx-pck-crl',
      'tdx-root-crl',
      'tdx-tcb-info',
      'tdx-tcb-signing',
      'tdx-qe-identity',
    ]);
    const ends = evidence.endorsementsUsed.map(({ not_after }) => Date.parse(not_after));
    expect(evidence.trustUntil.getTime()).toBe(Math.min(...ends));
    expect(new Set(evidence.endorsementsUsed.map(({ sha256 }) => sha256)).size).toBe(8);
  });

  test('a TD that may be debugged is genuine, and known for what it is', async () => {
    const { evidence } = await evidenceOf(await tdOf({ attributes: { debug: true } }));
    expect(evidence.debug).toBe(true);
  });

  test('the level is the platform’s own', async () => {
    for (const level of ['SWHardeningNeeded', 'OutOfDate', 'OutOfDateConfigurationNeeded'] as const) {
      const { evidence } = await evidenceOf(await tdOf({ level }));
      expect(evidence.tcb).toMatchObject({
        status: level,
        platform: { status: level },
        qe: { status: 'UpToDate' },
      });
    }
  });

  test('a module updated under a running TD: advice to launch it again, with launch’s date and advisories', async () => {
    const options = { quoteVersion: 5, module: { isvSvn: 4 }, runningModule: { isvSvn: 5 } } as const;
    const { evidence } = await evidenceOf(await tdOf(options));
    expect(evidence.tcb).toMatchObject({
      status: 'TDRelaunchAdvised',
      date: '2023-02-15',
      advisories: ['INTEL-SA-99812'],
      module: { status: 'OutOfDate' },
    });
  });
});

describe('faults', () => {
  test.each(KINDS)('on %s each earn their own code, and one failed check', async (_name, options) => {
    for (const fault of OURS) {
      const { kind, failures } = await judge(await tdOf({ ...options, fault }), { demands: DEMANDS });
      const expected = refusalEntry(fault).class === 'undecided' ? 'undecided' : 'refused';
      expect([fault, kind, failures]).toEqual([fault, expected, [fault]]);
    }
  });

  test('of form are found when the evidence is read', async () => {
    const found = TD_FAULTS.filter((code) => !OURS.includes(code) && !notOurs(code));
    expect([...found].sort()).toEqual([...BEFORE].sort());
    for (const fault of found)
      expect([fault, await verdictOf(await tdOf({ fault }))]).toEqual([fault, fault]);
  });

  test('that policy denies are authentic', async () => {
    for (const fault of TD_FAULTS.filter(notOurs)) {
      expect([fault, await verdictOf(await tdOf({ fault }))]).toEqual([fault, 'authentic']);
    }
  });

  test('every code of the procedure can be earned', () => {
    // That Intel has no such document is Intel's word, and in no evidence: see authenticate-absences.test.ts.
    const asked = PROCEDURE.filter((code) => code !== 'collateral_not_found');
    expect([...OURS].sort()).toEqual([...asked].sort());
  });

  test('a refusal names its check, which has a remedy', async () => {
    const outcome = await authenticate(await tdOf({ fault: 'tdx_qe_identity_mismatch' }));
    if (!outcome.ok || outcome.value.kind !== 'refused') throw new Error('must be refused');
    const { refusal, checks } = outcome.value;
    expect(refusal).toMatchObject({ code: 'tdx_qe_identity_mismatch', stage: 'authenticate' });
    expect(refusal.detail).toContain('MRSIGNER');
    expect(checks.find(({ id }) => id === refusal.code)?.remedy).toBeTruthy();
  });
});

describe('verdicts', () => {
  test('list the same checks whether they are authentic, refused or undecided', async () => {
    for (const fault of OURS) {
      const td = await tdOf({ fault });
      for (const changes of [
        {},
        { endorsements: [] },
        { anchors: { simulated: true, vendors: {} } },
        { revocation: 'best-effort', endorsements: lacking(td, 'tdx-pck-crl', 'tdx-root-crl') },
      ] as const) {
        const { checks } = await judge(td, changes);
        expect([fault, checks.map(({ id }) => id)]).toEqual([fault, PROCEDURE]);
      }
    }
  });

  test('without any document are undecided, and say what ran', async () => {
    const { kind, failures, unrun, entry } = await judge(await tdOf(), { endorsements: [] });
    expect([kind, failures]).toEqual(['undecided', ['collateral_unavailable']]);
    expect(entry('collateral_unavailable').observed).toMatch(/root CA.*PCK.*TCB info.*QE identity/);
    expect(unrun).toEqual(
      PROCEDURE.filter((code) => /crl_sig|revoked|_info_|identity|evaluation|module|tcb_/.test(code)),
    );
  });

  test.each([
    'tdx_qe_report_signature_invalid',
    'tdx_qe_report_data_mismatch',
    'tdx_quote_signature_invalid',
  ] as const)('a refusal found beats what is missing: %s', async (fault) => {
    const td = await tdOf({ fault });
    for (const endorsements of [
      [],
      lacking(td, 'tdx-tcb-info'),
      lacking(td, 'tdx-root-crl', 'tdx-qe-identity'),
    ]) {
      const { kind, failures } = await judge(td, { endorsements });
      expect([kind, failures]).toEqual(['refused', ['collateral_unavailable', fault]]);
      expect(await verdictOf(td, { endorsements })).toBe(fault);
    }
  });

  test('a quote without anything to verify it with is refused for that', async () => {
    for (const fault of ['tdx_key_type_unsupported', 'tdx_cert_data_unsupported'] as const) {
      const { kind, failures, entry } = await judge(await tdOf({ fault }), { endorsements: [] });
      expect([kind, failures]).toEqual(['refused', [fault]]);
      expect(entry('tdx_pck_chain_invalid').outcome).toBe('not_run');
    }
  });

  test('all that is wrong is told', async () => {
    const td = await enclaveTd((qe) => ({ mrSigner: new Uint8Array(32), reportData: qe.mrSigner }));
    expect((await judge(td)).failures).toEqual(['tdx_qe_report_data_mismatch', 'tdx_qe_identity_mismatch']);
  });
});

describe('evaluation numbers', () => {
  const numbered = (info: number, identity: number) =>
    changedTd({
      tcbInfo: (plan) => ({ ...plan, evaluationNumber: info }),
      qeIdentity: (plan) => ({ ...plan, evaluationNumber: identity }),
    });

  test('that differ refuse nothing, and both are told', async () => {
    for (const [info, identity] of [
      [17, 18],
      [18, 17],
      [1, 4_000_000_000],
    ] as const) {
      const { kind, entry } = await judge(await numbered(info, identity));
      expect([kind, entry('tdx_tcb_evaluation_number_too_low').observed]).toEqual([
        'authentic',
        `TCB info ${info}, QE identity ${identity}`,
      ]);
    }
  });

  test('the lower one is held against the minimum', async () => {
    const code = 'tdx_tcb_evaluation_number_too_low';
    for (const [info, identity, minimumEvaluationNumber, verdict] of [
      [17, 18, 17, 'authentic'],
      [18, 17, 17, 'authentic'],
      [17, 18, 18, code],
      [18, 17, 18, code],
      [18, 18, 18, 'authentic'],
      [18, 18, 19, code],
    ] as const) {
      const td = await numbered(info, identity);
      expect(await verdictOf(td, { demands: { ...NO_DEMANDS, minimumEvaluationNumber } })).toBe(verdict);
    }
  });
});
