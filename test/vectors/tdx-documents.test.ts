/** Genuine quotes with Intel's documents too old, too new, absent or forged: nothing is said of them then, or less. */
import { expect, test } from '@jest/globals';
import { refusalEntry } from '../../src/rats/refusal.js';
import { describeWithVectors } from '../vectors-home.js';
import {
  answerOf,
  type CollateralFile,
  checkOf,
  judgeQuote,
  ownReference,
  type TdxSample,
  tdxSamples,
  without,
} from './tdx-samples.js';

const DATED = ['tcb_info.json', 'qe_identity.json', 'pck_crl.der', 'root_ca_crl.der'] as const;
type Dated = (typeof DATED)[number];
type Judged = Awaited<ReturnType<typeof judgeQuote>>;

/** How checks speak of the document. */
const NAMES: Readonly<Record<Dated, RegExp>> = {
  'tcb_info.json': /the TDX TCB info of FMSPC [0-9a-f]{12}/,
  'qe_identity.json': /the TD QE identity/,
  'pck_crl.der': /the PCK revocation list of the Platform CA/,
  'root_ca_crl.der': /the root CA revocation list/,
};
const isList = (file: Dated): boolean => file.endsWith('.der');
const SECOND = 1000;

/** Neither genuine nor refused: what a retry with other documents may answer. */
function expectUndecided(judged: Judged, code: string): void {
  const { verdict, refusal } = judged;
  expect(verdict).toMatchObject({ authentic: null, status: 'none', code, claims: null, tcb: null });
  expect(refusal === null ? null : refusalEntry(refusal.code).status).toBe(503);
  expect(refusal?.retryAfter).toBeGreaterThan(0);
}

/** Platforms without a level are refused as long as TCB info and QE identity are in force, whatever a list lacks. */
function levelsJudged({ windows, expected }: TdxSample, at: Date): boolean {
  if (expected.tcb_status_computed.platform.status !== 'no matching level') return false;
  return (['tcb_info.json', 'qe_identity.json'] as const).every(
    (file) => windows[file].issued <= at && at <= windows[file].ends,
  );
}

function flipped(bytes: Uint8Array | undefined, index: number): Uint8Array {
  const copy = Uint8Array.from(bytes ?? []);
  const place = index < 0 ? copy.length + index : index;
  copy[place] = (copy[place] ?? 0) ^ 1;
  return copy;
}

