/** Turning bits of quotes one by one: where, how many at a time, and what may be said to it. */
import { expect } from '@jest/globals';
import { forgetVerifiedSignatures } from '../../src/pki/signature.js';
import type { RefusalCode } from '../../src/rats/refusal.js';
import { answerTo, type Case, flipped, type Histogram } from './histogram.js';
import { caseOf, type GenuineQuote, type QuoteRegions, type Region } from './tdx-quotes.js';

/** Verification runs on the thread pool; more at once is no faster. */
const LANES = 8;

/** What may be said to a flipped bit, by the part that it is in: a code that is not here would hide a check. */
export const SAID: Readonly<Record<keyof QuoteRegions, readonly RefusalCode[]>> = {
  header: [
    'evidence_type_unknown',
    'tdx_quote_malformed',
    'tdx_quote_version_unsupported',
    'tdx_tee_type_mismatch',
    'tdx_key_type_unsupported',
    'tdx_qe_vendor_unknown',
    'tdx_quote_signature_invalid',
  ],
  descriptor: ['tdx_quote_malformed', 'tdx_quote_version_unsupported', 'tdx_tee_type_mismatch'],
  body: ['tdx_quote_signature_invalid'],
  signatureLength: ['tdx_quote_malformed'],
  signature: ['tdx_quote_signature_invalid'],
  attestationKey: ['tdx_qe_report_data_mismatch'],
  outerHead: ['tdx_quote_malformed', 'tdx_cert_data_unsupported'],
  qeReport: ['tdx_qe_report_signature_invalid'],
  qeReportSignature: ['tdx_qe_report_signature_invalid'],
  qeAuthLength: ['tdx_quote_malformed'],
  qeAuthData: ['tdx_qe_report_data_mismatch'],
  innerHead: ['tdx_quote_malformed', 'tdx_cert_data_unsupported'],
  chain: ['tdx_pck_chain_invalid', 'tdx_pck_chain_untrusted'],
  padding: ['tdx_quote_malformed'],
};
export const SIGNED = ['header', 'descriptor', 'body'] as const;
export const UP_TO_SIGNATURE = [...SIGNED, 'signatureLength', 'signature'] as const;
export const BEFORE_CHAIN = [
  ...UP_TO_SIGNATURE,
  'attestationKey',
  'outerHead',
  'qeReport',
  'qeReportSignature',
  'qeAuthLength',
  'qeAuthData',
  'innerHead',
] as const;
export const EVERY_BIT = [0, 1, 2, 3, 4, 5, 6, 7];

type Flip = readonly [part: keyof QuoteRegions, index: number, bit: number];

export function* flipsOf(
  regions: QuoteRegions,
  parts: readonly (keyof QuoteRegions)[],
  bitsOf: (index: number) => readonly number[] = (index) => [index % 8],
): Generator<Flip> {
  for (const part of parts) {
    for (const index of indexesOf(regions[part])) {
      for (const bit of bitsOf(index)) yield [part, index, bit];
    }
  }
}

function* indexesOf({ from, to }: Region): Generator<number> {
  for (let index = from; index < to; index += 1) yield index;
}

/** Several at a time; cold ones one at a time, since what one of them remembers the next would know. */
async function forEachOf<T>(
  items: Iterable<T>,
  cold: boolean,
  act: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  const lane = async (): Promise<void> => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) {
      if (cold) forgetVerifiedSignatures();
      await act(next.value);
    }
  };
  await Promise.all(Array.from({ length: cold ? 1 : LANES }, lane));
}

/** The original is accepted before and after, and nothing between. */
export async function refuseEach<T>(
  seen: Histogram,
  genuine: Case,
  variants: Iterable<T>,
  cold: boolean,
  answer: (variant: T) => Promise<string>,
): Promise<void> {
  expect(await answerTo(genuine)).toBe('authentic');
  await forEachOf(variants, cold, async (variant) => {
    const code = await answer(variant);
    if (code === 'authentic') throw new Error(`accepted: ${JSON.stringify(variant)}`);
    seen.add(code);
  });
  expect(await answerTo(genuine)).toBe('authentic');
  expect(seen.count('authentic')).toBe(0);
}

export async function refuseFlips(
  seen: Histogram,
  sample: GenuineQuote,
  flips: Iterable<Flip>,
  cold = false,
): Promise<void> {
  const genuine = caseOf(sample);
  await refuseEach(seen, genuine, flips, cold, async ([part, index, bit]) => {
    const code = await answerTo({ ...genuine, evidence: flipped(sample.quote, index, bit) });
    if (!SAID[part].some((said) => said === code)) throw new Error(`${part}[${index}] bit ${bit}: ${code}`);
    return code;
  });
}
