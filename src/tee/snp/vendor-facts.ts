/** Processors and bulletins of a table, as a policy is held against them. */
import type { BulletinFacts, ProcessorFacts } from '../../rats/vendor-facts.js';
import type { BulletinTable } from './bulletin-table.js';
import { lineOf } from './bulletins.js';
import { tableFloor } from './table-floor.js';

export function processorFacts(table: BulletinTable, at: Date): readonly ProcessorFacts[] {
  return table.processors.flatMap((cpuid) => {
    const product = lineOf(cpuid);
    return product === null ? [] : [{ cpuid, product, floor: tableFloor(table, cpuid, at) }];
  });
}

/** A bulletin is judged when one of its rows can be. */
export function bulletinFacts({ rows: all }: BulletinTable): readonly BulletinFacts[] {
  const ids = [...new Set(all.map(({ bulletin }) => bulletin))];
  return ids.map((id) => {
    const rows = all.filter(({ bulletin }) => bulletin === id);
    const states = new Set(rows.map(({ state }) => state));
    const judged = states.has('active') || states.has('conflicting');
    const state = judged ? 'judged' : states.has('retracted') ? 'retracted' : 'silent';
    return { id, published: rows[0]?.published ?? null, state };
  });
}
