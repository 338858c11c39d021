/** What AMD's bulletins ask of a processor together, as numbers and in words. */
import { onceFor } from '../../rats/once.js';
import type { TcbFloor } from '../../rats/policy.js';
import type { BulletinRow, BulletinTable } from './bulletin-table.js';
import { inForce, rowsOf } from './bulletins.js';
import { floorText, TCB_COMPONENTS, type TcbComponent } from './tcb.js';

/** The highest active floor of a table per component, in force at the instant; empty for other processors. */
export function tableFloor(table: BulletinTable, cpuid: string, at: Date): TcbFloor {
  const rows = rowsOf(table, cpuid);
  const highest: Partial<Record<TcbComponent, number>> = {};
  for (const component of TCB_COMPONENTS) {
    for (const row of rows) {
      const level = row.floor[component];
      if (level === undefined || level <= (highest[component] ?? -1)) continue;
      if (row.state === 'active' && inForce(row, at)) highest[component] = level;
    }
  }
  return highest;
}

/**
 * The same in words. Rows come into force one after another, so that their number at an instant says which they are, and the words are
 * made once for each.
 */
export function tableFloorText(table: BulletinTable, cpuid: string, at: Date): string {
  const rows = rowsOf(table, cpuid);
  let count = 0;
  for (const row of rows) if (inForce(row, at)) count += 1;
  const texts = floorTextsOf(rows);
  const known = texts.get(count);
  if (known !== undefined) return known;
  const text = floorText(tableFloor(table, cpuid, at));
  texts.set(count, text);
  return text;
}

const floorTextsOf = onceFor((_rows: readonly BulletinRow[]) => new Map<number, string>());
