import { describe, expect, test } from '@jest/globals';
import { outcomeOf } from '../../src/rats/outcome.js';
import type { GuestEnvelope } from '../../src/simulator/index.js';
import { inspectEvidence, parseEvidence, SCHEMES } from '../../src/tee/registry.js';
import { guestOf } from './snp/judged.js';

const text = (value: string): Uint8Array => new Uint8Array(Buffer.from(value));

async function answer(type: string, bytes: Uint8Array): Promise<readonly [code: string, detail: string]> {
  const outcome = await outcomeOf(() => parseEvidence(type, bytes, []));
  return outcome.ok
    ? [outcome.value.tee, outcome.value.envelope]
    : [outcome.refusal.code, outcome.refusal.detail];
}

/** A quote's first 48 bytes: version, key type 2, TEE type. */
function quoteHeader(version: number, teeType: number): Uint8Array {
  const header = Buffer.alloc(632);
  header.writeUInt16LE(version, 0);
  header.writeUInt16LE(2, 2);
  header.writeUInt32LE(teeType, 4);
  return new Uint8Array(header);
}

describe('which TEE', () => {
  test.each<[GuestEnvelope, string]>([
    ['raw', 'sev-snp'],
    ['extended', 'sev-snp'],
    ['configfs-tsm', 'sev-snp'],
    ['azure-hcl', 'az-sev-snp'],
  ])('%s is recognised as %s, and by that name', async (envelope, tee) => {
    const { evidence } = await guestOf({ envelope });
    expect(await answer('auto', evidence)).toEqual([tee, envelope]);
    expect(await answer(tee, evidence)).toEqual([tee, envelope]);
    expect(inspectEvidence('auto', evidence)).toMatchObject({ tee, envelope, decoded: { version: 5 } });
    const other = tee === 'sev-snp' ? 'az-sev-snp' : 'sev-snp';
    expect((await answer(other, evidence))[0]).toBe('evidence_type_unknown');
    expect(() => inspectEvidence(other, evidence)).toThrow(/evidence_type_unknown/);
  });

  test('a quote is TDX’s by its header, whatever else is wrong with it', async () => {
    // Of version 5 the header is followed by a body type, which is no known one here.
    for (const [version, objection] of [
      [4, 'tdx_quote_malformed'],
      [5, 'tdx_quote_version_unsupported'],
    ] as const) {
      for (const type of ['auto', 'tdx']) {
        expect((await answer(type, quoteHeader(version, 0x81)))[0]).toBe(objection);
      }
      const [code, detail] = await answer('sev-snp', quoteHeader(version, 0x81));
      expect([code, detail]).toEqual(['evidence_type_unknown', expect.stringContaining('of type tdx')]);
    }
    expect((await answer('auto', quoteHeader(3, 0x81)))[0]).toBe('tdx_quote_version_unsupported');
    expect((await answer('auto', quoteHeader(3, 0)))[0]).toBe('evidence_type_unknown');
  });

  test('what is one TEE’s is refused under the other’s name', async () => {
    const { evidence } = await guestOf();
    const [code, detail] = await answer('tdx', evidence);
    expect([code, detail]).toEqual(['evidence_type_unknown', expect.stringContaining('of type sev-snp')]);
    const wrapped = (provider: string): Uint8Array =>
      text(JSON.stringify({ provider, outblob: Buffer.from(evidence).toString('base64') }));
    expect(await answer('auto', wrapped('sev_guest'))).toEqual(['sev-snp', 'configfs-tsm']);
    expect((await answer('tdx', wrapped('sev_guest')))[0]).toBe('evidence_type_unknown');
    expect((await answer('auto', wrapped('arm_cca_guest')))[0]).toBe('evidence_type_unknown');
    // The kernel's word and the report's form may not disagree.
    expect((await answer('auto', wrapped('tdx_guest')))[0]).toBe('evidence_type_unknown');
  });

  test('az-tdx is reserved, and refused in words', async () => {
    const { evidence } = await guestOf();
    expect(await answer('az-tdx', evidence)).toEqual([
      'evidence_type_unknown',
      expect.stringContaining('not verified by this build'),
    ]);
  });

  test.each([
    ['a record', '["application/eat+jwt","AAAA"]'],
    ['a collection', '{"__cmwc_t":"tag:example.com,2026:x","snp":["application/x","AAAA"]}'],
  ])('a conceptual message wrapper is refused in words: %s', async (_form, json) => {
    const [code, detail] = await answer('auto', text(json));
    expect([code, detail]).toEqual(['evidence_type_unknown', expect.stringContaining('CMW')]);
  });

  test.each([
    ['nothing', new Uint8Array()],
    ['text', text('-----BEGIN CERTIFICATE-----')],
    ['three bytes', Uint8Array.of(5, 0, 0)],
  ])('%s is no evidence', async (_what, bytes) => {
    expect((await answer('auto', bytes))[0]).toBe('evidence_type_unknown');
  });

  test('an unknown name is refused, whatever the bytes are', async () => {
    const { evidence } = await guestOf();
    for (const type of ['', 'sgx', 'SEV-SNP', 'constructor']) {
      expect((await answer(type, evidence))[0]).toBe('evidence_type_unknown');
    }
  });

  test('a truncated report is a malformed one', async () => {
    const { evidence } = await guestOf();
    for (const type of ['auto', 'sev-snp']) {
      expect((await answer(type, evidence.subarray(0, 1183)))[0]).toBe('snp_report_malformed');
    }
  });

  test('every wire name belongs to one scheme', () => {
    const names = SCHEMES.flatMap(({ types }) => types);
    expect(new Set(names).size).toBe(names.length);
    for (const scheme of SCHEMES) expect(scheme.types).toContain(scheme.tee);
  });
});
