import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parseCertificate, splitCertificates } from '../../src/pki/certificate.js';
import { PINNED_ARKS } from '../../src/tee/snp/pins.js';

const CERTS = new URL('../../../certs/', import.meta.url);
const README = readFileSync(new URL('README.md', CERTS), 'utf8');

/** `file`, subject, serial, `digest` of each row of the digest table. */
const ROW = /^\| `([^`]+)` \| (\S+) \| ([0-9a-f]+) \| `([0-9a-f]{64})` \| (\S.*) \|$/gm;
const rows = [...README.matchAll(ROW)].map(
  ([, file = '', subject = '', serial = '', digest = '', sources = '']) => ({
    file,
    subject,
    serial,
    digest,
    sources,
  }),
);

describe('certs/README.md', () => {
  test('lists every file, and no other', () => {
    const files = readdirSync(CERTS, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.pem'),
    );
    expect(rows.map(({ file }) => file).sort()).toEqual(files.sort());
    expect(rows).toHaveLength(9);
  });

  test.each(rows)('has the digest of $file', ({ file, subject, serial, digest, sources }) => {
    const [der, ...more] = splitCertificates(readFileSync(new URL(file, CERTS)));
    expect(more).toEqual([]);
    const certificate = parseCertificate(der ?? new Uint8Array());
    expect(certificate.sha256).toBe(digest);
    expect(certificate.subjectCn).toBe(subject);
    expect(certificate.serialNumberHex).toBe(serial);
    expect(sources).toContain('go-sev-guest');
  });

  test('agrees with the pins about the roots', () => {
    for (const [product, pin] of Object.entries(PINNED_ARKS)) {
      expect(rows.find(({ file }) => file === `amd/${product.toLowerCase()}/ark.pem`)?.digest).toBe(pin);
    }
  });
});
