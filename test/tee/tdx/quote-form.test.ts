import { describe, expect, test } from '@jest/globals';
import type { RefusalCode } from '../../../src/rats/refusal.js';
import { readQuote, readQuoteForDisplay } from '../../../src/tee/tdx/quote.js';
import { signatureFormChecks } from '../../../src/tee/tdx/quote-form.js';
import { concatenated, refusalOf } from './judged.js';
import { answerTo, bytesOfHex, type QuoteSketch, sketchQuote, VENDOR } from './sample-quote.js';

describe('header_swap_matrix_fails', () => {
  test('version 3 is SGX’s', () => {
    const [code, words] = answerTo(sketchQuote({ version: 3 }));
    expect([code, words]).toEqual([
      'tdx_quote_version_unsupported',
      expect.stringMatching(/version is 3.*SGX/),
    ]);
  });

  test.each([0, 1, 2, 6, 0x0104, 0x0400, 0xffff])('version %i is none of this build’s', (version) => {
    const [code, words] = answerTo(sketchQuote({ version }));
    expect([code, words]).toEqual([
      'tdx_quote_version_unsupported',
      expect.stringContaining(`version is ${version}, not 4 or 5`),
    ]);
    expect(refusalOf(() => readQuoteForDisplay(sketchQuote({ version })))?.code).toBe(code);
  });

  test('evidence in CBOR is named where its bytes pass for a version', () => {
    const tagged = concatenated(bytesOfHex('da63545258'), new Uint8Array(9000));
    expect(answerTo(tagged)).toEqual(['tdx_quote_version_unsupported', expect.stringContaining('CBOR')]);
  });

  test.each([
    [0, '0x0 (SGX)'],
    [0x80, '0x80'],
    [0x82, '0x82'],
    [0x0181, '0x181'],
    [0x8100_0000, '0x81000000'],
  ])('TEE type %i is not TDX’s', (teeType, named) => {
    for (const version of [4, 5]) {
      expect(answerTo(sketchQuote({ version, teeType }))).toEqual([
        'tdx_tee_type_mismatch',
        expect.stringContaining(`TEE type ${named}, not 0x81`),
      ]);
    }
  });

  test('the body of an SGX enclave is not a TD’s, under TDX’s TEE type', () => {
    expect(answerTo(sketchQuote({ version: 5, bodyType: 1 }))).toEqual([
      'tdx_tee_type_mismatch',
      expect.stringContaining('SGX enclave report'),
    ]);
    expect(answerTo(sketchQuote({ version: 5, bodyType: 2, teeType: 0 }))[0]).toBe('tdx_tee_type_mismatch');
  });

  test.each([0, 5, 6, 0x0200, 0x0300, 0xffff])('body type %i is unknown', (bodyType) => {
    expect(answerTo(sketchQuote({ version: 5, bodyType }))).toEqual([
      'tdx_quote_version_unsupported',
      expect.stringContaining(`body type is ${bodyType}, not 2 or 3`),
    ]);
  });

  test('body type 4 is shown and not verified, in words of its own', () => {
    const extended = sketchQuote({ version: 5, bodyType: 4 });
    expect(answerTo(extended)).toEqual([
      'tdx_quote_version_unsupported',
      expect.stringMatching(/extended TD report \(type 4\).*does not verify until a genuine one is known/),
    ]);
    const shown = readQuoteForDisplay(extended);
    expect([shown.report.bodyType, shown.signed.length]).toEqual([4, 54 + 885]);
  });

  test('a quote under the other version is none', () => {
    for (const [version, body] of [
      [4, new Uint8Array(648)],
      [4, new Uint8Array(590)],
      [5, new Uint8Array(584)],
    ] as const) {
      expect(answerTo(sketchQuote({ version, body }))[0]).toBe('tdx_quote_malformed');
    }
    const [four, five] = [sketchQuote(), sketchQuote({ version: 5 })];
    four.set([5], 0);
    five.set([4], 0);
    expect(answerTo(four)[0]).not.toBe('read');
    expect(answerTo(five)[0]).not.toBe('read');
  });

  test('the reserved bytes of the header mean nothing', () => {
    const other = sketchQuote();
    other.set([0xff, 0xff, 0xff, 0xff], 8);
    expect(answerTo(other)[0]).toBe('read');
  });
});

describe('what is read and refused later', () => {
  const failures = (sketch: QuoteSketch): readonly (readonly [RefusalCode, string | null])[] =>
    signatureFormChecks(readQuote(sketchQuote(sketch))).flatMap(({ id, outcome, observed }) =>
      outcome === 'fail' ? [[id, observed] as const] : [],
    );
  const notRun = (sketch: QuoteSketch): RefusalCode[] =>
    signatureFormChecks(readQuote(sketchQuote(sketch))).flatMap(({ id, outcome }) =>
      outcome === 'not_run' ? [id] : [],
    );

  test('nothing of the usual form', () => {
    expect([failures({}), notRun({})]).toEqual([[], []]);
  });

  test.each([0, 1, 3, 0x0200])('key type %i: its signature data have another form', (keyType) => {
    expect(readQuote(sketchQuote({ keyType })).signature).toBeNull();
    expect(failures({ keyType })).toEqual([['tdx_key_type_unsupported', String(keyType)]]);
    expect(notRun({ keyType })).toEqual(['tdx_cert_data_unsupported']);
    // Even the sizes inside are nobody's business then.
    expect(readQuote(sketchQuote({ keyType, outerSize: 1 })).signature).toBeNull();
    expect(answerTo(sketchQuote({ keyType, signatureSize: 9999 }))[0]).toBe('tdx_quote_malformed');
  });

  test('qe_vendor_id_other_fails, whichever of its bytes is another', () => {
    for (let at = 0; at < 16; at += 1) {
      const vendor = VENDOR.map((byte, index) => (index === at ? byte ^ 1 : byte));
      expect(failures({ vendor }).map(([id]) => id)).toEqual(['tdx_qe_vendor_unknown']);
    }
    expect(failures({ vendor: new Uint8Array(16) })).toEqual([['tdx_qe_vendor_unknown', '00'.repeat(16)]]);
  });

  test.each([0, 1, 2, 3, 4, 5, 7, 0x0600])('outer certification data of type %i', (outerType) => {
    expect(failures({ outerType })).toEqual([['tdx_cert_data_unsupported', `type ${outerType}`]]);
    // Nobody knows what is inside.
    expect(failures({ outerType, innerSize: 1, qeAuthSize: 2000 })).toHaveLength(1);
    expect(answerTo(sketchQuote({ outerType, outerSize: 1 }))[0]).toBe('tdx_quote_malformed');
  });

  test.each([0, 1, 2, 3, 4, 6, 7, 0x0500])('inner certification data of type %i', (innerType) => {
    expect(failures({ innerType })).toEqual([
      ['tdx_cert_data_unsupported', `type 6 with type ${innerType} inside`],
    ]);
    expect(answerTo(sketchQuote({ innerType, innerSize: 1 }))[0]).toBe('tdx_quote_malformed');
  });

  test('several at once are all told', () => {
    expect(failures({ keyType: 3, vendor: new Uint8Array(16) }).map(([id]) => id)).toEqual([
      'tdx_key_type_unsupported',
      'tdx_qe_vendor_unknown',
    ]);
  });
});
