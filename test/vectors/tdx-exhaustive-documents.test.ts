/**
 * Nothing but the original passes: each byte of the documents that endorse a genuine quote with one bit flipped, with
 * caches cold and warm, and each document cut short everywhere.
 */
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { splitCertificates } from '../../src/pki/bundle.js';
import { forgetVerifiedSignatures } from '../../src/pki/signature.js';
import { loadPinnedAnchors } from '../../src/platform/pinned-anchors.js';
import { outcomeOf } from '../../src/rats/outcome.js';
import { type RefusalCode, refusalEntry } from '../../src/rats/refusal.js';
import { tdxScheme } from '../../src/tee/tdx/index.js';
import { describeWithVectors } from '../vectors-home.js';
import { answerTo, type Case, flipped, Histogram } from './histogram.js';
import { refuseEach } from './tdx-flips.js';
import { caseOf, endorsementsOf, type GenuineQuote, genuineQuotes } from './tdx-quotes.js';

const ANCHORS = loadPinnedAnchors();
const SLUG = 'v4-dstack-uptodate';
/** What may be said to a document that is not as it was: all of it undecided, none of it about the quote. */
const SAID: Readonly<Record<string, readonly RefusalCode[]>> = {
  'tcb_info.json': ['tdx_tcb_info_signature_invalid', 'collateral_malformed'],
  'qe_identity.json': ['tdx_qe_identity_signature_invalid', 'collateral_malformed'],
  'tcb_signing_chain.pem': ['tdx_tcb_info_signature_invalid'],
  // An end that was turned into the past is told as well.
  'pck_crl.der': ['tdx_crl_signature_invalid', 'collateral_malformed', 'tdx_crl_stale'],
  'root_ca_crl.der': ['tdx_crl_signature_invalid', 'collateral_malformed', 'tdx_crl_stale'],
};
const DOCUMENTS = Object.keys(SAID);
const PCK_CRL_CHAIN = 'pck_crl_issuer_chain.pem';
/** With caches cold: one byte in so many of the documents. */
const COLD_STEP = 3;

describeWithVectors('exhaustive mutation of genuine TDX endorsements', (home) => {
  const sample = genuineQuotes(home).find(({ slug }) => slug === SLUG);
  if (sample === undefined) throw new Error(`${SLUG} is gone`);
  const histograms: Histogram[] = [];
  afterAll(() => {
    for (const each of histograms) each.print();
  });
  beforeEach(() => forgetVerifiedSignatures());

  test.each(DOCUMENTS)(
    'every byte of %s',
    async (file) => {
      const { genuine, bytes, withOther } = documentOf(sample, file);
      for (const temperature of ['warm', 'cold'] as const) {
        const seen = new Histogram(`${file}, caches ${temperature}`);
        histograms.push(seen);
        const cold = temperature === 'cold';
        // Everything else is verified anew for each of them.
        const places = [...bytes.keys()].filter((index) => !cold || index % COLD_STEP === 0);
        await refuseEach(seen, genuine, places, cold, (index) => answerTo(withOther(flipped(bytes, index))));
        expect(SAID[file]).toEqual(expect.arrayContaining([...seen.codes()]));
        for (const code of seen.codes()) expect(refusalEntry(code).class).toBe('undecided');
        expect(seen.total).toBe(places.length);
      }
    },
    600_000,
  );

  test.each(DOCUMENTS)(
    'every truncation of %s',
    async (file) => {
      const { genuine, bytes, withOther } = documentOf(sample, file);
      const seen = new Histogram(`${file}, cut short`);
      histograms.push(seen);
      // Of a chain file the signing certificate alone will do, and the line end behind a block is nothing.
      const whole = file.endsWith('.pem')
        ? /^(-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\s*)+$/
        : /^$/;
      const isSame = (cut: Uint8Array) => whole.test(Buffer.from(cut).toString('latin1'));
      const lengths = [...bytes.keys()].filter((length) => length > 0 && !isSame(bytes.subarray(0, length)));
      expect(bytes.length - lengths.length).toBeLessThanOrEqual(file.endsWith('.pem') ? 4 : 1);
      await refuseEach(seen, genuine, lengths, false, (length) =>
        answerTo(withOther(bytes.subarray(0, length))),
      );
      expect(SAID[file]).toEqual(expect.arrayContaining([...seen.codes()]));
    },
    600_000,
  );

  test(`every byte and every truncation of ${PCK_CRL_CHAIN}, which vouches for a list when it is imported`, async () => {
    const { genuine, bytes, withOther } = documentOf(sample, PCK_CRL_CHAIN);
    // A verdict asks for it never: the quote brings the issuer.
    expect(withOther(null)).toEqual(genuine);
    const list = sample.collateral['pck_crl.der'] ?? new Uint8Array();
    const read = (chain: Uint8Array) =>
      outcomeOf(() =>
        tdxScheme.readEndorsement('pck_crl.der', list, {
          anchors: ANCHORS,
          track: 'standard',
          beside: (name) => (name === PCK_CRL_CHAIN ? chain : null),
        }),
      );
    expect(await read(bytes)).toMatchObject({ ok: true });
    const seen = new Histogram(`${PCK_CRL_CHAIN}, imported`);
    histograms.push(seen);
    const certificates = splitCertificates(bytes).map((der) => Buffer.from(der).toString('hex'));
    const variants = [...bytes.keys()].flatMap((index) => [flipped(bytes, index), bytes.subarray(0, index)]);
    for (const variant of variants) {
      const outcome = await read(variant);
      if (!outcome.ok) seen.add(outcome.refusal.code);
      else {
        // Another line end, or the root left out: still the very certificate that signed the list.
        expect(Buffer.from(splitCertificates(variant)[0] ?? []).toString('hex')).toBe(certificates[0]);
        for (const der of splitCertificates(variant)) {
          expect(certificates).toContain(Buffer.from(der).toString('hex'));
        }
      }
    }
    expect(seen.codes()).toEqual(['tdx_crl_signature_invalid']);
    expect(seen.total).toBeGreaterThan(1.9 * bytes.length);
  }, 600_000);
});

/** A document of the set that endorses the quote, and the set with something else in its place. */
function documentOf(
  sample: GenuineQuote,
  file: string,
): {
  readonly genuine: Case;
  readonly bytes: Uint8Array;
  readonly withOther: (other: Uint8Array | null) => Case;
} {
  const { [file]: bytes, ...rest } = sample.collateral;
  if (bytes === undefined) throw new Error(`no ${file}`);
  const genuine = caseOf(sample);
  const withOther = (other: Uint8Array | null): Case => ({
    ...genuine,
    endorsements: endorsementsOf(sample, other === null ? rest : { ...rest, [file]: other }),
  });
  return { genuine, bytes, withOther };
}
