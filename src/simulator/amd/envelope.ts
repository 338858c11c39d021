/** The forms in which a report travels: bare, with a certificate table, Azure's HCL envelope, configfs-tsm. */
import { createHash, createPublicKey, generateKeyPair, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';

/** Certificates beside a report, DER; null: not sent. */
export interface TravellingCertificates {
  readonly kind: 'VCEK' | 'VLEK';
  readonly leaf: Uint8Array | null;
  readonly ca: Uint8Array;
  readonly ark: Uint8Array;
}

const GUIDS = {
  VCEK: '63da758d-e664-4564-adc5-f4b93be8accd',
  VLEK: 'a8074bc2-a25a-483e-aae6-39c045a0b8a1',
  ca: '4ab7b379-bbac-4fe4-a02f-05aef327c782',
  ark: 'c0b406a4-a803-4952-9743-3fb6014cd0ae',
} as const;

const ENTRY_LENGTH = 24;

/** The table of 56421: 24-byte entries (GUID in text order, u32 offset, u32 length), a zero entry, the blobs. */
export function certificateTable(certificates: TravellingCertificates): Uint8Array {
  const entries: [string, Uint8Array][] = [
    [GUIDS.ark, certificates.ark],
    [GUIDS.ca, certificates.ca],
    ...(certificates.leaf === null
      ? []
      : [[GUIDS[certificates.kind], certificates.leaf] satisfies [string, Uint8Array]]),
  ];
  const header = Buffer.alloc((entries.length + 1) * ENTRY_LENGTH);
  let offset = header.length;
  for (const [index, [guid, blob]] of entries.entries()) {
    const entry = header.subarray(index * ENTRY_LENGTH, (index + 1) * ENTRY_LENGTH);
    entry.write(guid.replaceAll('-', ''), 0, 'hex');
    entry.writeUInt32LE(offset, 16);
    entry.writeUInt32LE(blob.length, 20);
    offset += blob.length;
  }
  return new Uint8Array(Buffer.concat([header, ...entries.map(([, blob]) => blob)]));
}

/** Report and table, as SNP_GET_EXT_REPORT hands them out. */
export function extendedReport(report: Uint8Array, table: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.concat([report, table]));
}

/** The configfs-tsm files in one JSON object: `report` and `cert_table`, standard base64. */
export function configfsJson(report: Uint8Array, table: Uint8Array): Uint8Array {
  const text = JSON.stringify({
    report: Buffer.from(report).toString('base64'),
    cert_table: Buffer.from(table).toString('base64'),
  });
  return new Uint8Array(Buffer.from(text, 'utf8'));
}

/**
 * Azure's runtime claims: the vTPM's attestation key, the machine's configuration, and the caller's 64 bytes
 * as `user-data`. UTF-8 JSON.
 */
export async function runtimeClaims(userData: Uint8Array): Promise<Uint8Array> {
  const { publicKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const { n, e } = createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })).export({
    format: 'jwk',
  });
  const claims = {
    keys: [{ kid: 'HCLAkPub', key_ops: ['sign'], kty: 'RSA', e, n }],
    'vm-configuration': {
      'console-enabled': false,
      'secure-boot': true,
      'tpm-enabled': true,
      vmUniqueId: randomUUID().toUpperCase(),
    },
    'user-data': Buffer.from(userData).toString('hex').toUpperCase(),
  };
  return new Uint8Array(Buffer.from(JSON.stringify(claims), 'utf8'));
}

/** What REPORT_DATA holds under Azure's paravisor: SHA-256 over the claims, then 32 zero bytes. */
export function claimsReportData(claims: Uint8Array): Uint8Array {
  const reportData = new Uint8Array(64);
  reportData.set(createHash('sha256').update(claims).digest());
  return reportData;
}

const HCL_HEADER = 32;
const HCL_DATA_HEADER = 20;
/** Size of the vTPM NV index in current machines; the rest is zero. */
const HCL_LENGTH = 2600;

/** The envelope of NV index 0x01400001, version 2, report type 2 (SNP), hash type 1 (SHA-256). */
export function hclEnvelope(report: Uint8Array, claims: Uint8Array): Uint8Array {
  const end = HCL_HEADER + report.length;
  const dataSize = HCL_DATA_HEADER + claims.length;
  const envelope = Buffer.alloc(Math.max(HCL_LENGTH, end + dataSize));
  envelope.write('HCLA', 0, 'ascii');
  envelope.writeUInt32LE(2, 0x04);
  envelope.writeUInt32LE(end + dataSize, 0x08);
  envelope.writeUInt32LE(2, 0x0c);
  envelope.set(report, HCL_HEADER);
  for (const [index, word] of [dataSize, 1, 2, 1, claims.length].entries()) {
    envelope.writeUInt32LE(word, end + 4 * index);
  }
  envelope.set(claims, end + HCL_DATA_HEADER);
  return new Uint8Array(envelope);
}
