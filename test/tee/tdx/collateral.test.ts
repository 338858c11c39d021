import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hexOf } from '../../../src/bytes/encoding.js';
import type { JsonValue } from '../../../src/rats/result.js';
import { MAX_DOCUMENT_LENGTH, MalformedCollateral } from '../../../src/tee/tdx/collateral.js';
import { readQeIdentity } from '../../../src/tee/tdx/qe-identity.js';
import { readTcbInfo } from '../../../src/tee/tdx/tcb-info.js';
import {
  asTcbInfo,
  bytesOf,
  bytesOfJson,
  changed,
  type Path,
  qeIdentityJson,
  SIGNATURE,
  tcbInfoBytes,
  tcbInfoJson,
} from './tcb-documents.js';

const INFO = tcbInfoJson();

/** The two readers share their outer form; both are asked. */
const READERS = [
  ['tcbInfo', INFO, readTcbInfo],
  ['enclaveIdentity', qeIdentityJson(), readQeIdentity],
] as const;

describe.each(READERS)('the outer object of %s', (member, inner, read) => {
  const document: JsonValue = { [member]: inner, signature: SIGNATURE };

  test('gives the signature and the exact bytes under it', () => {
    const text = JSON.stringify(inner, null, 1).replace('"id"', '"\\u0069d"');
    const { document: signed } = read(
      bytesOf(` {\n"signature" :"${SIGNATURE}",\t"${member}": ${text}\r\n}\n`),
    );
    expect(Buffer.from(signed.tbs).toString('utf8')).toBe(text);
    expect(hexOf(signed.signature)).toBe(SIGNATURE);
  });

  test('keeps what it gives when the caller’s bytes change', () => {
    const bytes = bytesOfJson(document);
    const { document: signed } = read(bytes);
    bytes.fill(0);
    expect(JSON.parse(Buffer.from(signed.tbs).toString('utf8'))).toEqual(inner);
  });

  test.each<[string, Path, JsonValue | undefined]>([
    ['no signature', ['signature'], undefined],
    ['a signature of 63 bytes', ['signature'], SIGNATURE.slice(2)],
    ['a signature of 65 bytes', ['signature'], `${SIGNATURE}00`],
    ['a signature that is not hex', ['signature'], `${SIGNATURE.slice(2)}zz`],
    ['a signature that is a number', ['signature'], 1],
    ['no inner object', [member], undefined],
    ['null inside', [member], null],
    ['a list inside', [member], [inner]],
    ['a string inside', [member], JSON.stringify(inner)],
    ['a third member', ['note'], 'x'],
    ['a third member whose name cannot be printed', ['\n'], 'x'],
    ['a member called __proto__', ['__proto__'], {}],
    ['the signature inside as well', [member, 'signature'], SIGNATURE],
    ['no id', [member, 'id'], undefined],
    ['an id that is a number', [member, 'id'], 1],
    ['an id with a space', [member, 'id'], 'TDX 1'],
    ['no version', [member, 'version'], undefined],
    ['a version in words', [member, 'version'], '3'],
    ['a broken version', [member, 'version'], 2.5],
    ['no issueDate', [member, 'issueDate'], undefined],
    ['no nextUpdate', [member, 'nextUpdate'], undefined],
    ['an issueDate that is a number', [member, 'issueDate'], 1750328163],
    ['a day without time', [member, 'issueDate'], '2025-06-19'],
    ['a time without zone', [member, 'issueDate'], '2025-06-19T10:16:03'],
    ['an offset', [member, 'issueDate'], '2025-06-19T10:16:03+00:00'],
    ['a fraction', [member, 'issueDate'], '2025-06-19T10:16:03.5Z'],
    ['a small t', [member, 'issueDate'], '2025-06-19t10:16:03Z'],
    ['the 31st of June', [member, 'issueDate'], '2025-06-31T10:16:03Z'],
    ['the 29th of February 2025', [member, 'issueDate'], '2025-02-29T10:16:03Z'],
    ['the thirteenth month', [member, 'issueDate'], '2025-13-01T10:16:03Z'],
    ['the 25th hour', [member, 'issueDate'], '2025-06-18T24:00:00Z'],
    ['a leap second', [member, 'issueDate'], '2025-06-18T23:59:60Z'],
    ['an end at the beginning', [member, 'nextUpdate'], inner.issueDate ?? null],
    ['an end before the beginning', [member, 'nextUpdate'], '2025-06-19T10:16:02Z'],
    ['no evaluation number', [member, 'tcbEvaluationDataNumber'], undefined],
    ['a negative evaluation number', [member, 'tcbEvaluationDataNumber'], -1],
    ['an evaluation number of 33 bits', [member, 'tcbEvaluationDataNumber'], 2 ** 32],
  ])('is refused with %s', (_name, path, value) => {
    expect(() => read(bytesOfJson(document))).not.toThrow();
    expect(() => read(bytesOfJson(changed(document, path, value)))).toThrow(MalformedCollateral);
  });

  const text = JSON.stringify(document);
  const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

  test.each<[string, string]>([
    ['nothing', ''],
    ['half of it', text.slice(0, -1)],
    ['a list', `[${text}]`],
    ['a text with a byte order mark', `\ufeff${text}`],
    ['two documents', `${text}${text}`],
    ['a document with a member twice', text.replace('"signature"', '"signature":"","signature"')],
    ['a document with a member twice inside', text.replace('"version":', '"version":1,"version":')],
    ['a document that nests too deep', text.replace(/"id":"[A-Z_]+"/, `"id":${deep(31)}`)],
  ])('is refused as %s', (_name, changedText) => {
    expect(changedText).not.toBe(text);
    expect(() => read(bytesOf(changedText))).toThrow(MalformedCollateral);
  });

  test('is refused in ill-formed UTF-8', () => {
    const bytes = bytesOfJson(document);
    bytes[bytes.length - 3] = 0xff;
    expect(() => read(bytes)).toThrow(MalformedCollateral);
  });

  test('is read up to 256 KiB and not beyond', () => {
    const { length } = bytesOfJson(document);
    const padded = (size: number) => bytesOf(JSON.stringify(document) + ' '.repeat(size - length));
    expect(read(padded(MAX_DOCUMENT_LENGTH)).kind).not.toBe('other');
    expect(() => read(padded(MAX_DOCUMENT_LENGTH + 1))).toThrow(
      new MalformedCollateral('262145 bytes are more than 262144'),
    );
  });

  test.each([
    ['another id', 'id', 'SGX'],
    ['the id in small letters', 'id', String(inner.id).toLowerCase()],
    ['an older version', 'version', Number(inner.version) - 1],
    ['a newer version', 'version', Number(inner.version) + 1],
  ])('with %s is named and not judged', (_name, name, value) => {
    const other = changed(
      changed({ id: inner.id ?? '', version: inner.version ?? 0 }, [name], value),
      ['unheard'],
      'of',
    );
    expect(read(bytesOfJson({ [member]: other, signature: SIGNATURE }))).toEqual({
      kind: 'other',
      id: name === 'id' ? value : inner.id,
      version: name === 'version' ? value : inner.version,
      document: {
        algorithm: 'ecdsa-p256-sha256-raw',
        tbs: bytesOfJson(other),
        signature: Uint8Array.from(Buffer.from(SIGNATURE, 'hex')),
      },
    });
  });

  test('with another id still has exactly two members', () => {
    const other = { ...inner, id: 'OTHER' };
    expect(() => read(bytesOfJson({ [member]: other, signature: SIGNATURE, note: 1 }))).toThrow(
      MalformedCollateral,
    );
  });
});

