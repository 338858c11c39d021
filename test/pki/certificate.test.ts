import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Certificate, parseCertificate, splitCertificates } from '../../src/pki/certificate.js';
import { MalformedDer, readDer, readDerSequence } from '../../src/pki/der.js';
import { derOf, integer, octets } from '../../src/simulator/asn1.js';
import { pemOf } from '../../src/simulator/certificate.js';
import { mintGuest } from '../../src/simulator/index.js';
import { SIMULATED_AT, simulatedVendor } from '../simulated-vendor.js';
import { constraints, extension, hexDigest, mint, mintDer, shippedDer, usage } from './miniature.js';

/** A copy in which the first (or last) occurrence of some octets is replaced by as many others. */
function replaced(
  bytes: Uint8Array,
  from: string,
  to: string,
  which: 'first' | 'last' = 'first',
): Uint8Array {
  const copy = Buffer.from(bytes);
  const old = Buffer.from(from, 'hex');
  const at = which === 'first' ? copy.indexOf(old) : copy.lastIndexOf(old);
  if (at === -1) throw new Error(`${from} is not in there`);
  copy.set(Buffer.from(to, 'hex'), at);
  return copy;
}

/** The certificate with another key; its signature is none any more. */
function withSpki(der: Uint8Array, old: Uint8Array, spki: Uint8Array): Uint8Array {
  const [tbs, algorithm, signature] = readDerSequence(readDer(der));
  if (tbs === undefined || algorithm === undefined || signature === undefined)
    throw new Error('no certificate');
  const members = readDerSequence(tbs).map((member) =>
    Buffer.from(member.der).equals(old) ? spki : member.der,
  );
  const wrap = (...parts: readonly Uint8Array[]): Uint8Array => {
    const content = Buffer.concat(parts);
    return Buffer.concat([Uint8Array.of(0x30, 0x82, content.length >> 8, content.length & 0xff), content]);
  };
  return wrap(wrap(...members), algorithm.der, signature.der);
}

describe('an authority of AMD’s', () => {
  const ask = parseCertificate(shippedDer('milan/ask.pem'));

  test('is read as it stands', () => {
    expect(ask).toMatchObject({
      sha256: hexDigest(ask.der),
      serialNumber: 0x10001n,
      serialNumberHex: '010001',
      subjectCn: 'SEV-Milan',
      issuerCn: 'ARK-Milan',
      notBefore: new Date('2020-10-22T18:24:20Z'),
      notAfter: new Date('2045-10-22T18:24:20Z'),
      keyFacts: { type: 'rsa', bits: 4096, exponent: 65537n },
      authority: { isAuthority: true, pathLength: 0, mayCertify: true, maySignLists: false },
      subjectKeyId: '3bc66e182ac3fd3d6264489be3b7472cb4fcbff8',
      authorityKeyId: '85ac1ad143f7c8ac55d4c51d4148abd5784ad453',
    });
    expect(ask.extensions.map(({ oid, critical }) => [oid, critical])).toEqual([
      ['2.5.29.14', false],
      ['2.5.29.35', false],
      ['2.5.29.19', true],
      ['2.5.29.15', true],
      ['2.5.29.31', false],
    ]);
    expect(ask.extension('2.5.29.15')?.value).toEqual(Uint8Array.of(3, 2, 1, 4));
    expect(ask.extension('2.5.29.150')).toBeNull();
  });

  test('does not change when the caller’s buffer does', () => {
    const buffer = shippedDer('genoa/ask.pem');
    const certificate = parseCertificate(buffer);
    buffer.fill(0);
    expect(hexDigest(certificate.der)).toBe(certificate.sha256);
    expect(parseCertificate(shippedDer('genoa/ask.pem')).subjectCn).toBe('SEV-Genoa');
    expect(() => parseCertificate(buffer)).toThrow(MalformedDer);
  });
});

