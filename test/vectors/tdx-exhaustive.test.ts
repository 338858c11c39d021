/**
 * Nothing but the original passes: each byte of each genuine quote and each byte of the certificates in two of them
 * with one bit flipped, each truncation. With caches cold and warm.
 */
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { splitCertificates } from '../../src/pki/certificate.js';
import { forgetVerifiedSignatures } from '../../src/pki/signature.js';
import { refusalEntry } from '../../src/rats/refusal.js';
import { pemOf } from '../../src/simulator/certificate.js';
import { describeWithVectors } from '../vectors-home.js';
import { answerTo, flipped, Histogram } from './histogram.js';
import {
  BEFORE_CHAIN,
  EVERY_BIT,
  flipsOf,
  refuseEach,
  refuseFlips,
  SAID,
  SIGNED,
  UP_TO_SIGNATURE,
} from './tdx-flips.js';
import { caseOf, type GenuineQuote, genuineQuotes, regionsOf, withChain } from './tdx-quotes.js';

/** Their platforms reach no level, which is all that is wrong with them. */
const UNSUPPORTED = ['v4-dstack-pck1', 'v4-spr-e4', 'v5-alibaba-a', 'v5-azure-tcb-unmatched'];
/** One of each version, for what costs most. */
const PAIR = ['v4-dstack-uptodate', 'v5-tdx15-a'] as const;

describeWithVectors('exhaustive mutation of genuine TDX quotes', (home) => {
  const samples = genuineQuotes(home);
  const supported = samples.filter(({ slug }) => !UNSUPPORTED.includes(slug));
  const sampleOf = (slug: string): GenuineQuote => {
    const found = supported.find((sample) => sample.slug === slug);
    if (found === undefined) throw new Error(`${slug} is gone`);
    return found;
  };
  const pair = PAIR.map(sampleOf);
  const histograms: Histogram[] = [];
  const histogram = (name: string): Histogram => {
    const made = new Histogram(name);
    histograms.push(made);
    return made;
  };
  afterAll(() => {
    for (const each of histograms) each.print();
  });
  beforeEach(() => forgetVerifiedSignatures());

  test('there are ten quotes of platforms that reach a level', () => {
    expect([samples.length, supported.length]).toEqual([14, 10]);
  });

  test('every byte of every quote up to its certificates, one bit flipped, caches warm', async () => {
    const seen = histogram('bytes of TDX quotes up to the certificates, caches warm');
    let bytes = 0;
    for (const sample of supported) {
      const regions = regionsOf(sample.quote);
      bytes += regions.chain.from + regions.padding.to - regions.padding.from;
      await refuseFlips(seen, sample, flipsOf(regions, [...BEFORE_CHAIN, 'padding']));
    }
    expect(seen.total).toBe(bytes);
  }, 600_000);

  test.each(pair)(
    'every signed byte of $slug, one bit flipped, caches cold',
    async (sample) => {
      const seen = histogram(`signed bytes, ${sample.slug}, caches cold`);
      const regions = regionsOf(sample.quote);
      await refuseFlips(seen, sample, flipsOf(regions, SIGNED), true);
      expect(seen.total).toBe(regions.body.to);
    },
    600_000,
  );

  // Behind the signature both versions are laid out alike.
  test.each([
    [PAIR[0], BEFORE_CHAIN],
    [PAIR[1], UP_TO_SIGNATURE],
  ] as const)(
    'all other bits of %s',
    async (slug, parts) => {
      const seen = histogram(`bits before the certificates, ${slug}`);
      const regions = regionsOf(sampleOf(slug).quote);
      const others = (index: number) => EVERY_BIT.filter((bit) => bit !== index % 8);
      await refuseFlips(seen, sampleOf(slug), flipsOf(regions, parts, others));
      expect(seen.total).toBe(regions[parts.at(-1) ?? 'header'].to * 7);
    },
    600_000,
  );

  test.each(pair)(
    'every character of the certificates in $slug',
    async (sample) => {
      const seen = histogram(`PEM characters, ${sample.slug}`);
      const regions = regionsOf(sample.quote);
      await refuseFlips(seen, sample, flipsOf(regions, ['chain']));
      expect(seen.total).toBe(regions.chain.to - regions.chain.from);
    },
    600_000,
  );

  test.each(pair)(
    'every byte of the certificates in $slug, written anew',
    async (sample) => {
      const genuine = caseOf(sample);
      const { chain } = regionsOf(sample.quote);
      const pem = sample.quote.subarray(chain.from, chain.to);
      const nul = pem.at(-1) === 0 ? '\0' : '';
      const ders = splitCertificates(nul === '' ? pem : pem.subarray(0, -1));
      const rewritten = (certificates: readonly Uint8Array[]): Uint8Array =>
        withChain(sample.quote, Buffer.from(certificates.map(pemOf).join('') + nul));
      expect(Buffer.compare(rewritten(ders), sample.quote)).toBe(0);
      const places = ders.flatMap((der, position) =>
        Array.from(der.keys(), (index) => ({ position, der, index })),
      );
      for (const temperature of ['warm', 'cold'] as const) {
        const seen = histogram(`certificate bytes, ${sample.slug}, caches ${temperature}`);
        await refuseEach(seen, genuine, places, temperature === 'cold', ({ position, der, index }) =>
          answerTo({ ...genuine, evidence: rewritten(ders.with(position, flipped(der, index))) }),
        );
        expect(seen.total).toBe(places.length);
        expect(SAID.chain).toEqual(expect.arrayContaining([...seen.codes()]));
      }
    },
    600_000,
  );

  test.each(pair)('zeros behind $slug are nothing, and anything else is malformed', async (sample) => {
    const seen = histogram(`bits behind ${sample.slug}`);
    const padded = new Uint8Array(sample.quote.length + 70);
    padded.set(sample.quote);
    const { padding } = regionsOf(padded);
    await refuseFlips(
      seen,
      { ...sample, quote: padded },
      flipsOf(regionsOf(padded), ['padding'], () => EVERY_BIT),
    );
    expect(seen.total).toBe(8 * (padding.to - padding.from));
    for (let length = padding.from; length < padding.to; length += 1) {
      expect(await answerTo({ ...caseOf(sample), evidence: padded.subarray(0, length) })).toBe('authentic');
    }
  });

  test('every truncation of every quote is malformed', async () => {
    const seen = histogram('truncations of TDX quotes');
    for (const sample of samples) {
      const genuine = caseOf(sample);
      const end = regionsOf(sample.quote).chain.to;
      for (let length = 0; length < end; length += 1) {
        seen.add(await answerTo({ ...genuine, evidence: sample.quote.subarray(0, length) }));
      }
    }
    expect(seen.count('authentic')).toBe(0);
    expect(seen.total).toBe(samples.reduce((sum, { quote }) => sum + regionsOf(quote).chain.to, 0));
    expect(seen.codes().map((code) => refusalEntry(code).class)).toEqual(seen.codes().map(() => 'malformed'));
  }, 600_000);
});
