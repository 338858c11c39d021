/** What is asked for beside a report, by what came with it. */
import { describe, expect, test } from '@jest/globals';
import type { Certificate } from '../../../src/pki/certificate.js';
import { parseCertificate } from '../../../src/pki/certificate.js';
import type { PresentedCertificates } from '../../../src/tee/snp/presented.js';
import {
  candidateProducts,
  canLookUpLeaf,
  familyRequirements,
  requirementsOf,
} from '../../../src/tee/snp/requirements.js';
import { guestOf } from './judged.js';
import { CHIP, NO_CHIP, type ReportOptions, sampleReport } from './sample-report.js';

const NOTHING: PresentedCertificates = { leaf: null, others: [], unreadable: null };
const KEY = { raw: 0, authorKeyEnabled: false, maskChipKey: false, signingKey: 0 };
const WITH_VLEK: ReportOptions = { keyInfo: { ...KEY, signingKey: 1 }, chipId: NO_CHIP };
const BULLETINS = { kind: 'snp-bulletins', subject: 'amd' };
const MILAN_LEAF = {
  kind: 'snp-vek',
  subject: `Milan/${Buffer.from(CHIP).toString('hex')}/0400000000001dde`,
};

async function sent(options: { readonly product?: 'Genoa' | 'Turin' } = {}): Promise<PresentedCertificates> {
  const [leaf, ...others] = (await guestOf(options)).certificates.map(
    (der): Certificate => parseCertificate(der),
  );
  return { leaf: leaf ?? null, others, unreadable: null };
}

describe('without certificates', () => {
  test('everything of the product line is', () => {
    expect(requirementsOf(sampleReport(), NOTHING)).toEqual([
      MILAN_LEAF,
      { kind: 'snp-ask', subject: 'Milan' },
      { kind: 'snp-vcek-crl', subject: 'Milan' },
      BULLETINS,
    ]);
  });

  test('a VLEK is not, nor a chip’s that is masked: nobody can look them up', () => {
    expect(requirementsOf(sampleReport(WITH_VLEK), NOTHING)).toEqual([
      { kind: 'snp-asvk', subject: 'Milan' },
      { kind: 'snp-vlek-crl', subject: 'Milan' },
      BULLETINS,
    ]);
    expect(requirementsOf(sampleReport({ chipId: NO_CHIP }), NOTHING).map(({ kind }) => kind)).toEqual([
      'snp-ask',
      'snp-vcek-crl',
      'snp-bulletins',
    ]);
    expect(canLookUpLeaf(sampleReport())).toBe(true);
    expect(canLookUpLeaf(sampleReport({ keyInfo: { ...KEY, signingKey: 1 } }))).toBe(false);
  });

  test('nothing is where the report names no key, or a processor of no line', () => {
    expect(requirementsOf(sampleReport({ keyInfo: { ...KEY, signingKey: 7 } }), NOTHING)).toEqual([]);
    const unknown = { ...sampleReport(), cpuid: { family: 0x1b, model: 1, stepping: 0 } };
    expect(requirementsOf(unknown, NOTHING)).toEqual([]);
    expect(candidateProducts(unknown, NOTHING)).toEqual([]);
  });

  test('both lines that made version 2 reports come into question', () => {
    const report = sampleReport({ version: 2 });
    expect(candidateProducts(report, NOTHING)).toEqual(['Milan', 'Genoa']);
    expect(
      requirementsOf(report, NOTHING).map(({ kind, subject }) => `${kind} ${subject.split('/')[0]}`),
    ).toEqual([
      'snp-vek Milan',
      'snp-ask Milan',
      'snp-vcek-crl Milan',
      'snp-vek Genoa',
      'snp-ask Genoa',
      'snp-vcek-crl Genoa',
      'snp-bulletins amd',
    ]);
  });
});

describe('with certificates', () => {
  test('only what never comes from an attester is', async () => {
    expect(requirementsOf(sampleReport(), await sent())).toEqual([
      { kind: 'snp-vcek-crl', subject: 'Milan' },
      BULLETINS,
    ]);
  });

  test('a leaf alone lacks its authority', async () => {
    expect(requirementsOf(sampleReport(), { ...(await sent()), others: [] })).toEqual([
      { kind: 'snp-ask', subject: 'Milan' },
      { kind: 'snp-vcek-crl', subject: 'Milan' },
      BULLETINS,
    ]);
  });

  test('an authority of another name stands for nothing', async () => {
    const { leaf } = await sent();
    const { others } = await sent({ product: 'Genoa' });
    expect(requirementsOf(sampleReport(), { leaf, others, unreadable: null })).toEqual([
      { kind: 'snp-ask', subject: 'Milan' },
      { kind: 'snp-vcek-crl', subject: 'Milan' },
      BULLETINS,
    ]);
  });

  test('their issuer names the line of a version 2 report, and a processor wins over it', async () => {
    const genoa = await sent({ product: 'Genoa' });
    expect(candidateProducts(sampleReport({ version: 2 }), genoa)).toEqual(['Genoa']);
    expect(candidateProducts(sampleReport(), genoa)).toEqual(['Milan']);
    const { leaf } = await sent();
    const stranger = { ...genoa, leaf: leaf === null ? null : { ...leaf, issuerCn: 'somebody' } };
    expect(candidateProducts(sampleReport({ version: 2 }), stranger as PresentedCertificates)).toEqual([]);
  });
});

describe('a family', () => {
  test('is a product line, for both kinds of leaf', () => {
    expect(familyRequirements('Genoa')).toEqual([
      { kind: 'snp-ask', subject: 'Genoa' },
      { kind: 'snp-vcek-crl', subject: 'Genoa' },
      { kind: 'snp-asvk', subject: 'Genoa' },
      { kind: 'snp-vlek-crl', subject: 'Genoa' },
    ]);
  });

  test.each(['genoa', '', 'Venice', 'b0c06f000000'])('is not called %j', (name) => {
    expect(familyRequirements(name)).toBeNull();
  });
});
