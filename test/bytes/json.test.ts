import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  JSON_MAX_DEPTH,
  JSON_MAX_VALUES,
  parseJson,
  parseJsonObject,
  sliceJsonObject,
} from '../../src/bytes/json.js';
import { type Refusal, RefusalError } from '../../src/rats/refusal.js';

const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'utf8');

function refusalOf(work: () => unknown): Refusal | null {
  try {
    work();
  } catch (error) {
    if (error instanceof RefusalError) return error.refusal;
    throw error;
  }
  return null;
}

const codeOf = (work: () => unknown): string => refusalOf(work)?.code ?? 'accepted';

describe('strict JSON', () => {
  test('agrees with JSON.parse on every JSON document without repeated members', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(parseJson(bytesOf(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  test.each([
    ['{"a":1,"a":2}', 'member_duplicate'],
    ['{"a":1,"\\u0061":2}', 'member_duplicate'],
    ['{"x":{"b":1,"c":2,"b":3}}', 'member_duplicate'],
    ['', 'evidence_encoding_invalid'],
    ['{', 'evidence_encoding_invalid'],
    ['{"a":1,}', 'evidence_encoding_invalid'],
    ['[1,]', 'evidence_encoding_invalid'],
    ['{a:1}', 'evidence_encoding_invalid'],
    ["{'a':1}", 'evidence_encoding_invalid'],
    ['{"a" 1}', 'evidence_encoding_invalid'],
    ['01', 'evidence_encoding_invalid'],
    ['+1', 'evidence_encoding_invalid'],
    ['1.', 'evidence_encoding_invalid'],
    ['1e999', 'evidence_encoding_invalid'],
    ['NaN', 'evidence_encoding_invalid'],
    ['"a\nb"', 'evidence_encoding_invalid'],
    ['"\\x41"', 'evidence_encoding_invalid'],
    ['"\\u123"', 'evidence_encoding_invalid'],
    ['"\\u12g4"', 'evidence_encoding_invalid'],
    ['"\\ud800"', 'evidence_encoding_invalid'],
    ['{} {}', 'evidence_encoding_invalid'],
    ['\ufeff{}', 'evidence_encoding_invalid'],
    ['// c\n{}', 'evidence_encoding_invalid'],
    ['nullx', 'evidence_encoding_invalid'],
  ])('%j is refused with %s', (text, code) => {
    expect(codeOf(() => parseJson(bytesOf(text)))).toBe(code);
  });

  test.each([
    ['{"a":1} x', 'at offset 8 there is something after the document.'],
    ['{ a:1}', 'at offset 2 a member name is expected.'],
    ['{"a" 1}', 'at offset 5 a colon is expected.'],
    ['{"a":1;', 'at offset 6 a comma or the end of the object is expected.'],
    ['[1 2]', 'at offset 3 a comma or the end of the array is expected.'],
    ['["a]', 'at offset 1 a string is not well formed.'],
    ['["\\udc00"]', 'at offset 9 a string holds half of a surrogate pair.'],
    ['[-]', 'at offset 1 a value is expected.'],
    ['[1e999]', 'at offset 6 a number is out of range.'],
  ])('the refusal of %j says where and what', (text, detail) => {
    expect(refusalOf(() => parseJson(bytesOf(text)))).toMatchObject({
      code: 'evidence_encoding_invalid',
      stage: 'parse',
      detail: `Not valid JSON: ${detail}`,
    });
  });

  test('the refusal of a repeated member says where, and the offset is a fact', () => {
    expect(refusalOf(() => parseJson(bytesOf('{"a":1,"a":2}')))).toMatchObject({
      code: 'member_duplicate',
      stage: 'parse',
      detail: 'The JSON repeats a member name before offset 10.',
      facts: { offset: 10 },
    });
  });

  test('as many values as allowed are read, and not one more', () => {
    const list = (values: number): Uint8Array =>
      bytesOf(
        `[${Array(values - 1)
          .fill('0')
          .join()}]`,
      );
    expect(parseJson(list(JSON_MAX_VALUES))).toHaveLength(JSON_MAX_VALUES - 1);
    expect(refusalOf(() => parseJson(list(JSON_MAX_VALUES + 1)))).toMatchObject({
      code: 'evidence_too_large',
      stage: 'parse',
      detail: 'The JSON has more than 16384 values.',
    });
  });

  test('bytes that are not UTF-8 are refused', () => {
    expect(refusalOf(() => parseJson(Uint8Array.of(0x22, 0xc3, 0x28, 0x22)))).toMatchObject({
      code: 'evidence_encoding_invalid',
      stage: 'parse',
      detail: 'The JSON document is not well-formed UTF-8.',
    });
  });

  test('depth is bounded, and the bound itself is allowed', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(codeOf(() => parseJson(bytesOf(nested(JSON_MAX_DEPTH))))).toBe('accepted');
    expect(refusalOf(() => parseJson(bytesOf(nested(JSON_MAX_DEPTH + 1))))).toMatchObject({
      code: 'json_too_deep',
      stage: 'parse',
      detail: 'The JSON nests deeper than 32 levels.',
    });
    expect(codeOf(() => parseJson(bytesOf('{"a":'.repeat(100_000))))).toBe('json_too_deep');
  });

  test('a member called __proto__ is an ordinary own member', () => {
    const value = parseJsonObject(bytesOf('{"__proto__":{"admin":true}}'));
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect('admin' in value).toBe(false);
  });

  test('where an object is asked for, nothing else will do', () => {
    for (const text of ['[]', 'null', '"a"', '1']) {
      expect(refusalOf(() => parseJsonObject(bytesOf(text)))).toMatchObject({
        code: 'evidence_encoding_invalid',
        stage: 'parse',
        detail: 'The JSON document must be an object.',
      });
    }
  });

  test('never throws anything but a refusal', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        codeOf(() => parseJson(bytes));
      }),
    );
  });
});

