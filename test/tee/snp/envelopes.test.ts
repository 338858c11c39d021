import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { type Refusal, type RefusalCode, RefusalError } from '../../../src/rats/refusal.js';
import { claimsReportData, hclEnvelope } from '../../../src/simulator/amd/envelope.js';
import { readCertificateTable } from '../../../src/tee/snp/certificate-table.js';
import { looksLikeSnp, unwrapEvidence, unwrapTsm } from '../../../src/tee/snp/envelope.js';
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

function refusalOf(act: () => unknown): Refusal | null {
  try {
    act();
    return null;
  } catch (error) {
    if (error instanceof RefusalError) return error.refusal;
    throw error;
  }
}

const codeOf = (act: () => unknown): RefusalCode | null => refusalOf(act)?.code ?? null;

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

  const OUTSIDE = 'entry 0 lies outside the table of 55 bytes';
  test.each<[string, Uint8Array, string]>([
    ['an offset inside the header', table(entry(VCEK, 47, 4), entry(ZERO, 0, 0), blobs), OUTSIDE],
    ['an offset behind the end', table(entry(VCEK, 56, 0), entry(ZERO, 0, 0), blobs), OUTSIDE],
    ['a length past the end', table(entry(VCEK, 48, 8), entry(ZERO, 0, 0), blobs), OUTSIDE],
    ['a sum that overflows 32 bits', table(entry(VCEK, 48, 0xffff_ffff), entry(ZERO, 0, 0), blobs), OUTSIDE],
    ['an offset near 2^32', table(entry(VCEK, 0xffff_fff0, 32), entry(ZERO, 0, 0), blobs), OUTSIDE],
    ['a stranger out of bounds', table(entry(OTHER, 48, 8), entry(ZERO, 0, 0), blobs), OUTSIDE],
    [
      'a kind twice',
      table(entry(VCEK, 72, 4), entry(VCEK, 72, 4), entry(ZERO, 0, 0), blobs),
      'it has more than one entry for the VCEK',
    ],
    [
      'a kind twice that is not read',
      table(entry(CRL, 72, 4), entry(CRL, 72, 4), entry(ZERO, 0, 0), blobs),
      'it has more than one entry for the CRL',
    ],
    [
      'an empty certificate',
      table(entry(VCEK, 48, 0), entry(ZERO, 0, 0), blobs),
      'its entry for the VCEK is empty',
    ],
    ['no end', table(entry(VCEK, 24, 4)), 'no zero entry closes it'],
    [
      'a zero entry with an offset',
      table(entry(VCEK, 48, 4), entry(ZERO, 1, 0), blobs),
      'its closing entry is not zero',
    ],
    [
      'a zero entry with a length',
      table(entry(VCEK, 48, 4), entry(ZERO, 0, 1), blobs),
      'its closing entry is not zero',
    ],
    ['less than an entry', new Uint8Array(23), 'no zero entry closes it'],
    [
      '33 entries',
      table(...Array.from({ length: 33 }, () => entry(OTHER, 816, 1)), entry(ZERO, 0, 0), blobs),
      'it has more than 32 entries',
    ],
  ])('with %s is malformed', (_what, bytes, says) => {
    expect(refusalOf(() => readCertificateTable(bytes))).toMatchObject({
      code: 'snp_cert_table_malformed',
      stage: 'parse',
      detail: `The certificate table cannot be read: ${says}.`,
    });
  });

  test('says of each kind that it knows what it is', () => {
    const known = [
      [VCEK, 'VCEK', true],
      ['a8074bc2a25a483eaae639c045a0b8a1', 'VLEK', true],
      [ASK, 'ASK', true],
      ['c0b406a4a803495297433fb6014cd0ae', 'ARK', true],
      [CRL, 'CRL', false],
      ['ecae0c0f950243b1afa20ae2e0d565b6', 'platform information', false],
      ['9f4116cdc5034f5a8f6ffb68882f4ce2', 'launch endorsement', false],
    ] as const;
    for (const [guid, name, certificate] of known) {
      const one = table(entry(guid, 48, 4), entry(ZERO, 0, 0), blobs);
      expect([name, readCertificateTable(one)]).toEqual([name, certificate ? [text('leaf')] : []]);
      const twice = table(entry(guid, 72, 4), entry(guid, 72, 4), entry(ZERO, 0, 0), blobs);
      expect(refusalOf(() => readCertificateTable(twice))?.detail).toContain(
        `more than one entry for the ${name}.`,
      );
    }
  });

  test('may have 32 entries, and one that ends with the table', () => {
    const many = Array.from({ length: 32 }, () => entry(OTHER, 792, 0));
    expect(readCertificateTable(table(...many, entry(ZERO, 0, 0)))).toEqual([]);
    expect(readCertificateTable(table(entry(CRL, 55, 0), entry(ZERO, 0, 0), blobs))).toEqual([]);
    expect(readCertificateTable(table(entry(VCEK, 48, 7), entry(ZERO, 0, 0), blobs))).toEqual([blobs]);
  });

  test('larger than 64 KiB is too large', () => {
    expect(refusalOf(() => readCertificateTable(new Uint8Array(65_537)))).toMatchObject({
      code: 'evidence_too_large',
      stage: 'parse',
      detail: 'The certificate table has 65537 bytes; at most 65536 are read.',
    });
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

  const CONTRADICTION = 'its sizes contradict one another';
  test.each<[string, number, number, string]>([
    ['header version', 0x04, 3, 'its header version is 3'],
    ['report size', 0x08, 0, CONTRADICTION],
    ['request type', 0x0c, 1, 'its request type is 1, not 2'],
    ['status', 0x10, 1, 'it reports status 1'],
    ['reserved bytes', 0x1f, 1, 'reserved bytes of its header are not zero'],
    ['data size', 0x4c0, 0, CONTRADICTION],
    ['data version', 0x4c4, 2, 'the version of its request data is 2'],
    ['report type', 0x4c8, 3, 'its report type is 3, not 2 (SEV-SNP)'],
    ['hash type', 0x4cc, 4, 'its hash type is 4'],
    ['claims length', 0x4d0, 1, CONTRADICTION],
    [
      'claims length beyond the end',
      0x4d3,
      0x7f,
      `it announces ${0x7f00_0000 + claims.length} bytes of runtime claims and has room for ${envelope.length - 0x4d4}`,
    ],
    [
      'the JSON',
      0x4d4,
      0x20,
      'its runtime claims are not good JSON (Not valid JSON: at offset 7 there is something after the document.)',
    ],
    ['bytes behind the claims', END, 1, 'bytes behind the runtime claims are not zero'],
    ['the last byte', envelope.length - 1, 1, 'bytes behind the runtime claims are not zero'],
  ])('with another value of %s is malformed', (_what, offset, value, says) => {
    const changed = Uint8Array.from(envelope);
    changed[offset] = value;
    expect(refusalOf(() => unwrapEvidence(changed))).toMatchObject({
      code: 'vtpm_envelope_malformed',
      stage: 'parse',
      detail: `The HCL envelope cannot be read: ${says}.`,
    });
  });

  test('beyond its largest size is not read', () => {
    const large = new Uint8Array(65_537);
    large.set(envelope);
    expect(refusalOf(() => unwrapEvidence(large))).toMatchObject({
      code: 'evidence_too_large',
      stage: 'parse',
      detail: 'The envelope has 65537 bytes; at most 65536 are read.',
    });
    expect(codeOf(() => unwrapEvidence(large.subarray(0, 65_536)))).toBeNull();
  });

  test('around a TDX report is another TEE’s', () => {
    const changed = Uint8Array.from(envelope);
    changed[0x4c8] = 4;
    expect(refusalOf(() => unwrapEvidence(changed))).toMatchObject({
      code: 'evidence_type_unknown',
      stage: 'parse',
      detail:
        'The envelope is around an Intel TDREPORT, which only the machine that made it can check. Send the quote that Azure’s /acc/tdquote makes of it.',
    });
  });

  test('may end right behind its claims, and nowhere before', () => {
    expect(codeOf(() => unwrapEvidence(envelope.subarray(0, END)))).toBeNull();
    expect(refusalOf(() => unwrapEvidence(envelope.subarray(0, 100)))?.detail).toBe(
      'The HCL envelope cannot be read: it has 100 bytes, fewer than its headers and a report.',
    );
    expect(claimsBound({ bytes: claims, hashType: 4 }, claimsReportData(claims))).toBe(false);
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

describe('configfs-tsm', () => {
  const blobs = table(entry(VCEK, 48, 4), entry(ZERO, 0, 0), text('leaf'));

  test('auxblob is the certificate table', () => {
    expect(unwrapTsm({ provider: 'sev_guest', outblob: REPORT, auxblob: blobs })).toEqual({
      envelope: 'configfs-tsm',
      report: REPORT,
      certificates: [text('leaf')],
      runtimeClaims: null,
    });
  });

  test('the table may be empty, and may be broken', () => {
    const bare = { provider: null, outblob: REPORT, auxblob: new Uint8Array() };
    expect(unwrapTsm(bare).certificates).toEqual([]);
    expect(codeOf(() => unwrapTsm({ ...bare, auxblob: new Uint8Array(1) }))).toBe('snp_cert_table_malformed');
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
