/** Processors and bulletins of the shipped table, as a policy is held against them. */
import type { BulletinFacts, ProcessorFacts } from '../../rats/vendor-facts.js';
import { BULLETINS } from './bulletin-table.js';
import { lineOf, tableFloor } from './bulletins.js';

export function processorFacts(at: Date): readonly ProcessorFacts[] {
  return BULLETINS.processors.flatMap((cpuid) => {
    const product = lineOf(cpuid);
    return product === null ? [] : [{ cpuid, product, floor: tableFloor(BULLETINS, cpuid, at) }];
  });
}

/** A bulletin is judged when one of its rows can be. */
export function bulletinFacts(): readonly BulletinFacts[] {
  const ids = [...new Set(BULLETINS.rows.map(({ bulletin }) => bulletin))];
  return ids.map((id) => {
    const rows = BULLETINS.rows.filter(({ bulletin }) => bulletin === id);
    const states = new Set(rows.map(({ state }) => state));
    const judged = states.has('active') || states.has('conflicting');
    const state = judged ? 'judged' : states.has('retracted') ? 'retracted' : 'silent';
    return { id, published: rows[0]?.published ?? null, state };
  });
}
