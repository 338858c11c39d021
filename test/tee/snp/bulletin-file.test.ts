/** A table as a document: read strictly, put in order by its revision, and named in what it judged. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sha256Hex } from '../../../src/bytes/digest.js';
import { outcomeOf } from '../../../src/rats/outcome.js';
import type { JsonObject } from '../../../src/rats/result.js';
import { parseBulletinDocument, revisionOf } from '../../../src/tee/snp/bulletin-document.js';
import {
  BULLETIN_FILE,
  readBulletinFile,
  SHIPPED_BULLETINS,
  tableInForce,
} from '../../../src/tee/snp/bulletin-file.js';
import { BULLETINS, SHIPPED_BYTES } from '../../../src/tee/snp/bulletin-table.js';
import document from '../../../src/tee/snp/bulletins.json' with { type: 'json' };
import { encoded, tableAs, withFloor } from './bulletin-tables.js';

describe('the shipped table as a document', () => {
  test('is its own JSON, says which revision it is, and reads back as it was', () => {
    expect(JSON.parse(Buffer.from(SHIPPED_BYTES).toString())).toEqual(document);
    expect(SHIPPED_BULLETINS).toMatchObject({
      kind: 'snp-bulletins',
      subject: 'amd',
      sequence: 20261100n,
      sha256: sha256Hex(SHIPPED_BYTES),
      issuedAt: new Date('2026-11-01T00:00:00Z'),
    });
    expect(readBulletinFile(SHIPPED_BYTES)).toEqual(SHIPPED_BULLETINS);
  });

  test('revisions follow one another', () => {
    const order = ['2026-09', '2026-11', '2026-11.1', '2026-11.2', '2026-11.10', '2026-12', '2027-01'];
    const sequences = order.map((revision) => revisionOf(revision).sequence);
    expect([...sequences].sort((one, other) => Number(one - other))).toEqual(sequences);
    expect(new Set(sequences).size).toBe(order.length);
  });
});

describe('the table in force', () => {
  const given = (bytes: Uint8Array) => [{ kind: 'snp-bulletins', subject: 'amd', bytes }];

  test('is the one that was handed over, named by its digest', () => {
    const newer = tableAs('2026-11.1', { bulletins: withFloor('AMD-SB-9999', '0xff') });
    const { table, used } = tableInForce(given(newer));
    expect(table.revision).toBe('2026-11.1');
    expect(table.rows.map(({ bulletin }) => bulletin)).toContain('AMD-SB-9999');
    expect(used).toEqual({
      kind: 'snp-bulletins',
      sha256: sha256Hex(newer),
      not_before: '2026-11-01T00:00:00.000Z',
      not_after: '9999-12-31T23:59:59.000Z',
    });
    expect(tableInForce(given(newer)).table).toBe(table);
  });

  test('is the shipped one where none was, or one that this build cannot read', () => {
    for (const set of [[], given(encoded({ revision: '2027-01' })), given(Uint8Array.of(1, 2, 3))]) {
      expect(tableInForce(set).table).toBe(BULLETINS);
      expect(tableInForce(set).used.sha256).toBe(SHIPPED_BULLETINS.sha256);
    }
    const bytes = tableAs('2026-11.1');
    for (const other of [
      { kind: 'snp-bulletins', subject: 'intel', bytes },
      { kind: 'snp-ask', subject: 'amd', bytes },
    ]) {
      expect(tableInForce([other]).table).toBe(BULLETINS);
    }
    expect(BULLETIN_FILE).toBe('bulletins.json');
  });
});

describe('a table of another form is refused', () => {
  const [first] = document.bulletins;
  const bulletin = (changes: object) => ({ ...document, bulletins: [{ ...first, ...changes }] });
  const row = (changes: object) => bulletin({ rows: [{ ...first?.rows[0], ...changes }] });
  const without = (name: string) =>
    Object.fromEntries(Object.entries(document).filter(([member]) => member !== name)) as JsonObject;

  test.each<[string, object, string]>([
    ['a member too many', { ...document, more: 1 }, 'the table has an unknown member'],
    ['a member too few', without('not_covered'), 'the table.not_covered is missing'],
    ['a revision of no month', { ...document, revision: '2026-13' }, 'revision is not of its form'],
    ['a revision of no form', { ...document, revision: '2026-11b' }, 'revision is not of its form'],
    ['a revision that is a number', { ...document, revision: 202611 }, 'revision is not of its form'],
    ['no list of bulletins', { ...document, bulletins: {} }, 'bulletins is not a list'],
    ['processors in a list', { ...document, processors: [] }, 'processors is not an object'],
    ['a processor of another form', { ...document, processors: { Milan: 'x' } }, 'processors has a name'],
    ['confidence of another letter', { ...document, confidence: { D: 'x' } }, 'confidence has a name'],
    ['a bulletin that is text', { ...document, bulletins: ['x'] }, 'bulletins[0] is not an object'],
    ['a bulletin with more to say', bulletin({ severity: 9 }), 'bulletins[0] has an unknown member'],
    ['a day that no calendar has', bulletin({ published: '2025-02-30' }), 'is no day of the calendar'],
    ['a date of another form', bulletin({ published: 'May 2026' }), 'published is not of its form'],
    ['text with a line break', bulletin({ subject: 'a\nb' }), 'subject is not of its form'],
    ['a row with more to say', row({ maybe: true }), 'rows[0] has an unknown member'],
    ['a floor of an unknown component', row({ floor: { r4: '0x01' } }), 'floor has an unknown member'],
    ['a bit that is text', row({ mitigation_bits: ['1'] }), 'mitigation_bits[0] is not a number'],
    ['a flag that is text', row({ smt_off: 'yes' }), 'smt_off is neither true nor false'],
    ['firmware of two versions', row({ firmware: { decimal: '1.55.22', hex: '1.37.17' } }), 'two different'],
    ['firmware of one form', row({ firmware: { decimal: '1.55.22' } }), 'firmware.hex is missing'],
    [
      'nothing that is covered by nobody',
      { ...document, not_covered: [{}] },
      'not_covered[0].subject is missing',
    ],
  ])('%s', async (_what, table, words) => {
    const outcome = await outcomeOf(() => readBulletinFile(encoded(table)));
    expect(outcome).toMatchObject({ ok: false, refusal: { code: 'collateral_malformed' } });
    if (!outcome.ok) expect(outcome.refusal.detail).toContain(words);
  });

  test('one member twice, or something behind it', async () => {
    for (const text of ['{"revision":"2026-11","revision":"2026-12"}', `${JSON.stringify(document)}x`]) {
      const outcome = await outcomeOf(() => readBulletinFile(new Uint8Array(Buffer.from(text))));
      expect(outcome).toMatchObject({ ok: false, refusal: { code: 'collateral_malformed' } });
    }
  });

  test('whatever is in the place of any value', () => {
    const places = pathsOf(document);
    const strange = fc.oneof(fc.constant(null), fc.integer(), fc.constant([[]]), fc.constant({ a: {} }));
    fc.assert(
      fc.property(fc.constantFrom(...places), strange, (path, value) => {
        // An unknown date is said with null.
        fc.pre(!(value === null && path.at(-1) === 'published'));
        fc.pre(!(typeof value === 'number' && path.includes('mitigation_bits')));
        const changed = structuredClone(document) as unknown as JsonObject;
        put(changed, path, value);
        expect(() => parseBulletinDocument(encoded(changed))).toThrow(TypeError);
      }),
      { numRuns: 300 },
    );
  });
});

type Path = readonly (string | number)[];

/** The way to every value that is no object and no list. */
function pathsOf(value: unknown, path: Path = []): readonly Path[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => pathsOf(item, [...path, index]));
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([name, item]) => pathsOf(item, [...path, name]));
}

function put(value: unknown, [name, ...rest]: Path, replacement: unknown): void {
  const holder = value as Record<string | number, unknown>;
  if (name === undefined) throw new TypeError('a way leads somewhere');
  if (rest.length === 0) holder[name] = replacement;
  else put(holder[name], rest, replacement);
}
