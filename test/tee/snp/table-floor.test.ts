/** The words for what the table asks of a processor are those of the instant, whichever instant was asked about before. */
import { expect, test } from '@jest/globals';
import { BULLETINS } from '../../../src/tee/snp/bulletin-table.js';
import { tableFloor, tableFloorText } from '../../../src/tee/snp/table-floor.js';
import { floorText } from '../../../src/tee/snp/tcb.js';

test('at every date of the table, the day before, and back again', () => {
  const dated = BULLETINS.rows.filter(({ from }) => Number.isFinite(from)).map(({ from }) => from);
  const instants = [...new Set(dated)].flatMap((from) => [from, from - 1]).map((time) => new Date(time));
  const asked = [...instants, ...instants.toReversed()];
  const texts = new Set<string>();
  for (const processor of [...BULLETINS.processors, '00/00/0']) {
    for (const at of asked) {
      const text = tableFloorText(BULLETINS, processor, at);
      expect(text).toBe(floorText(tableFloor(BULLETINS, processor, at)));
      texts.add(text);
    }
  }
  expect(texts.size).toBeGreaterThan(BULLETINS.processors.length);
});
