/** What is said of a signed document that cannot be read, and the order of levels. */
import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../../src/rats/result.js';
import { MalformedCollateral } from '../../../src/tee/tdx/collateral.js';
import { readTcbInfo } from '../../../src/tee/tdx/tcb-info.js';
import {
  bytesOf,
  bytesOfJson,
  components,
  platformLevel,
  SIGNATURE,
  tcbInfoBytes,
  tcbInfoJson,
  tcbInfoOf,
} from './tcb-documents.js';

function told(bytes: Uint8Array): string | null {
  try {
    readTcbInfo(bytes);
    return null;
  } catch (error) {
    if (error instanceof MalformedCollateral) return error.message;
    throw error;
  }
}

const document = (changes: JsonObject) =>
  bytesOfJson({ tcbInfo: tcbInfoJson(), signature: SIGNATURE, ...changes });
const info = (changes: JsonObject) => tcbInfoBytes(tcbInfoJson(changes));

describe('a document', () => {
  test('of its form is read', () => {
    expect(told(document({}))).toBeNull();
  });

  test.each<[string | RegExp, Uint8Array]>([
    ['signature is not in lowercase', document({ signature: SIGNATURE.toUpperCase() })],
    [/^[^.]*[^.]$/u, bytesOf('{"tcbInfo":')],
    [/^document\b.*\bnews\b/u, document({ news: 1 })],
    [/^document\b.*\bsignature\b/u, bytesOfJson({ tcbInfo: tcbInfoJson() })],
    ['tcbInfo ends before it begins', info({ nextUpdate: '2025-06-19T10:16:03Z' })],
    [/\bissueDate\b/u, info({ issueDate: 'x2025-06-19T10:16:03Z' })],
    [/\bissueDate\b/u, info({ issueDate: '2025-06-19T10:16:03Z1' })],
    [/\btcbEvaluationDataNumber\b/u, info({ tcbEvaluationDataNumber: true })],
    ['tcbInfo.tcbLevels has two levels of one rank', info({ tcbLevels: [platformLevel(), platformLevel()] })],
  ])('is refused: %s (%#)', (words, bytes) => {
    const message = told(bytes);
    if (typeof words === 'string') expect(message).toBe(words);
    else expect(message).toMatch(words);
  });
});

describe('levels', () => {
  const ranks = (...sketches: Parameters<typeof platformLevel>[0][]) =>
    tcbInfoOf({ tcbLevels: sketches.map((sketch) => platformLevel(sketch)) }).levels.map(
      ({ sgxComponents, pceSvn, tdxComponents }) => `${sgxComponents[0]} ${pceSvn} ${tdxComponents[0]}`,
    );

  test('stand with the highest first, by SGX components, PCE and TDX components', () => {
    const [low, high] = [components(1), components(2)];
    expect(
      ranks(
        { sgx: low, pceSvn: 9, tdx: high },
        { sgx: high, pceSvn: 1, tdx: low },
        { sgx: low, pceSvn: 10, tdx: low },
        { sgx: high, pceSvn: 1, tdx: high },
      ),
    ).toEqual(['2 1 2', '2 1 1', '1 10 1', '1 9 2']);
  });

  test('of one rank are found wherever they stand', () => {
    const twice = { sgx: components(1) };
    const levels = [twice, { sgx: components(3) }, { sgx: components(2) }, twice].map(platformLevel);
    expect(told(info({ tcbLevels: levels }))).toBe('tcbInfo.tcbLevels has two levels of one rank');
  });
});
