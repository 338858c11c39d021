/** Tables of bulletins that differ from the shipped one. */
import type { JsonObject, JsonValue } from '../../../src/rats/result.js';
import document from '../../../src/tee/snp/bulletins.json' with { type: 'json' };

/** The shipped table as if it were of another revision, with other members where given. */
export function tableAs(revision: string, changes: JsonObject = {}): Uint8Array {
  return encoded({ ...document, revision, ...changes });
}

export function encoded(value: object): Uint8Array {
  return new Uint8Array(Buffer.from(JSON.stringify(value), 'utf8'));
}

/** The shipped table's bulletins and one more, which asks for SNP at such a level of every processor. */
export function withFloor(id: string, snp: string): readonly JsonValue[] {
  const row = { cpuid: Object.keys(document.processors), state: 'active', confidence: 'A', floor: { snp } };
  const bulletin = {
    id,
    subject: 'A test',
    cves: [],
    published: '2026-11-02',
    source: 'a test',
    rows: [row],
  };
  return [...(document.bulletins as unknown as readonly JsonValue[]), bulletin];
}
