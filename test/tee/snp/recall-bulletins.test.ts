/** What is foreseen of a recalled platform: bulletins whose date is to come, and tables of a later month. */
import { describe, expect, test } from '@jest/globals';
import type { EndorsementSet } from '../../../src/rats/endorsement.js';
import type { JsonObject } from '../../../src/rats/result.js';
import document from '../../../src/tee/snp/bulletins.json' with { type: 'json' };
import { recallReport } from '../../../src/tee/snp/recall.js';
import { encoded, tableAs, withFloor } from './bulletin-tables.js';
import { FACTS, judged, withClaims } from './recalled-facts.js';
import { NOW } from './sample-report.js';

describe('bulletins to come', () => {
  /** A table with bulletins of these dates, all of them about every processor or one. */
  const table = (
    revision: string,
    dates: readonly (readonly [id: string, published: string, cpuid?: string])[],
  ): Uint8Array => {
    const bulletins = dates.map(([id, published, cpuid]): JsonObject => {
      const cpuids = cpuid === undefined ? Object.keys(document.processors) : [cpuid];
      const row = { cpuid: cpuids, state: 'active', confidence: 'A', floor: { snp: '0xff' } };
      return { id, subject: 'A test', cves: [], published, source: 'a test', rows: [row] };
    });
    return tableAs(revision, { bulletins: [...withFloor('AMD-SB-9998', '0x01'), ...bulletins] });
  };
  const set = (bytes: Uint8Array): EndorsementSet => [{ kind: 'snp-bulletins', subject: 'amd', bytes }];
  const announced = (standard: EndorsementSet, later = standard, facts: JsonObject = FACTS, from = NOW) =>
    recallReport(facts).announced({ present: standard, early: [], later }, from);

  test('are none where the table has none with a date to come', () => {
    expect(announced([])).toEqual([]);
  });

  test('are told once for each date, with all that apply from it on to this processor', () => {
    const standard = set(
      table('2026-11.1', [
        ['AMD-SB-9001', '2026-12-08'],
        ['AMD-SB-9002', '2026-12-08'],
        ['AMD-SB-9003', '2027-02-09'],
        ['AMD-SB-9004', '2026-12-15', '19/11/1'],
        ['AMD-SB-9005', '2026-11-20'],
      ]),
    );
    const source = 'assay-amd-bulletins@2026-11.1';
    expect(announced(standard)).toEqual([
      {
        cause: 'bulletins',
        at: new Date('2026-12-08T00:00:00Z'),
        what: `AMD-SB-9001, AMD-SB-9002 of ${source} apply from its date on`,
        documents: standard,
      },
      {
        cause: 'bulletins',
        at: new Date('2027-02-09T00:00:00Z'),
        what: `AMD-SB-9003 of ${source} applies from its date on`,
        documents: standard,
      },
    ]);
    expect(announced(standard, standard, FACTS, new Date('2026-12-08T00:00:00Z'))).toHaveLength(1);
    expect(
      announced(standard, standard, withClaims({ cpuid: { family: 0x17, model: 1, stepping: 1 } })),
    ).toEqual([]);
  });

  test('are those of every processor where the report names none', () => {
    const standard = set(table('2026-11.1', [['AMD-SB-9004', '2026-12-15', '19/11/1']]));
    expect(announced(standard)).toEqual([]);
    const silent = announced(standard, standard, withClaims({ version: 2, cpuid: null }));
    expect(silent.map(({ at }) => at)).toEqual([new Date('2026-12-15T00:00:00Z')]);
  });

  test('a bulletin about several processors is named once where the report names none', () => {
    const standard = set(table('2026-11.1', [['AMD-SB-9001', '2026-12-08']]));
    const [one] = announced(standard, standard, withClaims({ version: 2, cpuid: null }));
    expect(one?.what).toBe('AMD-SB-9001 of assay-amd-bulletins@2026-11.1 applies from its date on');
  });

  test('a table that counts from a later month takes the place of this one then', () => {
    const standard = set(
      table('2026-11.1', [
        ['AMD-SB-9001', '2026-12-08'],
        ['AMD-SB-9002', '2027-01-01'],
        ['AMD-SB-9003', '2027-03-01'],
      ]),
    );
    const later = set(
      table('2027-01', [
        ['AMD-SB-9006', '2026-12-20'],
        ['AMD-SB-9007', '2027-01-01'],
        ['AMD-SB-9008', '2027-02-01'],
      ]),
    );
    expect(announced(standard, later)).toEqual([
      {
        cause: 'bulletins',
        at: new Date('2026-12-08T00:00:00Z'),
        what: 'AMD-SB-9001 of assay-amd-bulletins@2026-11.1 applies from its date on',
        documents: standard,
      },
      {
        cause: 'bulletins',
        at: new Date('2027-01-01T00:00:00Z'),
        what: 'assay-amd-bulletins@2027-01, which is at hand, counts from the month of its revision on',
        documents: later,
      },
      {
        cause: 'bulletins',
        at: new Date('2027-02-01T00:00:00Z'),
        what: 'AMD-SB-9008 of assay-amd-bulletins@2027-01 applies from its date on',
        documents: later,
      },
    ]);
    const january = new Date('2027-01-01T00:00:00Z');
    expect(announced(standard, later, FACTS, january).map(({ at }) => at)).toEqual([
      new Date('2027-03-01T00:00:00Z'),
    ]);
  });

  test('a table that counts already is not announced, whatever its month', () => {
    const standard = set(table('2027-01', [['AMD-SB-9001', '2027-02-09']]));
    expect(announced(standard).map(({ at }) => at)).toEqual([new Date('2027-02-09T00:00:00Z')]);
  });

  test('a table of this month is not announced, and one that cannot be read judges nothing', () => {
    const later = set(table('2026-11.2', [['AMD-SB-9001', '2026-12-08']]));
    expect(announced([], later)).toEqual([]);
    expect(announced([], set(encoded({ revision: '2027-01' })))).toEqual([]);
  });

  test('judge the platform by the table that is given, at the instant that is given', () => {
    const documents = set(table('2026-11.1', [['AMD-SB-9001', '2026-12-08']]));
    const statusAt = (at: string) => judged(FACTS, documents, new Date(at)).tcb;
    expect(statusAt('2026-12-07T23:59:59Z')).toMatchObject({ status: 'NotShown' });
    expect(statusAt('2026-12-08T00:00:00Z')).toMatchObject({
      status: 'OutOfDate',
      source: 'assay-amd-bulletins@2026-11.1',
      advisories: expect.arrayContaining(['AMD-SB-9001']),
    });
  });
});
