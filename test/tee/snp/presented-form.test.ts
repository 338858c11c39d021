/** Certificates that were sent, sorted by their form alone: which is the leaf, and what is wrong with one that cannot be read. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Certificate } from '../../../src/pki/certificate.js';
import { pssAlgorithm } from '../../../src/simulator/amd/certificate.js';
import {
  type Asn1,
  bits,
  derOf,
  integer,
  nothing,
  oid,
  sequence,
  tagged,
} from '../../../src/simulator/asn1.js';
import { extensionList } from '../../../src/simulator/certificate.js';
import { readPresented } from '../../../src/tee/snp/presented.js';
import { mint, mintAuthority, mintRoot } from '../../pki/miniature.js';
import { refusalOf } from '../tdx/judged.js';
import { sampleReport } from './sample-report.js';

const KEY = { raw: 0, authorKeyEnabled: false, maskChipKey: false, signingKey: 0 };
const read = (blobs: readonly Uint8Array[], signingKey = 0) =>
  readPresented(blobs, sampleReport({ keyInfo: { ...KEY, signingKey } }));

describe('one that cannot be read fails the check that it got stuck at', () => {
  const RSA = () => sequence(oid('1.2.840.113549.1.1.11'), nothing());
  const EXTENSION = { oid: '1.2.3', critical: false, value: Uint8Array.of(5, 0) };
  const certificate = (tbs: Asn1, algorithm = pssAlgorithm()): Uint8Array =>
    derOf(sequence(tbs, algorithm, bits(Uint8Array.of(0))));
  const listed = (...extensions: (typeof EXTENSION)[]) => tagged(3, extensionList(extensions));

  test.each<[string, string, () => Uint8Array]>([
    ['snp_chain_untrusted', 'nothing in it', () => derOf(sequence())],
    ['snp_chain_untrusted', 'a body alone', () => derOf(sequence(sequence()))],
    ['snp_chain_untrusted', 'no DER inside', () => Uint8Array.of(0x30, 0x01, 0x05)],
    ['snp_chain_signature_invalid', 'another algorithm', () => certificate(sequence(integer(1)), RSA())],
    ['snp_vek_extension_invalid', 'no extensions', () => certificate(sequence(integer(1)))],
    ['snp_vek_extension_invalid', 'no body', () => certificate(sequence())],
    [
      'snp_vek_extension_invalid',
      'an empty list of extensions',
      () => certificate(sequence(integer(1), listed())),
    ],
    ['snp_vek_extension_invalid', 'nothing for a list', () => certificate(sequence(integer(1), tagged(3)))],
    [
      'snp_vek_extension_invalid',
      'an extension twice',
      () => certificate(sequence(integer(1), listed(EXTENSION, EXTENSION))),
    ],
    [
      'snp_vek_extension_invalid',
      'extensions under another tag',
      () => certificate(sequence(integer(1), tagged(0, extensionList([EXTENSION])))),
    ],
    [
      'snp_vek_extension_invalid',
      'extensions that are not the last',
      () => certificate(sequence(integer(1), listed(EXTENSION), integer(2))),
    ],
    [
      'snp_chain_untrusted',
      'sound extensions behind a body that is not',
      () => certificate(sequence(integer(1), integer(2), listed(EXTENSION))),
    ],
  ])('%s: %s', (code, _what, der) => {
    const { leaf, others, unreadable } = read([der()]);
    expect([leaf, others]).toEqual([null, []]);
    expect(unreadable?.code).toBe(code);
    expect(unreadable?.why).toMatch(/\w/u);
  });

  test('what is neither DER nor PEM comes first', () => {
    const { unreadable } = read([certificate(sequence(integer(1))), Uint8Array.of(1, 2)]);
    expect(unreadable).toEqual({ code: 'snp_chain_untrusted', why: 'neither DER nor PEM' });
  });
});

describe('more than is read', () => {
  test('is refused with what there was', () => {
    expect(refusalOf(() => read([new Uint8Array(98_305)]))).toMatchObject({
      code: 'evidence_too_large',
      stage: 'parse',
      detail: 'The certificates have 98305 bytes together; at most 98304 are read.',
    });
    const ten = Array.from({ length: 10 }, (_, index) => Uint8Array.of(0x30, 0x01, index));
    expect(refusalOf(() => read(ten))).toMatchObject({
      code: 'evidence_too_large',
      stage: 'parse',
      detail: 'There are more than 9 different certificates with the evidence.',
    });
    expect(refusalOf(() => read(ten.slice(1)))).toBeNull();
  });
});

describe('the leaf', () => {
  let vcek: Certificate;
  let second: Certificate;
  let vlek: Certificate;
  let ask: Certificate;
  let root: Certificate;
  beforeAll(async () => {
    vcek = await mint({ subject: 'SEV-VCEK', issuer: 'SEV-Milan', key: 'leaf' });
    second = await mint({ subject: 'SEV-VCEK', issuer: 'SEV-Milan', key: 'leaf', serialNumber: 8n });
    vlek = await mint({
      subject: 'SEV-VLEK',
      issuer: 'SEV-VLEK-Milan',
      key: 'leaf',
      signedWith: 'SEV-Milan',
    });
    ask = await mintAuthority('SEV-Milan', 'ARK-Milan');
    root = await mintRoot('ARK-Milan');
  });

  const told = (blobs: readonly Certificate[], signingKey?: number) => {
    const { leaf, others, unreadable } = read(
      blobs.map(({ der }) => der),
      signingKey,
    );
    expect(unreadable).toBeNull();
    return [leaf?.sha256 ?? null, others.map(({ sha256 }) => sha256)];
  };
  const names = (...certificates: readonly Certificate[]) => certificates.map(({ sha256 }) => sha256);

  test('is of the kind that the report names, wherever it stands', () => {
    expect(told([vlek, vcek, ask, root])).toEqual([vcek.sha256, names(vlek, ask, root)]);
    expect(told([root, vcek, vlek, ask], 1)).toEqual([vlek.sha256, names(root, vcek, ask)]);
  });

  test('is the first one where none is of the kind, or none fits', () => {
    expect(told([ask, vlek, root])).toEqual([vlek.sha256, names(ask, root)]);
    expect(told([second, vcek])).toEqual([second.sha256, names(vcek)]);
  });

  test('is none where only authorities were sent', () => {
    expect(told([ask, root])).toEqual([null, names(ask, root)]);
    expect(told([])).toEqual([null, []]);
  });
});
