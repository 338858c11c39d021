import { describe, expect, test } from '@jest/globals';
import type { ReferenceValue } from '../../src/rats/reference-value.js';
import type { LookedUp } from '../../src/storage/reference-lookup.js';
import { rememberReferences } from '../../src/storage/remembered-references.js';
import type { ReferenceLookup } from '../../src/verifier/reference-ports.js';

const MEASUREMENT = 'ab'.repeat(48);
const VALUE: ReferenceValue = {
  workload: 'llm',
  version: 1,
  tee: 'sev-snp',
  covers: 'boot',
  match: { measurement: [MEASUREMENT] },
  notBefore: null,
  notAfter: null,
};

function query(changes: Partial<ReferenceLookup> = {}): ReferenceLookup {
  const fields = { measurement: MEASUREMENT };
  const at = new Date('2026-11-20T12:00:00Z');
  return { tenant: 'acme', tee: 'sev-snp', fields, workloads: null, at, ...changes };
}

function counting(state: { epoch: bigint; matching: readonly ReferenceValue[]; changesAt: Date | null }) {
  let asked = 0;
  const remembered = rememberReferences(async (): Promise<LookedUp> => {
    asked += 1;
    return { ...state, fieldSets: ['measurement'] };
  });
  return { ...remembered, asked: () => asked };
}

describe('what a look-up found', () => {
  test('is remembered by what was asked, and by nothing less', async () => {
    const { lookup, asked } = counting({ epoch: 3n, matching: [VALUE], changesAt: null });
    const found = { epoch: 3n, matching: [VALUE] };
    for (let time = 0; time < 3; time += 1) expect(await lookup(query())).toEqual(found);
    expect(asked()).toBe(1);
    await lookup(query({ workloads: ['llm'] }));
    await lookup(query({ fields: { measurement: 'cd'.repeat(48) } }));
    await lookup(query({ tenant: 'other' }));
    await lookup(query({ tee: 'tdx', fields: { mrtd: MEASUREMENT } }));
    expect(asked()).toBe(5);
  });

  test('is forgotten with the epoch, of that tenant only', async () => {
    const { lookup, forget, asked } = counting({ epoch: 3n, matching: [VALUE], changesAt: null });
    await lookup(query());
    await lookup(query({ tenant: 'other' }));
    forget('acme');
    await lookup(query());
    await lookup(query({ tenant: 'other' }));
    expect(asked()).toBe(3);
  });

  test('under an older epoch is gone as soon as a younger one was seen, even by a look-up without a match', async () => {
    const state = { epoch: 3n, matching: [VALUE] as readonly ReferenceValue[], changesAt: null };
    const { lookup, asked } = counting(state);
    await lookup(query());
    Object.assign(state, { epoch: 4n, matching: [] });
    await lookup(query({ workloads: ['other'] }));
    expect(await lookup(query())).toEqual({ epoch: 4n, matching: [] });
    expect(asked()).toBe(3);
  });

  test('is asked anew when a window has opened or closed, and for an earlier instant', async () => {
    const changesAt = new Date('2026-11-20T13:00:00Z');
    const { lookup, asked } = counting({ epoch: 3n, matching: [VALUE], changesAt });
    await lookup(query());
    await lookup(query({ at: new Date('2026-11-20T12:59:59.999Z') }));
    expect(asked()).toBe(1);
    await lookup(query({ at: changesAt }));
    expect(asked()).toBe(2);
    await lookup(query({ at: new Date('2026-11-20T11:00:00Z') }));
    expect(asked()).toBe(3);
  });

  test('a "no" is never remembered', async () => {
    const { lookup, asked } = counting({ epoch: 3n, matching: [], changesAt: null });
    await lookup(query());
    await lookup(query());
    expect(asked()).toBe(2);
  });
});
