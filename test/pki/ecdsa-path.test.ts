import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Certificate, parseCertificate } from '../../src/pki/certificate.js';
import { crlSignedBy, parseCrl } from '../../src/pki/crl.js';
import { MalformedDer, readDer, readDerSequence } from '../../src/pki/der.js';
import { authorityObjection, examinePath } from '../../src/pki/path.js';
import { forgetVerifiedSignatures } from '../../src/pki/signature.js';
import { signEcdsaDer } from '../../src/simulator/key-pair.js';
import { AT, anchorsWith, flipped, objections } from './miniature.js';
import { AUTHORITY, FORMS, keyOf, mintEc, mintEcDer, mintEcList, mintEcRoot } from './miniature-ec.js';

let root: Certificate;
let middle: Certificate;
let leaf: Certificate;

beforeAll(async () => {
  root = await mintEcRoot();
  middle = await mintEc({ subject: 'middle', issuer: 'root', extensions: AUTHORITY });
  leaf = await mintEc({ subject: 'leaf', issuer: 'middle' });
});
beforeEach(() => forgetVerifiedSignatures());

const examine = (changes: { leaf?: Certificate; sent?: readonly Certificate[]; root?: Certificate }) =>
  examinePath(
    {
      leaf: changes.leaf ?? leaf,
      intermediates: changes.sent ?? [middle],
      anchors: anchorsWith(changes.root ?? root),
    },
    AT,
  );
const namesOf = async (changes: Parameters<typeof examine>[0]) =>
  (await examine(changes)).path?.map(({ subjectCn }) => subjectCn) ?? null;

/** A certificate of whose members each may be replaced, its signature made anew or not. */
function reassembled(der: Uint8Array, parts: { algorithm?: Uint8Array; bits?: Uint8Array }): Uint8Array {
  const [tbs, algorithm, bits] = readDerSequence(readDer(der));
  if (tbs === undefined || algorithm === undefined || bits === undefined) throw new Error('no certificate');
  const content = Buffer.concat([tbs.der, parts.algorithm ?? algorithm.der, parts.bits ?? bits.der]);
  return Uint8Array.from([0x30, 0x82, content.length >> 8, content.length & 0xff, ...content]);
}

describe('a path on P-256', () => {
  test('leads from the leaf to the root', async () => {
    expect(await namesOf({})).toEqual(['leaf', 'middle', 'root']);
    expect(objections(await examine({}))).toEqual([]);
  });

  test('a certificate is read as it stands', () => {
    expect(leaf.keyFacts).toEqual({ type: 'ec', curve: 'prime256v1' });
    expect(leaf.signed.algorithm).toBe('ecdsa-p256-sha256');
    expect(root.keyFacts).toEqual({ type: 'ec', curve: 'prime256v1' });
  });

  test('no octet of a certificate can change', async () => {
    for (const [place, certificate] of [leaf, middle].entries()) {
      for (let index = 0; index < certificate.der.length; index += 1) {
        const changed = flipped(certificate.der, index);
        let outcome: string;
        try {
          const other = parseCertificate(changed);
          const findings = await examine(place === 0 ? { leaf: other } : { sent: [other] });
          outcome = findings.path !== null && objections(findings).length === 0 ? 'accepted' : 'refused';
        } catch (error) {
          outcome = error instanceof MalformedDer ? 'malformed' : String(error);
        }
        expect([place, index, outcome]).not.toEqual([place, index, 'accepted']);
        expect(['refused', 'malformed']).toContain(outcome);
      }
    }
  });

  test('a leaf that its issuer did not sign', async () => {
    const forged = await mintEc({ subject: 'leaf', issuer: 'middle', signingKey: keyOf('thief') });
    expect(objections(await examine({ leaf: forged }))).toEqual(['badSignature']);
  });

  test('a leaf may have any key: what it signs is judged elsewhere', async () => {
    for (const kind of ['P-384', 'RSA'] as const) {
      const other = await mintEc({ subject: 'leaf', issuer: 'middle', key: keyOf('leaf', kind) });
      expect(await namesOf({ leaf: other })).toEqual(['leaf', 'middle', 'root']);
    }
  });
});

