/** What is said of a path that does not hold: which certificate, which issuer, and why. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Certificate } from '../../src/pki/certificate.js';
import { authorityObjection, examinePath, unknownCritical } from '../../src/pki/path.js';
import { forgetVerifiedSignatures } from '../../src/pki/signature.js';
import { derOf, nothing } from '../../src/simulator/asn1.js';
import {
  AT,
  anchorsWith,
  constraints,
  extension,
  flipped,
  mint,
  mintAuthority,
  mintRoot,
  NOT_AFTER,
  NOT_BEFORE,
  SIGNS_CERTIFICATES,
  usage,
} from './miniature.js';

let root: Certificate;
let middle: Certificate;
let leaf: Certificate;
beforeAll(async () => {
  root = await mintRoot();
  middle = await mintAuthority('middle', 'root');
  leaf = await mint({ subject: 'leaf', issuer: 'middle' });
});

const examine = (changes: { leaf?: Certificate; sent?: readonly Certificate[]; at?: Date }) =>
  examinePath(
    {
      leaf: changes.leaf ?? leaf,
      intermediates: changes.sent ?? [middle],
      anchors: anchorsWith(root),
    },
    changes.at ?? AT,
  );

const GOOD = { untrusted: null, badSignature: null, expired: null, notYetValid: null };

describe('a finding names', () => {
  test('the issuer that nobody vouches for', async () => {
    expect(await examine({ sent: [] })).toEqual({
      ...GOOD,
      path: null,
      untrusted: 'leaf names middle as its issuer: no trusted root vouches for it',
    });
  });

  test('a root that is none', async () => {
    const twin = await mintRoot('twin');
    expect(await examine({ sent: [middle, twin] })).toMatchObject({
      ...GOOD,
      untrusted: 'twin is its own issuer and not a trusted root',
    });
  });

  test('the certificate whose signature does not hold, and whose key it should be', async () => {
    const forged = await mint({ subject: 'leaf', issuer: 'middle', signedWith: 'root' });
    expect(await examine({ leaf: forged })).toEqual({
      ...GOOD,
      path: null,
      badSignature: 'leaf is not signed with the key of middle',
    });
  });

  test.each([
    ['basicConstraints do not say CA', [constraints(false, null)]],
    ['keyUsage does not allow signing certificates', [constraints(true, null), usage(0x02)]],
    [
      'critical extension 1.2.3 is unknown',
      [
        constraints(true, null),
        usage(SIGNS_CERTIFICATES),
        extension('1.2.4', derOf(nothing())),
        extension('1.2.3', derOf(nothing()), true),
      ],
    ],
  ])('why the issuer may not issue: %s', async (why, extensions) => {
    const wanting = await mintAuthority('middle', 'root', { extensions });
    expect(authorityObjection(wanting)).toBe(why);
    expect(await examine({ sent: [wanting] })).toEqual({
      ...GOOD,
      path: null,
      untrusted: `leaf names middle as its issuer: ${why}`,
    });
  });

  test('nothing of an authority that may', () => {
    expect(authorityObjection(middle)).toBeNull();
    expect(unknownCritical(middle)).toBeNull();
    expect(unknownCritical({ extensions: [] })).toBeNull();
  });

  test('how many certificates are too many, and the leaf’s validity all the same', async () => {
    const sent = Array.from({ length: 10 }, () => middle);
    const untrusted = '10 certificates beside the leaf; at most 9 are read';
    expect(await examine({ sent })).toEqual({ ...GOOD, path: null, untrusted });
    const late = new Date(NOT_AFTER.getTime() + 1);
    expect(await examine({ sent, at: late })).toEqual({
      ...GOOD,
      path: null,
      untrusted,
      expired: 'leaf ended 2027-01-01T00:00:00.000Z',
    });
  });

  test('the certificate that has ended, or not begun, of the path alone', async () => {
    const after = new Date(NOT_AFTER.getTime() + 1000);
    const short = await mint({ subject: 'leaf', issuer: 'middle', notAfter: AT });
    expect(await examine({ leaf: short, at: AT })).toMatchObject(GOOD);
    expect(await examine({ leaf: short, at: new Date(AT.getTime() + 1) })).toMatchObject({
      ...GOOD,
      expired: 'leaf ended 2026-06-01T00:00:00.000Z',
    });
    const late = await mintAuthority('middle', 'root', { notBefore: after, notAfter: after });
    expect(await examine({ sent: [late] })).toMatchObject({
      ...GOOD,
      notYetValid: 'middle begins 2027-01-01T00:00:01.000Z',
    });
    // Another authority that has ended stands beside the path, not on it.
    const aside = await mintAuthority('aside', 'root', { notAfter: NOT_BEFORE });
    expect(await examine({ sent: [middle, aside] })).toMatchObject(GOOD);
  });

  test('a certificate without a name as that', async () => {
    const nameless = { ...leaf, subjectCn: null, issuerCn: null, sha256: '00' };
    expect((await examine({ leaf: nameless, sent: [] })).untrusted).toBe(
      'a certificate without one common name names a certificate without one common name as its issuer: no trusted root vouches for it',
    );
  });

  test('names in 64 printable characters', async () => {
    const long = await mint({ subject: `\u0007~ ${'x'.repeat(70)}`, issuer: 'nobody' });
    expect((await examine({ leaf: long })).untrusted).toBe(
      `?~ ${'x'.repeat(61)} names nobody as its issuer: no trusted root vouches for it`,
    );
  });
});

describe('what was found for a leaf', () => {
  const anchors = () => anchorsWith(root);
  const pathOf = async (request: Parameters<typeof examinePath>[0]) => (await examinePath(request, AT)).path;

  test('holds for the same certificates and anchors, and for no others', async () => {
    const given = { leaf, intermediates: [middle], anchors: anchors() };
    const known = await pathOf(given);
    expect(known).toHaveLength(3);
    expect(await pathOf(given)).toBe(known);
    const other = anchorsWith(await mintRoot('twin'));
    expect(await pathOf({ ...given, anchors: other })).toBeNull();
    expect(await pathOf({ ...given, intermediates: [] })).toBeNull();
    expect(await pathOf(given)).toHaveLength(3);
    const stranger = await mintAuthority('stranger', 'nobody');
    const beside = await examinePath({ ...given, intermediates: [middle, stranger] }, AT);
    expect(beside.untrusted).toContain('stranger names nobody');
    expect(await pathOf({ ...given, intermediates: [stranger, middle] })).toHaveLength(3);
  });

  test('counts no more once signatures are forgotten', async () => {
    const signed = { ...leaf.signed };
    const given = { leaf: { ...leaf, signed }, intermediates: [middle], anchors: anchors() };
    expect(await pathOf(given)).toHaveLength(3);
    signed.signature = flipped(signed.signature, 9);
    expect(await pathOf(given)).toHaveLength(3);
    forgetVerifiedSignatures();
    expect((await examinePath(given, AT)).badSignature).toBe('leaf is not signed with the key of middle');
  });
});

test('pathLenConstraint counts from every authority above, not from one of them', async () => {
  const limited = await mintAuthority('limited', 'root', {
    extensions: [constraints(true, 0), usage(SIGNS_CERTIFICATES)],
  });
  const below = await mintAuthority('below', 'limited');
  const found = await examine({
    leaf: await mint({ subject: 'leaf', issuer: 'below' }),
    sent: [limited, below],
  });
  expect(found).toMatchObject({
    path: null,
    untrusted: 'below names limited as its issuer: it may not have this certificate below it',
  });
});