describeWithVectors('genuine TDX quotes and the documents beside them', (home) => {
  const samples = tdxSamples(home);
  const named = samples.map((sample) => [sample.slug, sample] as const);
  const supported = named.filter(
    ([, { expected }]) => expected.tcb_status_computed.platform.status !== 'no matching level',
  );
  const judge = (
    sample: TdxSample,
    given: Partial<Parameters<typeof judgeQuote>[1]>,
  ): ReturnType<typeof judgeQuote> =>
    judgeQuote(sample.quote, {
      at: sample.pinned,
      collateral: sample.collateral,
      reportData: sample.expected.report_data,
      ...given,
    });

  test('there are 14, 10 of them with a level', () => {
    expect([samples.length, supported.length]).toEqual([14, 10]);
  });

  test.each(named)('%s: one second after a document’s end', async (_slug, sample) => {
    for (const file of DATED) {
      const { ends } = sample.windows[file];
      const at = new Date(ends.getTime() + SECOND);
      const judged = await judge(sample, { at });
      const code = isList(file) ? 'tdx_crl_stale' : 'stale_collateral';
      const check = checkOf(judged, code);
      expect([file, check.outcome]).toEqual([file, 'fail']);
      expect(check.observed).toMatch(NAMES[file]);
      expect(check.observed).toContain(ends.toISOString());
      if (levelsJudged(sample, at)) {
        expect(answerOf(judged)).toBe('refused tdx_tcb_not_supported');
        continue;
      }
      // Lists are named second: a document of another kind may have ended earlier.
      const documents = (['tcb_info.json', 'qe_identity.json'] as const).map((one) => sample.windows[one]);
      const ended = documents.some((window) => window.ends < at);
      expectUndecided(judged, ended ? 'stale_collateral' : code);
      const last = await judge(sample, { at: ends });
      expect(checkOf(last, code).observed ?? '').not.toMatch(NAMES[file]);
    }
  });

  test.each(named)('%s: one second before a document’s issue', async (_slug, sample) => {
    for (const file of DATED) {
      const { issued } = sample.windows[file];
      const at = new Date(issued.getTime() - SECOND);
      const judged = await judge(sample, { at });
      if (at < new Date(sample.expected.pck.not_before)) {
        // Then there was not even the machine's certificate.
        expect(answerOf(judged)).toBe('refused tdx_cert_expired');
        continue;
      }
      const check = checkOf(judged, 'clock_skew');
      expect([file, check.outcome]).toEqual([file, 'fail']);
      expect(check.observed).toMatch(NAMES[file]);
      expect(check.observed).toContain(issued.toISOString());
      if (levelsJudged(sample, at)) expect(answerOf(judged)).toBe('refused tdx_tcb_not_supported');
      else expectUndecided(judged, 'clock_skew');
    }
  });

  test('most machines were there before their documents', () => {
    const later = samples.flatMap(({ windows, expected }) =>
      DATED.filter((file) => windows[file].issued > new Date(expected.pck.not_before)),
    );
    const count = (file: Dated): number => later.filter((one) => one === file).length;
    for (const file of DATED.filter((one) => one !== 'root_ca_crl.der')) {
      expect([file, count(file) >= 12]).toEqual([file, true]);
    }
    expect(count('root_ca_crl.der')).toBeGreaterThanOrEqual(6);
  });

  test.each(named)('%s: each document absent in turn', async (_slug, sample) => {
    for (const file of DATED) {
      const judged = await judge(sample, { collateral: without(sample.collateral, file) });
      const check = checkOf(judged, 'collateral_unavailable');
      expect([file, check.outcome]).toEqual([file, 'fail']);
      expect(check.observed).toMatch(NAMES[file]);
      expect(check.remedy).toContain(file);
      if (isList(file) && levelsJudged(sample, sample.pinned)) {
        expect(answerOf(judged)).toBe('refused tdx_tcb_not_supported');
      } else expectUndecided(judged, 'collateral_unavailable');
    }
    const unsigned = await judge(sample, {
      collateral: without(sample.collateral, 'tcb_signing_chain.pem'),
    });
    expectUndecided(unsigned, 'collateral_unavailable');
    expect(checkOf(unsigned, 'collateral_unavailable').observed).toMatch(
      /TCB info of FMSPC .*: no signing chain beside it; the TD QE identity: no signing chain beside it/,
    );
    const nothing = await judge(sample, { collateral: {} });
    expectUndecided(nothing, 'collateral_unavailable');
    for (const file of DATED) {
      expect(checkOf(nothing, 'collateral_unavailable').observed).toMatch(NAMES[file]);
    }
  });

  test.each(named)('%s: the issuer of the PCK list is in the quote itself', async (_slug, sample) => {
    const collateral = without(sample.collateral, 'pck_crl_issuer_chain.pem');
    const { verdict } = await judge(sample, { collateral });
    expect(verdict).toEqual((await judge(sample, {})).verdict);
  });

  test.each(supported)('%s under best-effort: absent lists make a warning of it', async (_slug, sample) => {
    const given = { revocation: 'best-effort', references: ownReference(sample) } as const;
    const lists: readonly CollateralFile[] = ['pck_crl.der', 'root_ca_crl.der'];
    const full = await judge(sample, given);
    expect(full.verdict).toEqual((await judge(sample, { ...given, revocation: 'required' })).verdict);
    for (const absent of [lists, lists.slice(0, 1), lists.slice(1)]) {
      const judged = await judge(sample, { ...given, collateral: without(sample.collateral, ...absent) });
      expect(answerOf(judged)).toBe('authentic');
      const expected = full.verdict.status === 'affirming' ? 'warning' : full.verdict.status;
      expect([absent, judged.verdict.status]).toEqual([absent, expected]);
      expect(checkOf(judged, 'collateral_unavailable')).toMatchObject({
        outcome: 'not_run',
        observed: expect.stringMatching(/which best-effort tolerates/),
      });
      const unrun = absent.includes('pck_crl.der') ? 'tdx_pck_revoked' : 'tdx_pck_ca_revoked';
      expect(checkOf(judged, unrun).outcome).toBe('not_run');
      // No other document is ever done without.
      for (const file of ['tcb_info.json', 'qe_identity.json', 'tcb_signing_chain.pem'] as const) {
        const collateral = without(sample.collateral, file, ...absent);
        expectUndecided(await judge(sample, { ...given, collateral }), 'collateral_unavailable');
      }
    }
  });

  test.each(supported)('%s under either mode: a stale or forged list is no list', async (_slug, sample) => {
    for (const revocation of ['required', 'best-effort'] as const) {
      for (const file of ['pck_crl.der', 'root_ca_crl.der'] as const) {
        const other = file === 'pck_crl.der' ? 'root_ca_crl.der' : 'pck_crl.der';
        for (const collateral of [sample.collateral, without(sample.collateral, other)]) {
          const forged = { ...collateral, [file]: flipped(collateral[file], -1) };
          const judged = await judge(sample, { revocation, collateral: forged });
          const expected =
            revocation === 'required' && forged[other] === undefined
              ? 'collateral_unavailable'
              : 'tdx_crl_signature_invalid';
          expectUndecided(judged, expected);
          expect(checkOf(judged, 'tdx_crl_signature_invalid').observed).toMatch(NAMES[file]);
        }
      }
      const at = new Date(sample.windows['pck_crl.der'].ends.getTime() + SECOND);
      const stale = await judge(sample, { revocation, at });
      expect(stale.verdict.authentic).toBeNull();
      expect(checkOf(stale, 'tdx_crl_stale').outcome).toBe('fail');
    }
  });

  test.each(supported)('%s: another byte in a signed document, and it is nobody’s', async (_slug, sample) => {
    for (const [file, code] of [
      ['tcb_info.json', 'tdx_tcb_info_signature_invalid'],
      ['qe_identity.json', 'tdx_qe_identity_signature_invalid'],
    ] as const) {
      const text = Buffer.from(sample.collateral[file] ?? []).toString('utf8');
      // A space between two members: the same JSON, and not the signed bytes.
      const respaced = new Uint8Array(Buffer.from(text.replace(/"id" *: *"T/, '"id":  "T'), 'utf8'));
      expect(respaced).not.toEqual(sample.collateral[file]);
      const judged = await judge(sample, { collateral: { ...sample.collateral, [file]: respaced } });
      expectUndecided(judged, code);
    }
  });
});
