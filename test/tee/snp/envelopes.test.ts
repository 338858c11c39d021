import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { RefusalCode } from '../../../src/rats/refusal.js';
import { RefusalError } from '../../../src/rats/refusal.js';
import { claimsReportData, configfsJson, hclEnvelope } from '../../../src/simulator/envelope.js';
import { readCertificateTable } from '../../../src/tee/snp/certificate-table.js';
import { looksLikeSnp, unwrapEvidence } from '../../../src/tee/snp/envelope.js';
import { claimsBound } from '../../../src/tee/snp/hcl.js';

const REPORT = Uint8Array.from({ length: 1184 }, (_, index) =>
  index === 0 ? 3 : index < 4 ? 0 : index % 251,
);
const VCEK = '63da758de6644564adc5f4b93be8accd';
const ASK = '4ab7b379bbac4fe4a02f05aef327c782';
const CRL = '92f81bc358114d3d97ffd19f88dc67ea';
const OTHER = '00112233445566778899aabbccddeeff';
const ZERO = '0'.repeat(32);

const text = (value: string): Uint8Array => new Uint8Array(Buffer.from(value, 'utf8'));

function entry(guid: string, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(24);
  bytes.write(guid, 0, 'hex');
  bytes.writeUInt32LE(offset, 16);
  bytes.writeUInt32LE(length, 20);
  return bytes;
}

const table = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

function codeOf(act: () => unknown): RefusalCode | null {
  try {
    act();
    return null;
  } catch (error) {
    if (error instanceof RefusalError) return error.refusal.code;
    throw error;
  }
}

describe('the certificate table', () => {
  const blobs = text('leafask');
  const good = table(entry(VCEK, 72, 4), entry(ASK, 76, 3), entry(ZERO, 0, 0), blobs);

  test('gives the certificates and leaves lists and strangers alone', () => {
    expect(readCertificateTable(good)).toEqual([text('leaf'), text('ask')]);
    const mixed = table(entry(CRL, 96, 4), entry(OTHER, 96, 7), entry(ASK, 100, 3), entry(ZERO, 0, 0), blobs);
    expect(readCertificateTable(mixed)).toEqual([text('ask')]);
  });

  test('may be empty', () => {
    expect(readCertificateTable(new Uint8Array())).toEqual([]);
    expect(readCertificateTable(entry(ZERO, 0, 0))).toEqual([]);
  });

  test.each([
    ['an offset inside the header', table(entry(VCEK, 47, 4), entry(ZERO, 0, 0), blobs)],
    ['an offset behind the end', table(entry(VCEK, 56, 0), entry(ZERO, 0, 0), blobs)],
    ['a length past the end', table(entry(VCEK, 48, 8), entry(ZERO, 0, 0), blobs)],
    ['a sum that overflows 32 bits', table(entry(VCEK, 48, 0xffff_ffff), entry(ZERO, 0, 0), blobs)],
    ['an offset near 2^32', table(entry(VCEK, 0xffff_fff0, 32), entry(ZERO, 0, 0), blobs)],
    ['a stranger out of bounds', table(entry(OTHER, 48, 8), entry(ZERO, 0, 0), blobs)],
    ['a kind twice', table(entry(VCEK, 72, 4), entry(VCEK, 72, 4), entry(ZERO, 0, 0), blobs)],
    ['an empty certificate', table(entry(VCEK, 48, 0), entry(ZERO, 0, 0), blobs)],
    ['no end', table(entry(VCEK, 24, 4))],
    ['a zero entry with an offset', table(entry(VCEK, 48, 4), entry(ZERO, 1, 0), blobs)],
    ['less than an entry', new Uint8Array(23)],
    [
      '33 entries',
      table(...Array.from({ length: 33 }, () => entry(OTHER, 816, 1)), entry(ZERO, 0, 0), blobs),
    ],
  ])('with %s is malformed', (_what, bytes) => {
    expect(codeOf(() => readCertificateTable(bytes))).toBe('snp_cert_table_malformed');
  });

  test('larger than 64 KiB is too large', () => {
    expect(codeOf(() => readCertificateTable(new Uint8Array(65_537)))).toBe('evidence_too_large');
    expect(codeOf(() => readCertificateTable(new Uint8Array(65_536)))).toBeNull();
  });

  test('cut at every length it is refused or whole', () => {
    for (let length = 1; length < good.length; length += 1) {
      expect(codeOf(() => readCertificateTable(good.subarray(0, length)))).toBe('snp_cert_table_malformed');
    }
  });
});

