/** A TD without a deliberate fault, in every form that there is, at every level, and before other roots. */
import { describe, expect, test } from '@jest/globals';
import {
  LEVEL_STATUSES,
  mintIntel,
  mintTd,
  SIMULATED_FMSPCS,
  TD_ENVELOPES,
} from '../../src/simulator/index.js';
import { SIMULATED_AT, simulatedIntel } from '../simulated-vendor.js';
import { failuresOf, judgeTd, SAME_TD, tdReferencesOf } from './judgement.js';

describe('a TD without a fault', () => {
  const forms = [
    { quoteVersion: 4, bodyType: 2 },
    { quoteVersion: 5, bodyType: 2 },
    { quoteVersion: 5, bodyType: 3 },
  ] as const;
  const cases = forms.flatMap((form) =>
    (['platform', 'processor'] as const).flatMap((ca) =>
      TD_ENVELOPES.flatMap((envelope) => SIMULATED_FMSPCS.map((fmspc) => ({ ...form, ca, envelope, fmspc }))),
    ),
  );

  test.each(cases)(
    'is affirming: version $quoteVersion, body type $bodyType, $ca CA, $envelope, $fmspc',
    async (options) => {
      const intel = await simulatedIntel();
      const verdict = await judgeTd(intel, await mintTd(intel, { ...SAME_TD, ...options }));
      expect(verdict).toMatchObject({ authentic: true, status: 'affirming', code: null, tee: 'tdx' });
      expect(failuresOf(verdict)).toEqual([]);
      expect(verdict.envelope).toBe(options.envelope === 'configfs-tsm' ? 'configfs-tsm' : 'raw');
      expect(verdict.tcb).toMatchObject({ status: 'UpToDate', source: 'intel-tcb-info' });
      expect(verdict.claims).toMatchObject({
        quote_version: options.quoteVersion,
        fmspc: options.fmspc,
        mrtd: '22'.repeat(48),
      });
    },
  );

  const worse = LEVEL_STATUSES.filter((status) => status !== 'UpToDate' && status !== 'Revoked');
  test.each(worse)('at level %s is contraindicated, unless the policy takes it', async (level) => {
    const intel = await simulatedIntel();
    const td = await mintTd(intel, { ...SAME_TD, level });
    const verdict = await judgeTd(intel, td);
    expect(verdict).toMatchObject({
      authentic: true,
      status: 'contraindicated',
      code: 'tdx_tcb_status_not_accepted',
      tcb: { status: level },
    });
    expect(failuresOf(verdict)).toEqual(['tdx_tcb_status_not_accepted']);
    const policy = { name: 'lenient', common: { accepted_tcb_statuses: ['UpToDate', level] } };
    const taken = await judgeTd(intel, td, { policy });
    // An outdated platform has known vulnerabilities whoever takes it.
    expect(taken.status).toBe(level.startsWith('OutOfDate') ? 'warning' : 'affirming');
    expect(taken.code).toBeNull();
  });

  test.each([
    ['its module', { module: { isvSvn: 4 } }, 'OutOfDate', 'module'],
    ['its quoting enclave', { qeIsvSvn: 3 }, 'OutOfDate', 'qe'],
  ] as const)('is no better than %s', async (_what, options, status, part) => {
    const intel = await simulatedIntel();
    const verdict = await judgeTd(intel, await mintTd(intel, { ...SAME_TD, ...options }));
    expect(verdict).toMatchObject({
      status: 'contraindicated',
      code: 'tdx_tcb_status_not_accepted',
      tcb: { status, platform: { status: 'UpToDate' }, [part]: { status } },
    });
  });

  test('under a module that was updated since is to be launched again', async () => {
    const intel = await simulatedIntel();
    const td = await mintTd(intel, {
      ...SAME_TD,
      quoteVersion: 5,
      module: { isvSvn: 4 },
      runningModule: { isvSvn: 5 },
    });
    const verdict = await judgeTd(intel, td);
    expect(verdict).toMatchObject({
      status: 'contraindicated',
      code: 'tdx_tcb_status_not_accepted',
      tcb: { status: 'TDRelaunchAdvised' },
    });
    expect(failuresOf(verdict)).toEqual(['tdx_tcb_status_not_accepted']);
  });

  test('nonzero_mrservicetd_needs_policy: with a service TD it is contraindicated, unless that one is listed', async () => {
    const intel = await simulatedIntel();
    const mrServiceTd = new Uint8Array(48).fill(0x5d);
    const td = await mintTd(intel, { ...SAME_TD, quoteVersion: 5, mrServiceTd });
    const under = (service_tds: string[]) =>
      judgeTd(intel, td, { policy: { name: 'services', tdx: { service_tds } } });
    for (const verdict of [await judgeTd(intel, td), await under(['6d'.repeat(48)])]) {
      expect(verdict).toMatchObject({ status: 'contraindicated', code: 'tdx_service_td_not_allowed' });
      expect(failuresOf(verdict)).toEqual(['tdx_service_td_not_allowed']);
    }
    expect(await under(['5d'.repeat(48)])).toMatchObject({ status: 'affirming', code: null });
  });

  test('is judged by the root that vouches for it, and by no other', async () => {
    const intel = await simulatedIntel();
    const td = await mintTd(intel, SAME_TD);
    const strangers = { simulated: true, vendors: {} };
    const verdict = await judgeTd(intel, td, { anchors: strangers });
    expect(verdict).toMatchObject({ authentic: false, code: 'tdx_pck_chain_untrusted' });
  });

  test('of a vendor of the same names is nobody’s: the key counts', async () => {
    const genuine = await simulatedIntel();
    const lookalike = await mintIntel({ at: SIMULATED_AT });
    const td = await mintTd(lookalike, SAME_TD);
    expect(await judgeTd(lookalike, td)).toMatchObject({ status: 'affirming' });
    const verdict = await judgeTd(genuine, td);
    expect(verdict).toMatchObject({ authentic: false, code: 'tdx_pck_chain_untrusted' });
    expect(failuresOf(verdict)).toEqual(['tdx_pck_chain_untrusted']);
  });

  test('is not vouched for by the documents of a vendor of the same names', async () => {
    const intel = await simulatedIntel();
    const lookalike = await mintIntel({ at: SIMULATED_AT });
    const [td, { endorsements }] = await Promise.all([mintTd(intel, SAME_TD), mintTd(lookalike, SAME_TD)]);
    const verdict = await judgeTd(intel, { ...td, endorsements });
    expect(verdict).toMatchObject({ authentic: null, status: 'none' });
    expect(failuresOf(verdict)).toEqual([
      'tdx_crl_signature_invalid',
      'tdx_qe_identity_signature_invalid',
      'tdx_tcb_info_signature_invalid',
    ]);
  });

  test('of two workloads at once is ambiguous', async () => {
    const intel = await simulatedIntel();
    const td = await mintTd(intel, SAME_TD);
    const { candidates } = tdReferencesOf(td);
    const shared = ['llm-serving', 'llm-training'].flatMap((workload) =>
      candidates.map((value) => ({ ...value, workload, version: 1 })),
    );
    const verdict = await judgeTd(intel, td, { references: { given: true, candidates: shared } });
    expect(verdict).toMatchObject({ status: 'contraindicated', code: 'workload_ambiguous' });
    expect(failuresOf(verdict)).toEqual(['workload_ambiguous']);
    const one = { given: true, candidates: shared.slice(0, 1) };
    expect(await judgeTd(intel, td, { references: one })).toMatchObject({ status: 'affirming' });
  });
});
