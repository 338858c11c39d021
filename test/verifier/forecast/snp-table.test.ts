/** Another table of AMD's bulletins, before it counts: whose status changes. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { STANDARD_POLICY } from '../../../src/appraisal/standard-policy.js';
import type { ReferenceValue } from '../../../src/rats/reference-value.js';
import type { JsonObject } from '../../../src/rats/result.js';
import { mintGuest } from '../../../src/simulator/index.js';
import { bulletinTable } from '../../../src/tee/registry.js';
import { BULLETINS, tableIn } from '../../../src/tee/snp/bulletin-table.js';
import { assessTcb } from '../../../src/tee/snp/bulletins.js';
import { decodeReport } from '../../../src/tee/snp/report.js';
import { exchangeOf, timelineOf } from '../../../src/verifier/forecast/timeline.js';
import { simulatedVendor } from '../../simulated-vendor.js';
import { bytesOf, snpEvidence, tableWith } from './snp-guest.js';
import { AT, daysLater, remembered } from './td-platform.js';

const MEASUREMENT = Buffer.alloc(48, 0xa5);
const REFERENCE: ReferenceValue = {
  workload: 'llm-serving',
  version: 1,
  tee: 'sev-snp',
  covers: 'boot',
  match: { measurement: [MEASUREMENT.toString('hex')] },
  notBefore: null,
  notAfter: null,
};
const MILAN = '19/01/1';
const HORIZON = { now: AT, until: daysLater(90) };

async function milan() {
  const evidence = await snpEvidence({ product: 'Milan', measurement: MEASUREMENT });
  const references = [REFERENCE];
  return {
    platform: remembered(evidence),
    policy: STANDARD_POLICY,
    references,
    fields: {},
    registered: null,
  };
}

function exchange(table: JsonObject) {
  const { source, document } = bulletinTable(bytesOf(table));
  return { documents: [document], what: `${source} counts`, now: AT };
}

const NOTHING = { present: [], early: [], later: [] };

describe('a new table', () => {
  test('that asks for more tells who falls behind, and what for', async () => {
    const table = tableWith({ published: '2026-11-01', cpuid: MILAN, floor: { snp: '0xff' } });
    expect(exchangeOf(await milan(), NOTHING, exchange(table))).toMatchObject({
      at: null,
      cause: 'bulletin-table',
      what: 'assay-amd-bulletins@2027-01 counts',
      from: { tier: 'affirming', tcbStatus: 'NotShown', code: null },
      to: { tier: 'contraindicated', tcbStatus: 'OutOfDate', code: 'snp_tcb_status_not_accepted' },
    });
  });

  test('that asks for what is there, or of another processor, changes nothing', async () => {
    const subject = await milan();
    for (const table of [
      tableWith({ published: '2026-11-01', cpuid: MILAN, floor: { snp: '0x01' } }),
      tableWith({ published: '2026-11-01', cpuid: '19/11/1', floor: { snp: '0xff' } }),
    ]) {
      expect(exchangeOf(subject, NOTHING, exchange(table))).toBeNull();
    }
  });

  test('with a bulletin of a date to come counts from that date on', async () => {
    const table = tableWith({ published: '2026-12-08', cpuid: MILAN, floor: { snp: '0xff' } });
    const { documents } = exchange(table);
    const given = { present: documents, early: [], later: documents };
    const subject = await milan();
    expect(exchangeOf(subject, NOTHING, exchange(table))).toBeNull();
    const timeline = timelineOf(subject, given, HORIZON);
    expect(timeline?.transitions).toHaveLength(1);
    expect(timeline?.transitions[0]).toMatchObject({
      at: new Date('2026-12-08T00:00:00Z'),
      cause: 'bulletins',
      to: { tier: 'contraindicated', tcbStatus: 'OutOfDate' },
    });
    expect(timeline?.transitions[0]?.what).toContain('AMD-SB-9999');
    // The table of this build has no bulletin of the future, so nothing is foreseen by it.
    expect(timelineOf(subject, NOTHING, HORIZON)?.transitions).toEqual([]);
  });

  test('that is at hand and dated ahead counts from the month of its revision on', async () => {
    const table = tableWith({ published: '2026-11-01', cpuid: MILAN, floor: { snp: '0xff' } });
    const { documents: later } = exchange(table);
    const subject = await milan();
    const timeline = timelineOf(subject, { ...NOTHING, later }, HORIZON);
    expect(timeline?.standing).toMatchObject({ tier: 'affirming' });
    expect(timeline?.transitions).toHaveLength(1);
    expect(timeline?.transitions[0]).toMatchObject({
      at: new Date('2027-01-01T00:00:00Z'),
      cause: 'bulletins',
      to: { tier: 'contraindicated', tcbStatus: 'OutOfDate' },
    });
    expect(timeline?.transitions[0]?.what).toContain('assay-amd-bulletins@2027-01');
  });

  test('gives the status that a report would be given by it, over random floors', async () => {
    const vendor = await simulatedVendor();
    const guest = await mintGuest(vendor, { at: AT, product: 'Milan', measurement: MEASUREMENT });
    const report = decodeReport(guest.report);
    const platform = remembered(await snpEvidence({ product: 'Milan', measurement: MEASUREMENT }));
    const byte = fc.integer({ min: 0, max: 255 }).map((level) => `0x${level.toString(16).padStart(2, '0')}`);
    const floor = fc.record(
      { bootloader: byte, tee: byte, snp: byte, microcode: byte },
      { requiredKeys: ['snp'] },
    );
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(floor, fc.constantFrom('2026-11-01', '2026-12-08', null), async (asked, published) => {
        const bytes = bytesOf(tableWith({ published, cpuid: MILAN, floor: asked }));
        const document = { kind: 'snp-bulletins', subject: 'amd', bytes };
        const recalled = platform.judge([document], AT);
        const expected = assessTcb({ report, product: 'Milan', at: AT, table: tableIn(bytes) });
        if (recalled?.kind !== 'appraisable') throw new Error('a table refuses nobody');
        expect(recalled.evidence.tcb).toEqual(expected);
        seen.add(expected.status);
      }),
      { numRuns: 200 },
    );
    expect([...seen].sort()).toEqual(['NotShown', 'OutOfDate']);
  });
});

describe('a table from outside', () => {
  test('that is the shipped one is read as the shipped one', () => {
    const shipped = tableWith({ published: null, cpuid: MILAN, floor: { snp: '0x01' } });
    const read = tableIn(bytesOf({ ...shipped, revision: BULLETINS.revision }));
    expect(read.rows.slice(0, -1)).toEqual(BULLETINS.rows);
    expect(read.notCovered).toEqual(BULLETINS.notCovered);
  });

  const good = tableWith({ published: null, cpuid: MILAN, floor: { snp: '0x01' } });
  test.each<[string, unknown]>([
    ['no JSON object', []],
    ['without a revision', { ...good, revision: undefined }],
    ['with a revision that cannot be put in order', { ...good, revision: 'a b' }],
    ['with a member that nobody knows', { ...good, sequel: 1 }],
    ['without processors', { ...good, processors: [] }],
    ['with bulletins of another form', { ...good, bulletins: {} }],
    [
      'with a component that does not exist',
      tableWith({ published: null, cpuid: MILAN, floor: { sbp: '0x01' } }),
    ],
    ['with a level that is no byte', tableWith({ published: null, cpuid: MILAN, floor: { snp: '300' } })],
    [
      'about a processor that it does not name',
      tableWith({ published: null, cpuid: '19/0f/1', floor: { snp: '0x01' } }),
    ],
    [
      'of a date that does not exist',
      tableWith({ published: '2026-13-01', cpuid: MILAN, floor: { snp: '0x01' } }),
    ],
  ])('is refused: %s', (_name, table) => {
    expect(() => bulletinTable(bytesOf(table))).toThrow(/table of bulletins is not of its form/);
  });
});
