/** Noting platforms: once a day and state, without a database in the way of anybody. */
import { describe, expect, test } from '@jest/globals';
import type { AuthenticatedEvidence } from '../../src/rats/evidence.js';
import type { ReferenceValue } from '../../src/rats/reference-value.js';
import type { Sighting } from '../../src/verifier/sighting-ports.js';
import { createSightings } from '../../src/verifier/sightings.js';
import { AT, referenceValue, sampleEvidence } from '../appraisal/sample-evidence.js';

const DAY_MS = 24 * 3600 * 1000;

/** A store that keeps what it is given, one batch after the other; `fails` while it is away. */
function storeOf() {
  const batches: { readonly tenant: string; readonly sightings: readonly Sighting[] }[] = [];
  const state = { fails: false };
  return {
    batches,
    state,
    all: () => batches.flatMap(({ sightings }) => sightings),
    record: async (tenant: string, sightings: readonly Sighting[]) => {
      if (state.fails) throw new Error('the database is away');
      batches.push({ tenant, sightings });
    },
  };
}

function machine(name: string, state = 'delivered'): AuthenticatedEvidence {
  return sampleEvidence({ recollection: { machine: name, state, facts: () => ({ name, state }) } });
}

interface Changes {
  readonly evidence?: AuthenticatedEvidence;
  readonly tenant?: string;
  readonly matched?: ReferenceValue;
  readonly policy?: string | null;
  readonly at?: Date;
}

function noted(changes: Changes = {}) {
  return {
    tenant: 'acme',
    evidence: machine('chip 1'),
    matched: referenceValue(),
    policy: null,
    at: AT,
    ...changes,
  };
}

describe('a platform', () => {
  test('is written once, however often it comes that day', async () => {
    const store = storeOf();
    const sightings = createSightings(store);
    for (let turn = 0; turn < 100; turn += 1) {
      sightings.note(noted());
      if (turn % 10 === 0) await sightings.flush();
    }
    await sightings.flush();
    expect(store.all()).toHaveLength(1);
    expect(store.batches[0]?.tenant).toBe('acme');
    expect(store.all()[0]).toMatchObject({
      workload: 'llm-serving',
      policy: null,
      tee: 'sev-snp',
      facts: { name: 'chip 1', state: 'delivered' },
      seenAt: AT,
    });
    expect(store.all()[0]?.machine).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(store.all()[0]?.machine)).not.toContain('chip 1');
  });

  test('is written again the next day, in another state, under another workload, policy or tenant', async () => {
    const store = storeOf();
    const sightings = createSightings(store);
    sightings.note(noted());
    await sightings.flush();
    const others: readonly Changes[] = [
      { at: new Date(AT.getTime() + DAY_MS) },
      { evidence: machine('chip 1', 'updated') },
      { matched: referenceValue({ workload: 'batch' }) },
      { policy: 'strict' },
      { tenant: 'other' },
      { evidence: machine('chip 2') },
    ];
    for (const [index, changes] of others.entries()) {
      sightings.note(noted(changes));
      await sightings.flush();
      expect(store.all()).toHaveLength(index + 2);
    }
  });

  test('that came in two states since the last time is one row of the batch, the later', async () => {
    const store = storeOf();
    const sightings = createSightings(store);
    sightings.note(noted());
    sightings.note(noted({ evidence: machine('chip 1', 'updated') }));
    await sightings.flush();
    expect(store.all().map(({ facts }) => facts)).toEqual([{ name: 'chip 1', state: 'updated' }]);
  });

  test('keeps the events of the version that matched, and no others', async () => {
    const store = storeOf();
    const sightings = createSightings(store);
    const referenceFields = { mrtd: 'ab', rtmr1_events: 'cd', rtmr2_events: 'ef' };
    const evidence = sampleEvidence({ referenceFields });
    sightings.note(
      noted({ evidence, matched: referenceValue({ match: { mrtd: ['ab'], rtmr1_events: ['cd'] } }) }),
    );
    await sightings.flush();
    expect(store.all()[0]?.fields).toEqual({ rtmr1_events: 'cd' });
  });

  test('whose facts are too many is not kept', async () => {
    const store = storeOf();
    const sightings = createSightings(store);
    const facts = () => ({ text: 'x'.repeat(40_000) });
    const evidence = sampleEvidence({ recollection: { machine: 'm', state: 's', facts } });
    sightings.note(noted({ evidence }));
    sightings.note(noted({ matched: referenceValue({ workload: null }) }));
    await sightings.flush();
    expect(store.all()).toEqual([]);
  });
});

describe('while the database is away', () => {
  test('what was noted waits, and is written once it is back', async () => {
    const store = storeOf();
    const sightings = createSightings(store);
    store.state.fails = true;
    for (const name of ['chip 1', 'chip 2']) sightings.note(noted({ evidence: machine(name) }));
    await expect(sightings.flush()).rejects.toThrow('away');
    await expect(sightings.flush()).rejects.toThrow('away');
    store.state.fails = false;
    await sightings.flush();
    expect(store.all()).toHaveLength(2);
    await sightings.flush();
    expect(store.all()).toHaveLength(2);
  });

  test('it keeps a bounded number, and notes the others when they come again', async () => {
    const store = storeOf();
    const sightings = createSightings(store);
    store.state.fails = true;
    for (let chip = 0; chip < 5_000; chip += 1) sightings.note(noted({ evidence: machine(`chip ${chip}`) }));
    store.state.fails = false;
    await sightings.flush();
    expect(store.all()).toHaveLength(4_096);
    expect(Math.max(...store.batches.map((batch) => batch.sightings.length))).toBeLessThanOrEqual(256);
    for (let chip = 0; chip < 5_000; chip += 1) sightings.note(noted({ evidence: machine(`chip ${chip}`) }));
    await sightings.flush();
    expect(store.all()).toHaveLength(5_000);
  });

  test('two who write at once write nothing twice', async () => {
    const store = storeOf();
    const sightings = createSightings(store);
    for (let chip = 0; chip < 600; chip += 1) sightings.note(noted({ evidence: machine(`chip ${chip}`) }));
    await Promise.all([sightings.flush(), sightings.flush(), sightings.flush()]);
    expect(store.all()).toHaveLength(600);
  });
});