describe('the HCL envelope', () => {
  const claims = text('{"keys":[],"user-data":"00"}');
  const envelope = hclEnvelope(REPORT, claims);
  const END = 0x4d4 + claims.length;

  test('gives report and claims as they lie', () => {
    const unwrapped = unwrapEvidence(envelope);
    expect(unwrapped.envelope).toBe('azure-hcl');
    expect(unwrapped.report).toEqual(REPORT);
    expect(unwrapped.runtimeClaims).toEqual({ bytes: claims, hashType: 1 });
  });

  test.each([1, 2])('header version %d is known', (version) => {
    const changed = Uint8Array.from(envelope);
    changed[4] = version;
    expect(codeOf(() => unwrapEvidence(changed))).toBeNull();
  });

  test.each([
    ['header version', 0x04, 3],
    ['report size', 0x08, 0],
    ['request type', 0x0c, 1],
    ['status', 0x10, 1],
    ['reserved bytes', 0x1f, 1],
    ['data size', 0x4c0, 0],
    ['data version', 0x4c4, 2],
    ['report type', 0x4c8, 3],
    ['hash type', 0x4cc, 4],
    ['claims length', 0x4d0, 1],
    ['claims length beyond the end', 0x4d3, 0x7f],
    ['the JSON', 0x4d4, 0x20],
    ['bytes behind the claims', END, 1],
    ['the last byte', envelope.length - 1, 1],
  ])('with another value of %s is malformed', (_what, offset, value) => {
    const changed = Uint8Array.from(envelope);
    changed[offset] = value;
    expect(codeOf(() => unwrapEvidence(changed))).toBe('vtpm_envelope_malformed');
  });

  test('around a TDX report is another TEE’s', () => {
    const changed = Uint8Array.from(envelope);
    changed[0x4c8] = 4;
    expect(codeOf(() => unwrapEvidence(changed))).toBe('evidence_type_unknown');
  });

  test('may end right behind its claims, and nowhere before', () => {
    expect(codeOf(() => unwrapEvidence(envelope.subarray(0, END)))).toBeNull();
    for (let length = 4; length < END; length += 1) {
      expect(codeOf(() => unwrapEvidence(envelope.subarray(0, length)))).toBe('vtpm_envelope_malformed');
    }
  });

  test('claims are bound by their exact bytes and the zeros behind the hash', () => {
    const reportData = claimsReportData(claims);
    expect(claimsBound({ bytes: claims, hashType: 1 }, reportData)).toBe(true);
    expect(claimsBound({ bytes: text('{"keys":[], "user-data":"00"}'), hashType: 1 }, reportData)).toBe(
      false,
    );
    expect(claimsBound({ bytes: claims, hashType: 2 }, reportData)).toBe(false);
    expect(
      claimsBound(
        { bytes: claims, hashType: 1 },
        reportData.map((byte, i) => (i === 63 ? 1 : byte)),
      ),
    ).toBe(false);
    const whole = new Uint8Array(createHash('sha512').update(claims).digest());
    expect(claimsBound({ bytes: claims, hashType: 3 }, whole)).toBe(true);
  });
});

describe('configfs-tsm JSON', () => {
  const blobs = table(entry(VCEK, 48, 4), entry(ZERO, 0, 0), text('leaf'));
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  const json = (members: object): Uint8Array => text(JSON.stringify(members));

  test.each([
    ['report and cert_table', configfsJson(REPORT, blobs)],
    [
      'outblob, auxblob and provider',
      json({ auxblob: base64(blobs), outblob: base64(REPORT), provider: 'sev_guest\n' }),
    ],
    [
      'white space around it',
      text(`\n ${JSON.stringify({ report: base64(REPORT), cert_table: base64(blobs) })}\n`),
    ],
  ])('%s', (_form, bytes) => {
    expect(unwrapEvidence(bytes)).toEqual({
      envelope: 'configfs-tsm',
      report: REPORT,
      certificates: [text('leaf')],
      runtimeClaims: null,
    });
  });

  test('the table may be missing or empty', () => {
    expect(unwrapEvidence(json({ outblob: base64(REPORT) })).certificates).toEqual([]);
    expect(unwrapEvidence(json({ outblob: base64(REPORT), auxblob: '' })).certificates).toEqual([]);
  });

  test.each<[RefusalCode, string, Uint8Array]>([
    ['evidence_type_unknown', 'no report', json({ provider: 'sev_guest' })],
    ['evidence_type_unknown', 'another provider', json({ provider: 'tdx_guest\n', outblob: 'AAAA' })],
    ['evidence_encoding_invalid', 'a provider that is no text', json({ provider: 1, outblob: 'AAAA' })],
    ['evidence_encoding_invalid', 'a report that is no text', json({ outblob: 7 })],
    ['evidence_encoding_invalid', 'a report that is no base64', json({ outblob: 'A*' })],
    ['evidence_encoding_invalid', 'a second document behind it', text('{"outblob":""} {}')],
    ['member_unknown', 'a member that nobody reads', json({ outblob: base64(REPORT), manifestblob: '' })],
    ['member_duplicate', 'both names of one thing', json({ outblob: 'AAAA', report: 'AAAA' })],
    ['member_duplicate', 'a member twice', text('{"outblob":"","outblob":""}')],
    ['evidence_too_large', 'more than a report and a table', text(`{"outblob":"${'A'.repeat(131_072)}"}`)],
  ])('%s: %s', (code, _what, bytes) => {
    expect(codeOf(() => unwrapEvidence(bytes))).toBe(code);
  });
});

describe('bare bytes', () => {
  test('1184 bytes are a report, more are a report and its table, fewer are judged later', () => {
    expect(unwrapEvidence(REPORT)).toMatchObject({ envelope: 'raw', report: REPORT, certificates: [] });
    expect(unwrapEvidence(table(REPORT, entry(ZERO, 0, 0)))).toMatchObject({
      envelope: 'extended',
      report: REPORT,
    });
    expect(unwrapEvidence(REPORT.subarray(0, 10))).toMatchObject({ envelope: 'raw' });
    expect(codeOf(() => unwrapEvidence(table(REPORT, new Uint8Array(1))))).toBe('snp_cert_table_malformed');
  });

  test('are recognised by length, version or magic', () => {
    expect(looksLikeSnp(REPORT)).toBe(true);
    expect(looksLikeSnp(REPORT.subarray(0, 100))).toBe(true);
    expect(looksLikeSnp(new Uint8Array(1184).fill(0xff))).toBe(true);
    expect(looksLikeSnp(text('HCLA'))).toBe(true);
    expect(looksLikeSnp(text('-----BEGIN CERTIFICATE-----'))).toBe(false);
    expect(looksLikeSnp(Uint8Array.of(2, 0, 0))).toBe(false);
    expect(looksLikeSnp(new Uint8Array())).toBe(false);
  });
});
