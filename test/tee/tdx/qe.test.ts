import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { QuotePlan, SimulatedTd } from '../../../src/simulator/index.js';
import { makeEcKey, pointOf } from '../../../src/simulator/key-pair.js';
import { simulatedIntel } from '../../simulated-vendor.js';
import { changedTd, enclaveTd, flipped, judge, tdOf, verdictOf } from './judged.js';
import { bytesOfHex } from './sample-quote.js';

/** In a quote of version 4: start of the signature data, and of the QE report in them. */
const DATA = 636;
const QE_REPORT = DATA + 134;

const signatureAt = (quote: Uint8Array, at: number, r: string | null, s: string | null): Uint8Array => {
  const changed = Uint8Array.from(quote);
  if (r !== null) changed.set(bytesOfHex(r.padStart(64, '0')), at);
  if (s !== null) changed.set(bytesOfHex(s.padStart(64, '0')), at + 32);
  return changed;
};

/** Order of the group of P-256. */
const N = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551';
const IMPOSSIBLE: readonly (readonly [string, r: string | null, s: string | null])[] = [
  ['r of zero', '0', null],
  ['s of zero', null, '0'],
  ['both of zero', '0', '0'],
  ['r of the order', N, null],
  ['s of the order', null, N],
  ['r beyond the order', 'f'.repeat(64), null],
  ['s beyond the order', null, 'f'.repeat(64)],
];

let td: SimulatedTd;
beforeAll(async () => {
  td = await tdOf();
});

describe('the signature of the QE report', () => {
  test('covers every byte of the report', async () => {
    for (let at = 0; at < 384 + 64; at += 1) {
      const verdict = await judge(td, { evidence: flipped(td.quote, QE_REPORT + at, 1 << (at % 8)) });
      expect([at, verdict.failures[0]]).toEqual([at, 'tdx_qe_report_signature_invalid']);
    }
  });

  test('is made with the PCK key and no other', async () => {
    expect(await verdictOf(await tdOf({ fault: 'tdx_qe_report_signature_invalid' }))).toBe(
      'tdx_qe_report_signature_invalid',
    );
    const { pckKey } = await simulatedIntel();
    const own = await enclaveTd(() => ({ signingKey: pckKey }));
    expect(await verdictOf(own)).toBe('authentic');
    // Another certificate with another key vouches for nothing here.
    const pckKeyOfOther = await makeEcKey('P-256');
    const borrowed = await changedTd({ pck: (plan) => ({ ...plan, key: pckKeyOfOther }) });
    expect(await verdictOf(borrowed)).toBe('tdx_qe_report_signature_invalid');
  });

  test.each(IMPOSSIBLE)('with %s does not hold', async (_what, r, s) => {
    const evidence = signatureAt(td.quote, QE_REPORT + 384, r, s);
    expect(await verdictOf(td, { evidence })).toBe('tdx_qe_report_signature_invalid');
  });

  test('that verified once is not taken for another report', async () => {
    expect(await verdictOf(td)).toBe('authentic');
    expect(await verdictOf(td, { evidence: flipped(td.quote, QE_REPORT + 100) })).toBe(
      'tdx_qe_report_signature_invalid',
    );
    expect(await verdictOf(td)).toBe('authentic');
  });
});

