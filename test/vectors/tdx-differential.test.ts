/**
 * Genuine quotes and more than two thousand mutants of quotes and documents before two verifiers that share no line:
 * Assay and dcap-qvl. They agree, or a row of the table of expected disagreements explains the whole difference.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadPinnedAnchors } from '../../src/platform/pinned-anchors.js';
import type { SimulatedIntel } from '../../src/simulator/index.js';
import { SIMULATED_AT } from '../simulated-vendor.js';
import { simulatedIntel } from '../simulator/intel/simulated-intel.js';
import { describeWithVectors } from '../vectors-home.js';
import { Chance } from './differential/chance.js';
import { type Comparison, compare } from './differential/comparison.js';
import { EXPECTED_DISAGREEMENTS } from './differential/expected-disagreements.js';
import { genuineMaterial, genuineMutant } from './differential/genuine-mutants.js';
import { mintedMutant, TOPICS } from './differential/minted-mutants.js';
import { genuineQuotes } from './tdx-quotes.js';

const SEED = 0x0a55a7;
/** Under Intel's root: signatures decide mostly. */
const GENUINE = 750;
/** Signed anew under the root of the miniature Intel: content decides. */
const MINTED = 1400;

interface Tally {
  readonly name: string;
  total: number;
  accepted: number;
  agreed: number;
}

describeWithVectors('TDX quotes before two verifiers', (home) => {
  const originals = genuineQuotes(home).map((sample) => genuineMaterial(sample, loadPinnedAnchors()));
  const rows = new Map(EXPECTED_DISAGREEMENTS.map(({ id }) => [id, 0]));
  const tallies: Tally[] = [];
  let intel: SimulatedIntel;
  beforeAll(async () => {
    intel = await simulatedIntel();
  });
  afterAll(() => {
    const lines = tallies.map(
      ({ name, total, accepted, agreed }) =>
        `[differential] ${name}: ${total} tried, ${agreed} agreed on (${accepted} accepted by both), ${total - agreed} explained\n`,
    );
    const counts = [...rows].map(([id, count]) => `    ${count} ${id}\n`);
    process.stdout.write([...lines, ...counts].join(''));
  });

  async function compareAll(
    name: string,
    count: number,
    materialOf: (
      index: number,
    ) => ReturnType<typeof genuineMaterial> | Promise<ReturnType<typeof genuineMaterial>>,
  ): Promise<void> {
    const tally = { name, total: 0, accepted: 0, agreed: 0 };
    tallies.push(tally);
    const unexplained: string[] = [];
    for (let index = 0; index < count; index += 1) {
      const compared = await compare(await materialOf(index));
      const { agreed, assay, explainedBy } = compared;
      tally.total += 1;
      if (agreed) tally.agreed += 1;
      if (agreed && assay.accepted) tally.accepted += 1;
      if (!agreed && explainedBy.length === 0) unexplained.push(dumpOf(compared));
      for (const id of explainedBy) rows.set(id, (rows.get(id) ?? 0) + 1);
    }
    expect(unexplained).toEqual([]);
  }

  test('genuine quotes as they are', async () => {
    await compareAll('genuine', originals.length, (index) => originals[index] ?? neverHere());
    expect(originals.length).toBe(14);
  }, 600_000);

  test('genuine quotes and documents with something changed', async () => {
    await compareAll('mutants of genuine ones', GENUINE, (index) =>
      genuineMutant(index, new Chance(SEED + index), originals),
    );
  }, 600_000);

  test('TDs of the miniature Intel with something otherwise, all signed', async () => {
    await compareAll('mutants signed anew', MINTED, (index) =>
      mintedMutant(index, new Chance(SEED - index), intel, SIMULATED_AT),
    );
    expect(MINTED).toBeGreaterThanOrEqual(Math.max(1000, 20 * TOPICS.length));
  }, 600_000);

  test('every expected disagreement occurs, and there are few', () => {
    expect([...rows].filter(([, count]) => count === 0).map(([id]) => id)).toEqual([]);
    expect(rows.size).toBe(EXPECTED_DISAGREEMENTS.length);
    expect(rows.size).toBeLessThanOrEqual(15);
  });
});

function dumpOf({ name, assay, dcapQvl }: Comparison): string {
  const said = (opinion: Comparison['dcapQvl']): string =>
    opinion.accepted
      ? `${opinion.status} [${opinion.advisories.join(', ')}]`
      : `refused: ${opinion.why.slice(0, 400)}`;
  return `${name}\n  Assay    ${said(assay)}\n  dcap-qvl ${said(dcapQvl)}`;
}

function neverHere(): never {
  throw new RangeError('no such quote');
}
