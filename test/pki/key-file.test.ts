import { createPublicKey } from 'node:crypto';
import { beforeAll, expect, test } from '@jest/globals';
import { readKeyFile } from '../../src/pki/key-file.js';
import { RefusalError } from '../../src/rats/refusal.js';
import {
  type Asn1,
  bits,
  derOf,
  integer,
  oid,
  sequence,
  setOf,
  time,
  utf8,
} from '../../src/simulator/asn1.js';
import { makeTlsAuthority, makeTlsKey, type TlsAuthority } from '../tls-authority.js';
import { mintRequest, pemOfRequest } from './miniature-request.js';

const key = makeTlsKey('P-384');
const { x } = createPublicKey(key).export({ format: 'jwk' });
const request = mintRequest({ key });
const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
const spkiPem = String(createPublicKey(key).export({ type: 'spki', format: 'pem' }));
/** OpenSSL writes the name of the curve before a key. */
const PARAMETERS = '-----BEGIN EC PARAMETERS-----\nBgUrgQQAIg==\n-----END EC PARAMETERS-----\n';
let authority: TlsAuthority;
/** For `key`, and for a key of a kind that nothing here takes. */
let cert: string;
let rsaCert: string;

beforeAll(async () => {
  authority = await makeTlsAuthority();
  ({ cert } = await authority.issue('model.example', { key }));
  ({ cert: rsaCert } = await authority.issue('model.example', { key: makeTlsKey('RSA') }));
});

const bytesOfPem = (pem: string) => Buffer.from(pem.replace(/-----[^-]+-----|\s/gu, ''), 'base64');

test.each<[string, () => Uint8Array | string, boolean]>([
  ['a request in PEM', () => pemOfRequest(request), true],
  ['a request as OpenSSL labelled it of old', () => pemOfRequest(request, 'NEW CERTIFICATE REQUEST'), true],
  [
    'a request in PEM behind its text',
    () => `Certificate Request:\n    Data:\n${pemOfRequest(request)}`,
    true,
  ],
  ['a request in DER', () => request, true],
  ['a certificate in PEM, before its authority', () => cert + authority.ca, false],
  ['a certificate in DER', () => bytesOfPem(cert), false],
  ['a certificate whose lines end in blanks', () => cert.replaceAll('\n', ' \t\r\n') + authority.ca, false],
  ['a key behind the parameters of its curve', () => `${PARAMETERS}${spkiPem}`, false],
  ['a key in PEM', () => spkiPem, false],
  ['a key in DER', () => spki, false],
])('%s', (_name, content, isRequest) => {
  const read = readKeyFile(new Uint8Array(Buffer.from(content())));
  expect(read.publicJwk).toMatchObject({ crv: 'P-384', x });
  expect(read.request?.der).toEqual(isRequest ? new Uint8Array(request) : undefined);
});

test.each<[string, () => Uint8Array | string]>([
  ['a private key', () => key.export({ type: 'pkcs8', format: 'pem' })],
  ['a private key in DER', () => key.export({ type: 'pkcs8', format: 'der' })],
  ['nothing', () => ''],
  ['text', () => 'model.example'],
  ['a block that ends in another', () => '-----BEGIN CERTIFICATE-----\nAAAA\n-----END PUBLIC KEY-----\n'],
  ['a certificate that is none', () => pemOfRequest(request, 'CERTIFICATE')],
  ['a certificate with bytes behind it', () => Buffer.concat([bytesOfPem(cert), Buffer.from([0])])],
  ['a certificate of an RSA key', () => rsaCert],
])('%s is refused', (_name, content) => {
  expect(() => readKeyFile(new Uint8Array(Buffer.from(content())))).toThrow(RefusalError);
});

/** A leaf as OpenSSL or a careless hand leaves it, whose authority follows: a key of somebody else. */
test.each<[string, () => string, string]>([
  [
    'is trusted by OpenSSL',
    () => cert.replaceAll(' CERT', ' TRUSTED CERT'),
    'is labelled TRUSTED CERTIFICATE',
  ],
  ['is labelled as of old', () => cert.replaceAll(' CERT', ' X509 CERT'), 'is labelled X509 CERTIFICATE'],
  [
    'is its private key',
    () => String(key.export({ type: 'pkcs8', format: 'pem' })),
    'is labelled PRIVATE KEY',
  ],
  ['has a label in small letters', () => cert.replaceAll(' CERTIFICATE', ' certificate'), 'is not whole'],
  ['has a letter of no alphabet', () => cert.replace('MII', 'MI*'), 'is not whole'],
  ['has a blank within a line', () => cert.replace('MII', 'MI I'), 'is not whole'],
  ['has no end', () => cert.replace(/-----END.*\n/u, ''), 'is not whole'],
  ['has an end that is too short', () => cert.replace(/-\n$/u, '\n'), 'is not whole'],
  ['is commented out by half', () => `# ${cert}`, 'is not whole'],
  ['is behind a byte order mark', () => `\ufeff${cert}`, 'is not whole'],
  ['lacks a letter', () => cert.replace('MII', 'MI'), 'does not decode'],
])('a chain whose leaf %s is refused in words', (_name, leaf, words) => {
  const read = () => readKeyFile(new Uint8Array(Buffer.from(leaf() + authority.ca)));
  expect(read).toThrow(words);
});

/** A certificate of the first version, without extensions. */
function certificateFor(algorithm: Asn1, point: Uint8Array): Uint8Array {
  const ecdsa = sequence(oid('1.2.840.10045.4.3.2'));
  const name = sequence(setOf(sequence(oid('2.5.4.3'), utf8('model.example'))));
  const validity = sequence(time(new Date('2026-01-01')), time(new Date('2027-01-01')));
  const facts = sequence(integer(1), ecdsa, name, validity, name, sequence(algorithm, bits(point)));
  return derOf(sequence(facts, ecdsa, bits(new Uint8Array(64))));
}

test('a certificate whose key is the point at infinity is refused', () => {
  const p384 = sequence(oid('1.2.840.10045.2.1'), oid('1.3.132.0.34'));
  expect(() => readKeyFile(certificateFor(p384, Uint8Array.of(0)))).toThrow(RefusalError);
  expect(readKeyFile(certificateFor(p384, new Uint8Array(spki.subarray(-97)))).publicJwk).toMatchObject({
    x,
  });
});