describe('a leaf', () => {
  let leaf: Certificate;
  beforeAll(async () => {
    const guest = await mintGuest(await simulatedVendor(), {
      at: SIMULATED_AT,
      product: 'Turin',
      signingKey: 'VCEK',
    });
    leaf = parseCertificate(guest.leafDer ?? new Uint8Array());
  });

  test('may have serial number zero, and raw bytes in an extension', () => {
    expect(leaf.serialNumber).toBe(0n);
    expect(leaf.serialNumberHex).toBe('00');
    expect(leaf.keyFacts).toEqual({ type: 'ec', curve: 'secp384r1' });
    expect(leaf.authority).toEqual({
      isAuthority: false,
      pathLength: null,
      mayCertify: false,
      maySignLists: false,
    });
    expect(leaf.extension('1.3.6.1.4.1.3704.1.4')?.value).toHaveLength(8);
  });

  test('truncate_at_every_length_no_panic', () => {
    for (let length = 0; length < leaf.der.length; length += 1) {
      expect(() => parseCertificate(leaf.der.subarray(0, length))).toThrow(MalformedDer);
    }
    expect(parseCertificate(leaf.der).sha256).toBe(leaf.sha256);
  });

  test('trailing_and_reserved_bytes_rejected', () => {
    for (const octet of [0, 1, 0x30, 0xff]) {
      const longer = Buffer.concat([leaf.der, Uint8Array.of(octet)]);
      expect(() => parseCertificate(longer)).toThrow(/behind the value/);
    }
  });

  test('beyond 8 KiB is not read', async () => {
    const withFiller = (length: number) =>
      mintDer({ subject: 'leaf', issuer: 'root', extensions: [extension('1.2.3', new Uint8Array(length))] });
    expect(parseCertificate(await withFiller(7000)).subjectCn).toBe('leaf');
    expect(() => parseCertificate(new Uint8Array(8 * 1024 + 1))).toThrow(/8 KiB/);
    const large = await withFiller(8000);
    expect(() => parseCertificate(large)).toThrow(/8 KiB/);
  });

  test('has at most 32 extensions, with names of at most 32 octets', async () => {
    const named = (oids: readonly string[]) =>
      mintDer({
        subject: 'leaf',
        issuer: 'root',
        extensions: oids.map((oid) => extension(oid, derOf(integer(1)))),
      });
    const numbered = (count: number) => named(Array.from({ length: count }, (_, index) => `1.2.3.${index}`));
    expect(parseCertificate(await numbered(32)).extensions).toHaveLength(32);
    const surplus = await numbered(33);
    expect(() => parseCertificate(surplus)).toThrow(/more than 32 extensions/);
    const long = await named([`1.2${'.3'.repeat(31)}`]);
    expect(parseCertificate(long).extensions).toHaveLength(1);
    const longer = await named([`1.2${'.3'.repeat(32)}`]);
    expect(() => parseCertificate(longer)).toThrow(/absurd length/);
  });

  test('with a standard extension of more than 512 octets is not handed to the library', async () => {
    const withKeyId = (length: number) =>
      mintDer({
        subject: 'leaf',
        issuer: 'root',
        extensions: [extension('2.5.29.14', derOf(octets(new Uint8Array(length))))],
      });
    expect(parseCertificate(await withKeyId(495)).subjectKeyId).toHaveLength(990);
    const long = await withKeyId(496);
    expect(() => parseCertificate(long)).toThrow(/2\.5\.29\.14 is too long/);
  });

  test('with a curve of its own making is not read', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384', paramEncoding: 'explicit' });
    const spki = publicKey.export({ type: 'spki', format: 'der' });
    expect(() => createPublicKey({ key: spki, type: 'spki', format: 'der' })).not.toThrow();
    const own = withSpki(leaf.der, leaf.spki, spki);
    expect(() => parseCertificate(own)).toThrow(/parameters of its own/);
    expect(parseCertificate(withSpki(leaf.der, leaf.spki, leaf.spki)).sha256).toBe(leaf.sha256);
  });
});

