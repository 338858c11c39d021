/**
 * Nothing but the original passes: each signed byte of each genuine report, each byte of each certificate and
 * list of one chain per product with one bit flipped, each truncation. With caches cold and warm.
 */

import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { splitCertificates } from '../../src/pki/certificate.js';
import { forgetVerifiedSignatures } from '../../src/pki/signature.js';
import { refusalEntry } from '../../src/rats/refusal.js';
import { describeWithVectors, vectorsDir } from '../vectors-home.js';
import { answerTo, type Case, flipped, Histogram } from './histogram.js';
import { instantWithCrl, type Product, type SnpSample, snpSamples, vcekCrl } from './snp-samples.js';

const SIGNED_LENGTH = 0x2a0;
const REPORT_LENGTH = 0x4a0;
const PRODUCTS: readonly Product[] = ['Milan', 'Genoa', 'Turin'];

function caseOf(home: string, sample: SnpSample): Case {
  const instant = instantWithCrl(sample);
  return {
    type: 'sev-snp',
    evidence: sample.report,
    certificates: splitCertificates(sample.leaf).concat(splitCertificates(sample.chain)),
    endorsements: instant === null ? [] : [vcekCrl(home, sample.product)],
    at: instant ?? sample.pinned,
    revocation: instant === null ? 'best-effort' : 'required',
  };
}

describeWithVectors('exhaustive mutation of genuine evidence', () => {
  const home = vectorsDir() ?? '';
  const samples = home === '' ? [] : snpSamples(home);
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

  test('every signed byte of every report, one bit flipped, caches warm', async () => {
    const seen = histogram('signed bytes of reports, caches warm');
    for (const sample of samples) {
      const genuine = caseOf(home, sample);
      expect(await answerTo(genuine)).toBe('authentic');
      for (let index = 0; index < SIGNED_LENGTH; index += 1) {
        seen.add(await answerTo({ ...genuine, evidence: flipped(sample.report, index) }));
      }
      expect(await answerTo(genuine)).toBe('authentic');
    }
    expect(seen.count('authentic')).toBe(0);
    expect(seen.total).toBe(samples.length * SIGNED_LENGTH);
    expect(samples.length).toBeGreaterThanOrEqual(17);
  }, 600_000);

  test('every signed byte of every report, one bit flipped, caches cold', async () => {
    const seen = histogram('signed bytes of reports, caches cold');
    for (const sample of samples) {
      const genuine = caseOf(home, sample);
      for (let index = 0; index < SIGNED_LENGTH; index += 1) {
        forgetVerifiedSignatures();
        seen.add(await answerTo({ ...genuine, evidence: flipped(sample.report, index) }));
      }
      forgetVerifiedSignatures();
      expect(await answerTo(genuine)).toBe('authentic');
    }
    expect(seen.count('authentic')).toBe(0);
    expect(seen.total).toBe(samples.length * SIGNED_LENGTH);
  }, 600_000);

  test('every byte after the signed ones: signature and its reserved space', async () => {
    const seen = histogram('signature bytes of reports');
    for (const sample of samples) {
      const genuine = caseOf(home, sample);
      for (let index = SIGNED_LENGTH; index < REPORT_LENGTH; index += 1) {
        seen.add(await answerTo({ ...genuine, evidence: flipped(sample.report, index) }));
      }
    }
    expect(seen.count('authentic')).toBe(0);
    expect(seen.total).toBe(samples.length * (REPORT_LENGTH - SIGNED_LENGTH));
  }, 600_000);

  test.each(PRODUCTS)(
    'every byte of every certificate of one %s chain',
    async (product) => {
      const genuine = caseOf(home, sampleWithList(samples, product));
      for (const temperature of ['warm', 'cold'] as const) {
        const seen = histogram(`certificate bytes, ${product}, caches ${temperature}`);
        for (const [position, certificate] of genuine.certificates.entries()) {
          for (let index = 0; index < certificate.length; index += 1) {
            if (temperature === 'cold') forgetVerifiedSignatures();
            const certificates = genuine.certificates.with(position, flipped(certificate, index));
            seen.add(await answerTo({ ...genuine, certificates }));
          }
        }
        expect(await answerTo(genuine)).toBe('authentic');
        expect(seen.count('authentic')).toBe(0);
        expect(seen.total).toBe(genuine.certificates.reduce((sum, { length }) => sum + length, 0));
      }
    },
    600_000,
  );

  test.each(PRODUCTS)(
    'every byte of the revocation list of %s',
    async (product) => {
      const genuine = caseOf(home, sampleWithList(samples, product));
      const list = vcekCrl(home, product);
      for (const temperature of ['warm', 'cold'] as const) {
        const seen = histogram(`revocation list bytes, ${product}, caches ${temperature}`);
        for (let index = 0; index < list.bytes.length; index += 1) {
          if (temperature === 'cold') forgetVerifiedSignatures();
          const endorsements = [{ ...list, bytes: flipped(list.bytes, index) }];
          seen.add(await answerTo({ ...genuine, endorsements }));
        }
        expect(await answerTo(genuine)).toBe('authentic');
        expect(seen.count('authentic')).toBe(0);
        expect(seen.total).toBe(list.bytes.length);
      }
    },
    600_000,
  );

  test('every truncation of every report is malformed', async () => {
    const seen = histogram('truncations of reports');
    for (const sample of samples) {
      const genuine = caseOf(home, sample);
      for (let length = 0; length < REPORT_LENGTH; length += 1) {
        seen.add(await answerTo({ ...genuine, evidence: sample.report.subarray(0, length) }));
      }
    }
    expect(seen.count('authentic')).toBe(0);
    expect(seen.total).toBe(samples.length * REPORT_LENGTH);
    expect(seen.codes().map((code) => refusalEntry(code).class)).toEqual(seen.codes().map(() => 'malformed'));
  }, 600_000);
});

function sampleWithList(samples: readonly SnpSample[], product: Product): SnpSample {
  const found = samples.find((sample) => sample.product === product && instantWithCrl(sample) !== null);
  if (found === undefined) throw new Error(`no ${product} report shares an instant with its list`);
  return found;
}
