import { beforeAll, describe, expect, test } from '@jest/globals';
import { splitCertificates } from '../../src/pki/bundle.js';
import { MalformedDer } from '../../src/pki/der.js';
import { pemOf } from '../../src/simulator/certificate.js';
import { mintEcDer } from './miniature-ec.js';

/** 196,608 bytes: what sixteen certificates of 8 KiB take in PEM. */
const LONGEST = 16 * 8192 * 1.5;
const EMPTY = '-----BEGIN CERTIFICATE-----\n\n-----END CERTIFICATE-----\n';
const text = (value: string): Uint8Array => Buffer.from(value, 'latin1');

let der: Uint8Array;
let pem: string;
beforeAll(async () => {
  der = await mintEcDer({ subject: 'leaf', issuer: 'leaf' });
  pem = pemOf(der);
});

describe('certificates as they travel', () => {
  test.each<[string, () => string, string]>([
    ['nothing', () => '', 'neither DER nor PEM'],
    ['white space', () => ' \n\t', 'neither DER nor PEM'],
    ['a text', () => 'not a certificate', 'neither DER nor PEM'],
    ['a text in front', () => `subject ${pem}`, 'neither DER nor PEM'],
    ['a text behind', () => `${pem}trailer`, 'not a PEM certificate'],
    ['an empty block', () => EMPTY, 'not a PEM certificate'],
    ['an empty block behind', () => pem + EMPTY, 'not a PEM certificate'],
    ['line ends of their own', () => pem.replaceAll('\n', '\r'), 'not a PEM certificate'],
    [
      'base64url, which takes no padding',
      () => '-----BEGIN CERTIFICATE-----\nMIIBAA\n-----END CERTIFICATE-----\n',
      'not a PEM certificate',
    ],
    [
      'base64 that ends too early',
      () => pem.replace(/.=*\n-----END/u, '\n-----END'),
      'not a PEM certificate',
    ],
    ['seventeen', () => pem.repeat(17), 'more than 16 certificates'],
    ['more than is read', () => `${pem}${' '.repeat(LONGEST)}`, 'too many certificates, or too large ones'],
  ])('are refused: %s', (_what, blob, says) => {
    expect(() => splitCertificates(text(blob()))).toThrow(new MalformedDer(says));
  });

  test('are read with whatever space around them, up to as many bytes as are read', () => {
    expect(splitCertificates(text(' '.repeat(LONGEST - pem.length) + pem))).toEqual([der]);
    expect(splitCertificates(text(`\r\n\t ${pem}\n \t${pem}\r\n`))).toEqual([der, der]);
    expect(splitCertificates(text(pem.replaceAll('\n', '\r\n')))).toEqual([der]);
    expect(splitCertificates(text(pem.repeat(16)))).toHaveLength(16);
  });

  test('are handed on unread when they begin as DER does', () => {
    const long = new Uint8Array(LONGEST);
    long[0] = 0x30;
    expect(splitCertificates(long)).toEqual([long]);
  });
});
