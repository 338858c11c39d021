import { beforeAll, describe, expect, test } from '@jest/globals';
import { outcomeOf } from '../../../src/rats/outcome.js';
import type { SimulatedTd } from '../../../src/simulator/index.js';
import { parseEvidence } from '../../../src/tee/registry.js';
import { looksLikeTdx, unwrapEvidence, unwrapTsm } from '../../../src/tee/tdx/envelope.js';
import { concatenated, present, refusalOf, tdOf, textBytes } from './judged.js';
import { sketchHeader, sketchQuote, VENDOR } from './sample-quote.js';

let td: SimulatedTd;
let base64: string;
beforeAll(async () => {
  td = await tdOf();
  base64 = Buffer.from(td.quote).toString('base64');
});

/** Type and envelope, or code and words of the refusal. */
async function answer(bytes: Uint8Array, type = 'auto'): Promise<readonly [string, string]> {
  const outcome = await outcomeOf(() => parseEvidence(type, bytes, []));
  if (!outcome.ok) return [outcome.refusal.code, outcome.refusal.detail];
  return [outcome.value.tee, outcome.value.envelope];
}
const json = (members: object): Uint8Array => textBytes(JSON.stringify(members));

describe('a quote', () => {
  test.each([
    ['version 4', {}],
    ['version 5', { version: 5 }],
    ['version 3, which the parser refuses', { version: 3 }],
    ['key type 3', { keyType: 3 }],
    ['another vendor', { vendor: new Uint8Array(16) }],
    ['another TEE type', { teeType: 0 }],
    ['version 6', { version: 6 }],
  ])('is known by its header: %s', (_what, sketch) => {
    expect(looksLikeTdx(sketchQuote(sketch))).toBe(true);
  });

  test.each([
    ['version 6 and another vendor', { version: 6, vendor: new Uint8Array(16) }],
    ['key type 0 and another vendor', { keyType: 0, vendor: new Uint8Array(16) }],
    ['an SGX quote of another vendor', { version: 3, teeType: 0, vendor: new Uint8Array(16) }],
  ])('is not: %s', (_what, sketch) => {
    expect(looksLikeTdx(sketchQuote(sketch))).toBe(false);
  });

  test('is known by its first twelve bytes, and cut there it is malformed', async () => {
    const header = sketchHeader();
    expect(looksLikeTdx(Uint8Array.from(header.subarray(0, 12)))).toBe(true);
    expect(looksLikeTdx(Uint8Array.from(header.subarray(0, 11)))).toBe(false);
    expect((await answer(Uint8Array.from(header.subarray(0, 12))))[0]).toBe('tdx_quote_malformed');
    // By vendor only where the whole header is there.
    const odd = Uint8Array.from(sketchHeader({ version: 6 }));
    expect([looksLikeTdx(odd), looksLikeTdx(odd.subarray(0, 47))]).toEqual([true, false]);
    expect(VENDOR).toHaveLength(16);
  });

  test('has no envelope of its own: everything goes to the parser, padding too', async () => {
    const padded = concatenated(td.quote, new Uint8Array(70));
    expect(unwrapEvidence(padded)).toEqual({
      envelope: 'raw',
      report: padded,
      certificates: [],
      runtimeClaims: null,
    });
    expect(await answer(padded)).toEqual(['tdx', 'raw']);
    expect(await answer(padded, 'tdx')).toEqual(['tdx', 'raw']);
  });
});

describe('configfs-tsm', () => {
  test.each<readonly [string, (quote: string) => object]>([
    ['as the kernel writes it', (outblob) => ({ provider: 'tdx_guest\n', outblob })],
    ['without the line feed', (outblob) => ({ provider: 'tdx_guest', outblob })],
    ['without a provider', (outblob) => ({ outblob })],
    ['by the short name', (report) => ({ report })],
    ['with an empty auxblob', (outblob) => ({ provider: 'tdx_guest\n', outblob, auxblob: '' })],
  ])('%s', async (_what, members) => {
    expect(await answer(json(members(base64)))).toEqual(['tdx', 'configfs-tsm']);
    expect(await answer(json(members(base64)), 'tdx')).toEqual(['tdx', 'configfs-tsm']);
  });

  test('may be padded inside', async () => {
    const padded = Buffer.from(concatenated(td.quote, new Uint8Array(70))).toString('base64');
    expect(await answer(json({ outblob: padded }))).toEqual(['tdx', 'configfs-tsm']);
  });

  test('has nothing beside the quote, in words', async () => {
    for (const members of [
      { provider: 'tdx_guest\n', outblob: base64, auxblob: 'AA==' },
      { outblob: base64, cert_table: base64 },
    ]) {
      expect(await answer(json(members))).toEqual([
        'member_unknown',
        expect.stringMatching(/TDX guest has no "auxblob".*two guests/),
      ]);
    }
    const refused = refusalOf(() =>
      unwrapTsm({ provider: null, outblob: td.quote, auxblob: present(td.pckChain[0]) }),
    );
    expect(refused?.stage).toBe('parse');
  });

  test('of another provider is another TEE’s', async () => {
    expect((await answer(json({ provider: 'sev_guest', outblob: base64 })))[0]).not.toBe('tdx');
    expect((await answer(json({ provider: 'arm_cca_guest', outblob: base64 })))[0]).toBe(
      'evidence_type_unknown',
    );
    expect((await answer(json({ provider: 'sev_guest', outblob: base64 }), 'tdx'))[0]).toBe(
      'evidence_type_unknown',
    );
    expect((await answer(json({ outblob: base64 }), 'sev-snp'))[0]).toBe('evidence_type_unknown');
  });

  test.each<readonly [string, (quote: string) => string, string]>([
    ['base64 that is none', (quote) => `{"outblob":"*${quote}"}`, 'evidence_encoding_invalid'],
    ['a number', () => '{"outblob":5}', 'evidence_encoding_invalid'],
    ['no report', () => '{"provider":"tdx_guest"}', 'evidence_type_unknown'],
    ['both names', (quote) => `{"outblob":"${quote}","report":"${quote}"}`, 'member_duplicate'],
    ['one name twice', (quote) => `{"outblob":"${quote}","outblob":"${quote}"}`, 'member_duplicate'],
    ['a stranger', (quote) => `{"outblob":"${quote}","generation":1}`, 'member_unknown'],
    ['an empty report', () => '{"provider":"tdx_guest","outblob":""}', 'tdx_quote_malformed'],
  ])('with %s is refused', async (_what, text, code) => {
    expect((await answer(textBytes(text(base64))))[0]).toBe(code);
  });
});