describe('slices of the members of a JSON object', () => {
  const slicesOf = (bytes: Uint8Array): Record<string, string> =>
    Object.fromEntries(
      [...sliceJsonObject(bytes).slices].map(([name, slice]) => [name, Buffer.from(slice).toString('utf8')]),
    );

  test('are the values as received, first byte to last, and nothing around them', () => {
    const text = ' {\n"a" :\t{ "b" : [1 ,2] } ,"c": 1.50e1\r\n,"d":"\\u0041 ", "e":null,"f":[ ] } ';
    expect(slicesOf(bytesOf(text))).toEqual({
      a: '{ "b" : [1 ,2] }',
      c: '1.50e1',
      d: '"\\u0041 "',
      e: 'null',
      f: '[ ]',
    });
  });

  test('are of the outermost members alone, even of names that stand inside again', () => {
    const text = '{"x":{"signature":"inner","y":{"x":1}},"signature":"outer","z":[{"x":2}]}';
    expect(slicesOf(bytesOf(text))).toEqual({
      x: '{"signature":"inner","y":{"x":1}}',
      signature: '"outer"',
      z: '[{"x":2}]',
    });
  });

  test('are counted in bytes, behind characters of two, three and four', () => {
    const text = '{"é€😀":"é€😀","b":{"ö":"𝄞"},"c":0}';
    expect(slicesOf(bytesOf(text))).toEqual({ 'é€😀': '"é€😀"', b: '{"ö":"𝄞"}', c: '0' });
  });

  test('are views on the bytes, also when those are a view themselves', () => {
    const bytes = bytesOf('xx{"a":[1]}').subarray(2);
    const slice = sliceJsonObject(bytes).slices.get('a');
    expect(slice?.buffer).toBe(bytes.buffer);
    expect(slice?.byteOffset).toBe(bytes.byteOffset + 5);
    expect(slice).toHaveLength(3);
  });

  test('come with the same object as without, and each parses to its member', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(0, 2), (members, indent) => {
        const bytes = bytesOf(JSON.stringify(members, null, indent));
        const { value, slices } = sliceJsonObject(bytes);
        expect(value).toEqual(parseJsonObject(bytes));
        expect([...slices.keys()].sort()).toEqual(Object.keys(value).sort());
        for (const [name, slice] of slices) expect(parseJson(slice)).toEqual(value[name]);
      }),
    );
  });

  test('are refused where the object is', () => {
    for (const text of ['[]', '[{"a":1}]', 'null', '{"a":1,"a":1}', '{"a":1']) {
      expect(codeOf(() => sliceJsonObject(bytesOf(text)))).toBe(codeOf(() => parseJsonObject(bytesOf(text))));
      expect(codeOf(() => sliceJsonObject(bytesOf(text)))).not.toBe('accepted');
    }
  });
});