describe('the report data of the QE', () => {
  const code = 'tdx_qe_report_data_mismatch';
  const bindingOf = ({ attestationKey, qe }: QuotePlan, behind = 0): Uint8Array => {
    const digest = createHash('sha256').update(pointOf(attestationKey)).update(qe.authData).digest();
    return Uint8Array.from([...digest, ...new Uint8Array(32).fill(behind)]);
  };

  test('are the hash of key and authentication data, then zeros', async () => {
    const bound = await changedTd({
      quote: (plan) => ({ ...plan, qe: { ...plan.qe, reportData: bindingOf(plan) } }),
    });
    expect(await verdictOf(bound)).toBe('authentic');
  });

  test('have zeros behind the hash, all 32 of them', async () => {
    for (const at of [32, 33, 48, 63]) {
      const padded = await changedTd({
        quote: (plan) => ({ ...plan, qe: { ...plan.qe, reportData: flipped(bindingOf(plan), at) } }),
      });
      const { failures, entry } = await judge(padded);
      expect([failures, entry(code).observed]).toEqual([[code], 'other bytes behind the hash']);
    }
  });

  test('no byte of the hash can differ', async () => {
    for (let at = 0; at < 32; at += 1) {
      const other = await changedTd({
        quote: (plan) => ({ ...plan, qe: { ...plan.qe, reportData: flipped(bindingOf(plan), at) } }),
      });
      expect([at, (await judge(other)).failures]).toEqual([at, [code]]);
    }
  });

  test('bind the authentication data, of whatever length', async () => {
    for (let at = 0; at < 32; at += 1) {
      const evidence = flipped(td.quote, DATA + 584 + at);
      expect([at, (await judge(td, { evidence })).failures]).toEqual([at, [code]]);
    }
    for (const length of [0, 1, 31, 33, 1024]) {
      expect(await verdictOf(await enclaveTd(() => ({ authData: new Uint8Array(length).fill(7) })))).toBe(
        'authentic',
      );
    }
  });

  test('bind the attestation key: another one, even with a good signature, is a stranger’s', async () => {
    const attestationKey = await makeEcKey('P-256');
    const forged = await changedTd({
      quote: (plan) => ({
        ...plan,
        attestationKey,
        signingKey: attestationKey,
        qe: { ...plan.qe, reportData: bindingOf(plan) },
      }),
    });
    expect((await judge(forged)).failures).toEqual([code]);
  });
});

describe('the signature of the quote', () => {
  const code = 'tdx_quote_signature_invalid';

  test.each([
    ['version 4', 4, 632],
    ['version 5', 5, 54 + 648],
  ] as const)('covers header and body of %s, every byte', async (_name, quoteVersion, length) => {
    const clean = await tdOf({ quoteVersion });
    for (let at = 8; at < length; at += 1) {
      // Sizes and types are judged when the quote is read.
      if (quoteVersion === 5 && at >= 48 && at < 54) continue;
      const { failures } = await judge(clean, { evidence: flipped(clean.quote, at, 1 << (at % 8)) });
      expect([at, failures]).toEqual([at, expect.arrayContaining([code])]);
    }
  });

  test.each(IMPOSSIBLE)('with %s does not hold', async (_what, r, s) => {
    const { failures } = await judge(td, { evidence: signatureAt(td.quote, DATA, r, s) });
    expect(failures).toEqual([code]);
  });

  test('no bit of it can change', async () => {
    for (let at = 0; at < 64; at += 1) {
      expect([at, (await judge(td, { evidence: flipped(td.quote, DATA + at) })).failures]).toEqual([
        at,
        [code],
      ]);
    }
  });

  test.each([
    ['zeros', '00'.repeat(64)],
    ['no point', '11'.repeat(64)],
    ['coordinates beyond the field', 'ff'.repeat(64)],
  ])('an attestation key of %s is none', async (_what, key) => {
    const evidence = Uint8Array.from(td.quote);
    evidence.set(bytesOfHex(key), DATA + 64);
    const { failures, entry } = await judge(td, { evidence });
    expect(failures).toEqual(['tdx_qe_report_data_mismatch', code]);
    expect(entry(code).observed).toBe('the attestation key is no point of P-256');
  });

  test('is computed each time, though the key be known', async () => {
    for (const _round of [1, 2]) {
      expect(await verdictOf(td)).toBe('authentic');
      expect((await judge(td, { evidence: flipped(td.quote, DATA) })).failures).toEqual([code]);
      expect((await judge(td, { evidence: flipped(td.quote, 200) })).failures).toEqual([code]);
    }
  });

  test('is made with the attestation key, and not with that of the certificate', async () => {
    expect((await judge(await tdOf({ fault: code }))).failures).toEqual([code]);
  });
});