describe('certificates that are refused', () => {
  const PSS = '06092a864886f70d01010a';
  const changes: [why: string, change: (der: Uint8Array) => Uint8Array][] = [
    ['another version', (der) => replaced(der, 'a003020102', 'a003020101')],
    [
      'a salt of 32 octets',
      (der) => replaced(replaced(der, 'a203020130', 'a203020120'), 'a203020130', 'a203020120'),
    ],
    ['a salt of 32 octets outside only', (der) => replaced(der, 'a203020130', 'a203020120', 'last')],
    ['a salt of 32 octets inside only', (der) => replaced(der, 'a203020130', 'a203020120')],
    ['SHA-256 as its hash', (der) => replaced(der, '608648016503040202', '608648016503040201', 'last')],
    ['another trailer', (der) => replaced(der, 'a303020101', 'a303020102', 'last')],
    ['PKCS #1 v1.5 in place of PSS', (der) => replaced(der, PSS, '06092a864886f70d01010c', 'last')],
    [
      'a signature with unused bits',
      (der) => replaced(der, '03820101 00'.replace(' ', ''), '0382010101', 'last'),
    ],
    ['a key that is none', (der) => replaced(der, '06052b81040022', '06052b81040099')],
    [
      'a month that is none',
      (der) => replaced(der, Buffer.from('260101').toString('hex'), Buffer.from('261301').toString('hex')),
    ],
  ];

  test.each(changes)('%s', async (_why, change) => {
    const der = await mintDer({ subject: 'leaf', issuer: 'root' });
    expect(parseCertificate(der).subjectCn).toBe('leaf');
    expect(() => parseCertificate(change(der))).toThrow(MalformedDer);
  });

  test('the two encodings of the algorithm mixed', () => {
    const der = Buffer.from(shippedDer('turin/ask.pem'));
    const trailer = Buffer.from('a303020101', 'hex');
    const at = der.lastIndexOf(trailer);
    const outer = der.lastIndexOf(Buffer.from('304606092a864886f70d01010a3039', 'hex'));
    const mixed = Buffer.concat([der.subarray(0, at), der.subarray(at + trailer.length)]);
    mixed.writeUInt16BE(mixed.length - 4, 2);
    mixed[outer + 1] = 0x41;
    mixed[outer + 14] = 0x34;
    expect(() => parseCertificate(mixed)).toThrow(/differs inside and outside/);
  });

  test.each([
    [
      'an extension that stands twice',
      [extension('1.2.3', Uint8Array.of(5, 0)), extension('1.2.3', Uint8Array.of(5, 0))],
    ],
    ['basicConstraints that are no sequence', [extension('2.5.29.19', derOf(integer(1)), true)]],
    ['basicConstraints with something behind', [extension('2.5.29.19', Uint8Array.of(0x30, 0, 0), true)]],
    ['a keyUsage that is no bit string', [extension('2.5.29.15', derOf(octets(Uint8Array.of(6))), true)]],
    ['no extension at all', []],
  ])('%s', async (_why, extensions) => {
    const der = await mintDer({ subject: 'leaf', issuer: 'root', extensions });
    expect(() => parseCertificate(der)).toThrow(MalformedDer);
  });

  test('the same extensions once are fine', async () => {
    const { authority } = await mint({
      subject: 'leaf',
      issuer: 'root',
      extensions: [constraints(false, null), usage(0x80), extension('1.2.3', Uint8Array.of(5, 0))],
    });
    expect(authority).toEqual({
      isAuthority: false,
      pathLength: null,
      mayCertify: false,
      maySignLists: false,
    });
  });
});

describe('certificates as they travel', () => {
  const ask = shippedDer('milan/ask.pem');
  const ark = shippedDer('milan/ark.pem');
  const text = (value: string): Uint8Array => Buffer.from(value, 'latin1');

  test('DER, one PEM block, several, either line ending', () => {
    expect(splitCertificates(ask)).toEqual([ask]);
    const digests = (blob: Uint8Array) => splitCertificates(blob).map(hexDigest);
    expect(digests(text(pemOf(ask)))).toEqual([hexDigest(ask)]);
    const both = [hexDigest(ask), hexDigest(ark)];
    expect(digests(text(pemOf(ask) + pemOf(ark)))).toEqual(both);
    expect(digests(text(`\n${pemOf(ask)}\n\n${pemOf(ark)}\n`.replaceAll('\n', '\r\n')))).toEqual(both);
  });

  const pem = pemOf(ask);
  test.each([
    ['nothing', ''],
    ['white space', ' \n'],
    ['a text', 'not a certificate'],
    ['a text in front', `subject=SEV-Milan\n${pem}`],
    ['a text behind', `${pem}trailer`],
    ['a text between', `${pem}and\n${pem}`],
    ['a private key', pem.replaceAll('CERTIFICATE', 'PRIVATE KEY')],
    ['a key beside it', pem + pem.replaceAll('CERTIFICATE', 'PRIVATE KEY')],
    ['an end of another kind', pem.replace('END CERTIFICATE', 'END X509 CRL')],
    ['no end', pem.replace(/-----END.*/, '')],
    ['a character that is not base64', pem.replace('MII', 'MI*')],
    ['a character too few', pem.replace('MII', 'MI')],
    ['padding in the middle', pem.replace('MIIG', 'MI==')],
    ['an empty block', '-----BEGIN CERTIFICATE-----\n\n-----END CERTIFICATE-----\n'],
    ['a zero behind', `${pem}\0`],
    ['seventeen certificates', pem.repeat(17)],
    ['more than there is room for', `${pem}${' '.repeat(400_000)}`],
  ])('%s is refused', (_what, blob) => {
    expect(() => splitCertificates(text(blob))).toThrow(MalformedDer);
  });

  test('sixteen certificates are as many as are read', () => {
    expect(splitCertificates(text(pem.repeat(16)))).toHaveLength(16);
  });
});