describe('algorithms that are mixed', () => {
  test('an authority on P-384 issues nothing under an algorithm of P-256', async () => {
    const key = keyOf('middle', 'P-384');
    const wide = await mintEc({ subject: 'middle', issuer: 'root', key, extensions: AUTHORITY });
    const below = await mintEc({ subject: 'leaf', issuer: 'middle', signingKey: key });
    const findings = await examine({ leaf: below, sent: [wide] });
    expect(findings.path).toBeNull();
    expect(findings.untrusted).toContain('not an EC key on P-256');
    expect(authorityObjection(wide)).toBe('not an EC key on P-256');
  });

  test('a root on P-384 vouches for nobody', async () => {
    const key = keyOf('root', 'P-384');
    const wide = await mintEcRoot({ key, signingKey: key });
    const below = await mintEc({ subject: 'leaf', issuer: 'root', signingKey: key });
    const findings = await examine({ leaf: below, sent: [], root: wide });
    expect(findings.path).toBeNull();
    expect(findings.untrusted).toContain('not an EC key on P-256');
  });

  test('an ECDSA signature under an RSA authority never verifies', async () => {
    const key = keyOf('root', 'RSA');
    const pssRoot = await mintEcRoot({ key, signingKey: key, form: FORMS.pss });
    const below = await mintEc({ subject: 'leaf', issuer: 'root', signingKey: keyOf('root') });
    const findings = await examine({ leaf: below, sent: [], root: pssRoot });
    expect([findings.path, objections(findings)]).toEqual([null, ['badSignature']]);
  });

  test('an RSA signature under an authority on P-256 never verifies', async () => {
    const below = await mintEc({
      subject: 'leaf',
      issuer: 'root',
      signingKey: keyOf('root', 'RSA'),
      form: FORMS.pss,
    });
    const findings = await examine({ leaf: below, sent: [] });
    expect([findings.path, objections(findings)]).toEqual([null, ['badSignature']]);
  });

  test('an authority signs in the way in which it was signed itself', async () => {
    const rsa = keyOf('root', 'RSA');
    const pssRoot = await mintEcRoot({ key: rsa, signingKey: rsa, form: FORMS.pss });
    const mixed = await mintEc({
      subject: 'middle',
      issuer: 'root',
      signingKey: rsa,
      form: FORMS.pss,
      extensions: AUTHORITY,
    });
    const findings = await examine({ sent: [mixed], root: pssRoot });
    expect(findings.path).toBeNull();
    expect(findings.untrusted).toContain('not an RSA key of 2048 bits or more');
    const reverse = await mintEc({
      subject: 'middle',
      issuer: 'root',
      key: keyOf('middle', 'RSA'),
      extensions: AUTHORITY,
    });
    expect(authorityObjection(reverse)).toBe('not an EC key on P-256');
  });

  test('the algorithm outside is the one inside', async () => {
    const der = await mintEcDer({ subject: 'leaf', issuer: 'middle' });
    for (const algorithm of [
      '300a06082a8648ce3d040303',
      '300c06082a8648ce3d0403020500',
      '300906072a8648ce3d0401',
    ]) {
      const changed = reassembled(der, { algorithm: Buffer.from(algorithm, 'hex') });
      expect(() => parseCertificate(changed)).toThrow(MalformedDer);
    }
    expect(parseCertificate(reassembled(der, {})).sha256).toBe(parseCertificate(der).sha256);
  });

  test('a curve of one’s own making, on P-256’s own numbers, is not read', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' });
    const der = await mintEcDer({ subject: 'leaf', issuer: 'middle' });
    const [tbs] = readDerSequence(readDer(der));
    const own = publicKey.export({ type: 'spki', format: 'der' });
    const members = readDerSequence(tbs ?? readDer(der)).map((member) =>
      Buffer.from(member.der).equals(Buffer.from(leaf.spki)) ? own : member.der,
    );
    const content = Buffer.concat(members);
    const changed = Buffer.concat([
      Uint8Array.of(0x30, 0x82, content.length >> 8, content.length & 0xff),
      content,
    ]);
    const rest = readDerSequence(readDer(der))
      .slice(1)
      .map((member) => member.der);
    const whole = Buffer.concat([changed, ...rest]);
    const certificate = Uint8Array.from([0x30, 0x82, whole.length >> 8, whole.length & 0xff, ...whole]);
    expect(() => parseCertificate(certificate)).toThrow(/parameters of its own/);
  });
});

describe('the bits of a signature', () => {
  test('are DER inside the bit string, in one encoding', async () => {
    const der = await mintEcDer({ subject: 'leaf', issuer: 'middle' });
    const [tbs] = readDerSequence(readDer(der));
    const bitsOf = (signature: Uint8Array) => Uint8Array.from([3, signature.length + 1, 0, ...signature]);
    const fresh = await signEcdsaDer(tbs?.der ?? der, keyOf('middle'));
    const good = parseCertificate(reassembled(der, { bits: bitsOf(fresh) }));
    expect(await namesOf({ leaf: good })).toEqual(['leaf', 'middle', 'root']);
    for (const other of [
      Uint8Array.from([...fresh, 0]),
      Uint8Array.from([0x30, 0x81, ...fresh.subarray(1)]),
      fresh.subarray(2),
    ]) {
      const changed = parseCertificate(reassembled(der, { bits: bitsOf(other) }));
      expect(objections(await examine({ leaf: changed }))).toEqual(['badSignature']);
    }
    const unused = Uint8Array.from([3, fresh.length + 1, 1, ...fresh]);
    expect(() => parseCertificate(reassembled(der, { bits: unused }))).toThrow(MalformedDer);
  });
});

describe('a list on P-256', () => {
  test('is its issuer’s, and of nobody who shares a name with it', async () => {
    const list = parseCrl(await mintEcList());
    expect(await crlSignedBy(list, root)).toBe(true);
    const twinKey = keyOf('twin');
    expect(await crlSignedBy(list, await mintEcRoot({ key: twinKey, signingKey: twinKey }))).toBe(false);
  });

  test('crl_signed_by_other_key_fails, of any kind', async () => {
    for (const signingKey of [keyOf('thief'), keyOf('root', 'P-384')]) {
      expect(await crlSignedBy(parseCrl(await mintEcList({ signingKey })), root)).toBe(false);
    }
    const pss = parseCrl(await mintEcList({ signingKey: keyOf('root', 'RSA') }, FORMS.pss));
    expect(await crlSignedBy(pss, root)).toBe(false);
    const wideKey = keyOf('root', 'P-384');
    const wide = await mintEcRoot({ key: wideKey, signingKey: wideKey });
    const list = parseCrl(await mintEcList({ issuerKey: wideKey, signingKey: wideKey }));
    expect(createPublicKey(wideKey).equals(wide.publicKey)).toBe(true);
    expect(await crlSignedBy(list, wide)).toBe(false);
  });

  test('no octet of it can change', async () => {
    const der = await mintEcList({ revoked: [{ serialNumber: 5n, revokedAt: AT, reason: 1 }] });
    for (let index = 0; index < der.length; index += 1) {
      let accepted = false;
      try {
        accepted = await crlSignedBy(parseCrl(flipped(der, index)), root);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedDer);
      }
      expect([index, accepted]).toEqual([index, false]);
    }
    expect(await crlSignedBy(parseCrl(der), root)).toBe(true);
  });
});
