import { createPublicKey } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { readKeyFile } from '../../src/pki/key-file.js';
import { RefusalError } from '../../src/rats/refusal.js';
import { makeTlsAuthority, makeTlsKey } from '../tls-authority.js';
import { mintRequest, pemOfRequest } from './miniature-request.js';

const key = makeTlsKey('P-384');
const { x } = createPublicKey(key).export({ format: 'jwk' });
const authority = await makeTlsAuthority();
const { cert } = await authority.issue('model.example', { key });
const request = mintRequest({ key });
const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
const derOf = (pem: string) => Buffer.from(pem.replace(/-----[^-]+-----|\s/gu, ''), 'base64');

test.each<[string, Uint8Array | string, boolean]>([
  ['a request in PEM', pemOfRequest(request), true],
  ['a request as OpenSSL labelled it of old', pemOfRequest(request, 'NEW CERTIFICATE REQUEST'), true],
  ['a request in PEM behind its text', `Certificate Request:\n    Data:\n${pemOfRequest(request)}`, true],
  ['a request in DER', request, true],
  ['a certificate in PEM, before its authority', cert + authority.ca, false],
  ['a certificate in DER', derOf(cert), false],
  ['a key in PEM', createPublicKey(key).export({ type: 'spki', format: 'pem' }), false],
  ['a key in DER', spki, false],
])('%s', (_name, content, isRequest) => {
  const read = readKeyFile(new Uint8Array(Buffer.from(content)));
  expect(read.publicJwk).toMatchObject({ crv: 'P-384', x });
  expect(read.request?.der).toEqual(isRequest ? new Uint8Array(request) : undefined);
});

test.each<[string, Uint8Array | string]>([
  ['a private key', key.export({ type: 'pkcs8', format: 'pem' })],
  ['a private key in DER', key.export({ type: 'pkcs8', format: 'der' })],
  ['nothing', ''],
  ['text', 'model.example'],
  ['a block that ends in another', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END PUBLIC KEY-----\n'],
  ['a certificate that is none', pemOfRequest(request, 'CERTIFICATE')],
  ['a certificate with bytes behind it', Buffer.concat([derOf(cert), Buffer.from([0])])],
  ['a certificate of an RSA key', (await authority.issue('model.example', { key: makeTlsKey('RSA') })).cert],
])('%s is refused', (_name, content) => {
  expect(() => readKeyFile(new Uint8Array(Buffer.from(content)))).toThrow(RefusalError);
});