/** Every place of a document. */
function pathsOf(value: JsonValue): Path[] {
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([step, inside]) => [
    [step],
    ...pathsOf(inside).map((path) => [step, ...path]),
  ]);
}

test.each(READERS)('%s with anything anywhere is read or refused, and never more', (member, inner, read) => {
  const document: JsonValue = { [member]: inner, signature: SIGNATURE };
  const anything = fc.oneof(fc.jsonValue(), fc.constant(undefined));
  fc.assert(
    fc.property(fc.constantFrom(...pathsOf(document)), anything, (path, value) => {
      try {
        read(bytesOfJson(changed(document, path, value as JsonValue | undefined)));
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedCollateral);
      }
    }),
    { numRuns: 500 },
  );
});

test('a refusal names the place, and no text of the document but names fit to be printed', () => {
  const why = (path: Path, value: JsonValue): string => {
    try {
      asTcbInfo(tcbInfoBytes(changed(INFO, path, value)));
    } catch (error) {
      if (error instanceof MalformedCollateral) return error.message;
      throw error;
    }
    return 'read';
  };
  expect(why(['tcbLevels', 0, 'tcb', 'pcesvn'], 'evil')).toBe(
    'tcbInfo.tcbLevels[0].tcb.pcesvn is not an integer of 0 to 65535',
  );
  expect(why(['tdxModule', 'tdxModuleIdentities'], [])).toBe(
    'tcbInfo.tdxModule has an unknown member (tdxModuleIdentities)',
  );
  expect(why(['\u001b[31m'], 1)).toBe('tcbInfo has an unknown member (not fit to be printed)');
  expect(why(['tcbLevels', 0, 'tcbStatus'], 'Excellent')).toMatch(
    /^tcbInfo\.tcbLevels\[0\]\.tcbStatus is none of UpToDate, /,
  );
});
