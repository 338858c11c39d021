/** Uses are noted once a day by each process, and what cannot be written is not lost. */
import { describe, expect, test } from '@jest/globals';
import { createUseNotes, notingUses } from '../../src/endorsements/uses.js';
import type { Realm } from '../../src/rats/endorsement.js';
import type { EndorsementUse } from '../../src/verifier/refresh-ports.js';

const MORNING = new Date('2026-11-20T06:00:00Z');
const EVENING = new Date('2026-11-20T23:59:59Z');
const NEXT_DAY = new Date('2026-11-21T00:00:00Z');
const LIST = { kind: 'snp-vcek-crl', subject: 'Milan', bytes: new Uint8Array(0) };
const INFO = { kind: 'tdx-tcb-info', subject: '00806f050000/standard', bytes: new Uint8Array(0) };

function shelf() {
  const written: { readonly realm: Realm; readonly uses: readonly EndorsementUse[] }[] = [];
  let away = false;
  const notes = createUseNotes({
    async note(realm, uses) {
      if (away) throw new Error('the database is away');
      written.push({ realm, uses });
    },
  });
  return {
    notes,
    written,
    leave: (gone: boolean) => {
      away = gone;
    },
  };
}

function namesOf(written: ReturnType<typeof shelf>['written']): readonly string[] {
  return written.flatMap(({ realm, uses }) =>
    uses.map(({ kind, lastUsedAt }) => `${realm} ${kind} ${lastUsedAt.toISOString()}`),
  );
}

describe('uses of vendor documents', () => {
  test('a thousand verdicts of a day make one write', async () => {
    const { notes, written } = shelf();
    for (let turn = 0; turn < 1000; turn += 1) notes.note('genuine', [LIST, INFO], MORNING);
    await notes.flush();
    notes.note('genuine', [LIST, INFO], EVENING);
    await notes.flush();
    expect(written).toHaveLength(1);
    expect(namesOf(written)).toEqual([
      `genuine snp-vcek-crl ${MORNING.toISOString()}`,
      `genuine tdx-tcb-info ${MORNING.toISOString()}`,
    ]);
  });

  test('the next day is noted anew, and realms apart', async () => {
    const { notes, written } = shelf();
    notes.note('genuine', [LIST], EVENING);
    notes.note('simulated', [LIST], EVENING);
    notes.note('genuine', [LIST], NEXT_DAY);
    await notes.flush();
    expect(namesOf(written)).toEqual([
      `genuine snp-vcek-crl ${NEXT_DAY.toISOString()}`,
      `simulated snp-vcek-crl ${EVENING.toISOString()}`,
    ]);
  });

  test('what could not be written is written when the database is back', async () => {
    const { notes, written, leave } = shelf();
    leave(true);
    notes.note('genuine', [LIST], MORNING);
    await expect(notes.flush()).rejects.toThrow('away');
    leave(false);
    await notes.flush();
    await notes.flush();
    expect(namesOf(written)).toEqual([`genuine snp-vcek-crl ${MORNING.toISOString()}`]);
  });

  test('a note that comes while others are being written is written next', async () => {
    const turns: { release: () => void }[] = [];
    const written: string[] = [];
    const notes = createUseNotes({
      async note(_realm, uses) {
        await new Promise<void>((release) => turns.push({ release }));
        written.push(...uses.map(({ lastUsedAt }) => lastUsedAt.toISOString()));
      },
    });
    notes.note('genuine', [LIST], EVENING);
    const first = notes.flush();
    notes.note('genuine', [LIST], NEXT_DAY);
    turns[0]?.release();
    await first;
    const second = notes.flush();
    turns[1]?.release();
    await second;
    expect(written).toEqual([EVENING.toISOString(), NEXT_DAY.toISOString()]);
  });

  test('what was found for the present is in use; what the past needed is not', async () => {
    const { notes, written } = shelf();
    const collect = notingUses(async () => ({ documents: [LIST], epoch: null, remembered: false }), notes);
    const found = await collect([INFO, LIST], { realm: 'genuine', at: MORNING, tense: 'past', fresh: false });
    await notes.flush();
    expect([found.documents, written]).toEqual([[LIST], []]);
    await collect([INFO, LIST], { realm: 'genuine', at: MORNING, tense: 'now', fresh: false });
    await notes.flush();
    expect(namesOf(written)).toEqual([`genuine snp-vcek-crl ${MORNING.toISOString()}`]);
  });
});
