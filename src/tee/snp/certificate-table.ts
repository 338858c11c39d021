/**
 * The certificate table behind an extended report (AMD 56421, section 4.1.8.1): 24-byte entries of GUID in
 * text order, u32 offset and u32 length, closed by a zero entry, then the blobs. Nobody signs it: it is a hint,
 * and every certificate in it is verified like one from anywhere else.
 */
import { allZero, hexOf } from '../../bytes/encoding.js';
import { Reader } from '../../bytes/reader.js';
import { refuse } from '../../rats/refusal.js';
import { refuseSize } from '../../rats/shared-refusals.js';

const ENTRY_LENGTH = 24;
const MAX_ENTRIES = 32;
const MAX_LENGTH = 64 * 1024;

/** What an entry of each GUID is for: certificates are handed on, the rest is bounds-checked and left alone. */
const CONTENTS: Readonly<Record<string, { readonly name: string; readonly certificate: boolean }>> = {
  '63da758de6644564adc5f4b93be8accd': { name: 'VCEK', certificate: true },
  a8074bc2a25a483eaae639c045a0b8a1: { name: 'VLEK', certificate: true },
  '4ab7b379bbac4fe4a02f05aef327c782': { name: 'ASK', certificate: true },
  c0b406a4a803495297433fb6014cd0ae: { name: 'ARK', certificate: true },
  // A list from the attester would let it choose how old its revocation data is.
  '92f81bc358114d3d97ffd19f88dc67ea': { name: 'CRL', certificate: false },
  ecae0c0f950243b1afa20ae2e0d565b6: { name: 'platform information', certificate: false },
  '9f4116cdc5034f5a8f6ffb68882f4ce2': { name: 'launch endorsement', certificate: false },
};

interface Entry {
  readonly guid: string;
  readonly offset: number;
  readonly length: number;
}

/**
 * The certificates of a table, each DER or PEM as it was found. An empty table has none. Refuses with
 * `evidence_too_large` or `snp_cert_table_malformed`.
 */
export function readCertificateTable(table: Uint8Array): Uint8Array[] {
  if (table.length > MAX_LENGTH) {
    refuseSize('parse', `The certificate table has ${table.length} bytes; at most ${MAX_LENGTH} are read.`);
  }
  if (table.length === 0) return [];
  const entries = readEntries(table);
  const headerLength = (entries.length + 1) * ENTRY_LENGTH;
  const seen = new Set<string>();
  const certificates: Uint8Array[] = [];
  for (const [index, { guid, offset, length }] of entries.entries()) {
    if (offset < headerLength || offset > table.length || length > table.length - offset) {
      malformed(`entry ${index} lies outside the table of ${table.length} bytes`);
    }
    const content = CONTENTS[guid];
    if (content === undefined) continue;
    if (seen.has(guid)) malformed(`it has more than one entry for the ${content.name}`);
    seen.add(guid);
    if (!content.certificate) continue;
    if (length === 0) malformed(`its entry for the ${content.name} is empty`);
    certificates.push(table.subarray(offset, offset + length));
  }
  return certificates;
}

function readEntries(table: Uint8Array): Entry[] {
  const reader = new Reader(table);
  const entries: Entry[] = [];
  while (reader.remaining >= ENTRY_LENGTH) {
    const guid = reader.take(16);
    const entry = { guid: hexOf(guid), offset: reader.u32le(), length: reader.u32le() };
    if (allZero(guid)) {
      if (entry.offset !== 0 || entry.length !== 0) malformed('its closing entry is not zero');
      return entries;
    }
    if (entries.push(entry) > MAX_ENTRIES) malformed(`it has more than ${MAX_ENTRIES} entries`);
  }
  return malformed('no zero entry closes it');
}

function malformed(what: string): never {
  refuse('snp_cert_table_malformed', 'parse', `The certificate table cannot be read: ${what}.`);
}
