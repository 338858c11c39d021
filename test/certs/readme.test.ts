import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { sha256Hex } from '../../src/bytes/digest.js';
import { parseCertificate, splitCertificates } from '../../src/pki/certificate.js';
import { PINNED_ARKS } from '../../src/tee/snp/pins.js';
import { PINNED_INTEL_ROOT_KEY } from '../../src/tee/tdx/pins.js';

const CERTS = new URL('../../../certs/', import.meta.url);
const README = readFileSync(new URL('README.md', CERTS), 'utf8');

/** `file`, subject, serial, `digest` of each row of the digest table. */
const ROW = /^\| `([^`]+)` \| ([^|]+) \| ([0-9a-f]+) \| `([0-9a-f]{64})` \| (\S.*) \|$/gm;
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
    expect(rows).toHaveLength(10);
  });

  test.each(rows)('has the digest of $file', ({ file, subject, serial, digest, sources }) => {
    const [der, ...more] = splitCertificates(readFileSync(new URL(file, CERTS)));
    expect(more).toEqual([]);
    const certificate = parseCertificate(der ?? new Uint8Array());
    expect(certificate.sha256).toBe(digest);
    expect(certificate.subjectCn).toBe(subject);
    expect(certificate.serialNumberHex).toBe(serial);
    expect(sources).toContain(file.startsWith('intel/') ? 'go-tdx-guest, dcap-qvl' : 'go-sev-guest');
  });

  test('agrees with the pins about the roots', () => {
    for (const [product, pin] of Object.entries(PINNED_ARKS)) {
      expect(rows.find(({ file }) => file === `amd/${product.toLowerCase()}/ark.pem`)?.digest).toBe(pin);
    }
  });

  test('agrees with the pin about Intel’s root key', () => {
    const [der] = splitCertificates(readFileSync(new URL('intel/sgx-root-ca.pem', CERTS)));
    const { spki } = parseCertificate(der ?? new Uint8Array());
    expect(sha256Hex(spki)).toBe(PINNED_INTEL_ROOT_KEY);
    expect(README).toContain(PINNED_INTEL_ROOT_KEY);
  });
});
