import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { JSON_MAX_DEPTH, parseJson, parseJsonObject } from '../../src/bytes/json.js';
import { RefusalError } from '../../src/rats/refusal.js';

const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'utf8');

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof RefusalError) return error.refusal.code;
    throw error;
  }
  return 'accepted';
}

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
    ['"\\ud800"', 'evidence_encoding_invalid'],
    ['{} {}', 'evidence_encoding_invalid'],
    ['\ufeff{}', 'evidence_encoding_invalid'],
    ['// c\n{}', 'evidence_encoding_invalid'],
    ['nullx', 'evidence_encoding_invalid'],
  ])('%j is refused with %s', (text, code) => {
    expect(codeOf(() => parseJson(bytesOf(text)))).toBe(code);
  });

  test('bytes that are not UTF-8 are refused', () => {
    expect(codeOf(() => parseJson(Uint8Array.of(0x22, 0xc3, 0x28, 0x22)))).toBe('evidence_encoding_invalid');
  });

  test('depth is bounded, and the bound itself is allowed', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(codeOf(() => parseJson(bytesOf(nested(JSON_MAX_DEPTH))))).toBe('accepted');
    expect(codeOf(() => parseJson(bytesOf(nested(JSON_MAX_DEPTH + 1))))).toBe('json_too_deep');
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
      expect(codeOf(() => parseJsonObject(bytesOf(text)))).toBe('evidence_encoding_invalid');
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
