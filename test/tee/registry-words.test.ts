/** Why bytes belong to no TEE, or not to the one that was named, in full. */
import { describe, expect, test } from '@jest/globals';
import { outcomeOf } from '../../src/rats/outcome.js';
import {
  inspectEvidence,
  parseEvidence,
  schemeOf,
  schemeRecognising,
  vendorFacts,
} from '../../src/tee/registry.js';
import { guestOf } from './snp/judged.js';

const BUILD = 'This build verifies: sev-snp, az-sev-snp, tdx.';
const text = (value: string): Uint8Array => new Uint8Array(Buffer.from(value));
const latin1 = (value: string): Uint8Array => new Uint8Array(Buffer.from(value, 'latin1'));
/** A report, made once. */
const snpReport = async (): Promise<Uint8Array> => (await guestOf()).evidence;
const UNKNOWN = Uint8Array.of(9, 9, 9);

/** As much of a quote as its header takes. */
function quote(): Uint8Array {
  const header = Buffer.alloc(632);
  header.writeUInt16LE(4, 0);
  header.writeUInt16LE(2, 2);
  header.writeUInt32LE(0x81, 4);
  return new Uint8Array(header);
}

const wrapped = (outblob: Uint8Array, provider?: string): Uint8Array =>
  text(JSON.stringify({ provider, outblob: Buffer.from(outblob).toString('base64') }));

async function wordsOf(type: string, bytes: Uint8Array): Promise<string> {
  const outcome = await outcomeOf(() => parseEvidence(type, bytes, []));
  return outcome.ok
    ? `accepted as ${outcome.value.tee}`
    : `${outcome.refusal.code}: ${outcome.refusal.detail}`;
}

const CMW =
  'The bytes are a conceptual message wrapper (CMW), which is not supported yet: send what is inside it';

describe('evidence of an unknown type is refused in words', () => {
  test.each<[string, string, (snp: Uint8Array) => Uint8Array, string]>([
    ['nothing', 'auto', () => new Uint8Array(), 'The bytes are none: the evidence is empty'],
    ['nothing, of a type', 'sev-snp', () => new Uint8Array(), 'The bytes are none: the evidence is empty'],
    ['of no form', 'auto', () => UNKNOWN, 'The bytes have no form of evidence that is known'],
    ['another name', 'sgx', (snp) => snp, 'The named type is not known'],
    ['a reserved name', 'az-tdx', (snp) => snp, 'Evidence of type az-tdx is not verified by this build'],
    ['another TEE', 'tdx', (snp) => snp, 'The bytes look like evidence of type sev-snp, and tdx was named'],
    [
      'without Azure’s envelope',
      'az-sev-snp',
      (snp) => snp,
      'The bytes are evidence of type sev-snp, and az-sev-snp was named',
    ],
    ['a record', 'auto', () => text(' \n["application/eat+jwt"]'), CMW],
    ['a record behind every white space', 'auto', () => latin1('\u00a0\v\f\r\n\t ["x"]'), CMW],
    ['a collection', 'auto', () => text('\t{"a":1,"__cmwc_t":"tag"}'), CMW],
    [
      'another provider',
      'auto',
      (snp) => wrapped(snp, 'arm_cca_guest'),
      'The report is of another provider than sev_guest and tdx_guest',
    ],
    [
      'another provider, nothing known',
      'sev-snp',
      () => wrapped(UNKNOWN, 'x'),
      'The report is of another provider than sev_guest and tdx_guest',
    ],
    [
      'a provider of another report',
      'auto',
      (snp) => wrapped(snp, 'tdx_guest'),
      'The report in the JSON looks like sev-snp, and its provider has tdx',
    ],
    [
      'a report of another type',
      'tdx',
      (snp) => wrapped(snp),
      'The report in the JSON is of type sev-snp, and tdx was named',
    ],
    [
      'a report of another provider',
      'tdx',
      () => wrapped(UNKNOWN, 'sev_guest'),
      'The report in the JSON is of type sev-snp, and tdx was named',
    ],
    [
      'a report of no form',
      'auto',
      () => wrapped(UNKNOWN),
      'The report in the JSON has no form of evidence that is known',
    ],
  ])('%s', async (_what, type, bytesOf, words) => {
    expect(await wordsOf(type, bytesOf(await snpReport()))).toBe(`evidence_type_unknown: ${words}. ${BUILD}`);
  });

  test('and what a type’s own form lacks is the type’s to say', async () => {
    expect(await wordsOf('sev-snp', text('x"__cmwc_t"'))).not.toContain('CMW');
    expect(await wordsOf('sev-snp', wrapped(UNKNOWN))).toContain('snp_report_malformed');
    expect(await wordsOf('auto', wrapped(UNKNOWN, 'sev_guest\n'))).toContain('snp_report_malformed');
    expect(await wordsOf('auto', wrapped(await snpReport(), 'sev_guest'))).toBe('accepted as sev-snp');
    expect(await wordsOf('tdx', UNKNOWN)).toContain('tdx_quote_');
  });
});

describe('the scheme of bytes', () => {
  test('is found by their form', async () => {
    const snp = await snpReport();
    expect([snp, quote(), UNKNOWN].map((bytes) => schemeRecognising(bytes)?.tee)).toEqual([
      'sev-snp',
      'tdx',
      undefined,
    ]);
    expect([schemeOf('auto', snp).tee, schemeOf('tdx', quote()).tee]).toEqual(['sev-snp', 'tdx']);
    expect(() => schemeOf('auto', UNKNOWN)).toThrow('no form of evidence that is known');
  });

  test('is looked for in what a view shows, and nowhere else', () => {
    const around = new Uint8Array(Buffer.from('[["a"]]'));
    expect(() => inspectEvidence('auto', around.subarray(2, 5))).toThrow('no form of evidence');
    expect(() => inspectEvidence('auto', around.subarray(1, 6))).toThrow('CMW');
  });
});

test('what policies are held against is of the instant, and knows both vendors', () => {
  const at = new Date('2026-11-20T12:00:00Z');
  const { processors, bulletins, xfam, ...rest } = vendorFacts(at);
  expect(rest).toEqual({ at });
  expect(processors.map(({ product }) => product)).toEqual(
    expect.arrayContaining(['Milan', 'Genoa', 'Turin']),
  );
  expect(bulletins.map(({ id }) => id)).toContain('AMD-SB-3027');
  expect(xfam.required).toEqual([0, 1]);
});
