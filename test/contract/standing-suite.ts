/** Which vendor documents count now, as two replicas remember it over one database. */
import { describe, expect, test } from '@jest/globals';
import type { EndorsementDocument, EndorsementRequirement } from '../../src/rats/endorsement.js';
import { lockNumber } from '../../src/storage/advisory-lock.js';
import type { Database } from '../../src/storage/database.js';
import { ENDORSEMENT_EPOCH_LOCK } from '../../src/storage/endorsement-epoch.js';
import { storesOver } from '../../src/storage/open.js';
import type { EndorsementEpoch } from '../../src/verifier/endorsement-ports.js';
import type { Stores } from '../../src/verifier/ports.js';
import { makeGate } from './revocation-suite.js';
import { makeTenant, minutesLater, NOW, randomHex, sampleCommit, sampleDocument } from './samples.js';
import type { Opened } from './storage-suite.js';

const ROUNDS = 100;

export function describeStanding(opened: Opened): void {
  describe('standing endorsements', () => {
    test('once found, the database is not asked again, not even for what is not there', async () => {
      const { ours, list, wanted } = await shelf(opened());
      const authority = { kind: 'snp-ask', subject: list.subject };
      const all = [
        ...wanted,
        authority,
        { kind: 'tdx-tcb-signing', subject: list.subject, each: true as const },
      ];
      const cold = await ours.find(all);
      expect(cold).toMatchObject({ remembered: false, documents: [{ bytes: list.bytes }] });
      expect(ours.asked()).toBeGreaterThan(0);
      for (let time = 0; time < 20; time += 1) {
        expect(await ours.find(all, minutesLater(time))).toEqual({ ...cold, remembered: true });
      }
      expect(ours.asked()).toBe(0);
      expect(await ours.find(all, NOW, true)).toEqual(cold);
      expect(ours.asked()).toBe(1);
    });

    test('one more requirement asks for that one, and all are of one epoch', async () => {
      const { ours, theirs, list, wanted } = await shelf(opened());
      const info = sampleDocument({ kind: 'tdx-tcb-info', subject: `${randomHex(6)}/standard` });
      await theirs.keep(info);
      const known = await ours.find(wanted);
      const both = await ours.find([...wanted, nameOf(info)]);
      expect(both).toMatchObject({ epoch: known.epoch, remembered: true });
      expect(both.documents.map(({ bytes }) => bytes)).toEqual([list.bytes, info.bytes]);
      // The epoch has moved: what was remembered is asked for again, too.
      const newer = sampleDocument({ ...nameOf(list), sequence: 2n });
      await theirs.keep(newer);
      const other = sampleDocument({ kind: 'tdx-pck-crl' });
      await theirs.keep(other);
      const fresh = await ours.find([...wanted, nameOf(other)]);
      expect(fresh.epoch).toBeGreaterThan(known.epoch);
      expect(fresh).toMatchObject({ remembered: false });
      expect(fresh.documents.map(({ bytes }) => bytes)).toEqual([newer.bytes, other.bytes]);
    });

    test('one that is kept raises the epoch of its realm alone, one that is known does not', async () => {
      const { ours, list, wanted } = await shelf(opened());
      const epochIn = async (realm: 'genuine' | 'simulated') =>
        (await ours.stores.endorsements.findStanding(realm, wanted, { at: NOW, fresh: true })).epoch;
      const [genuine, simulated] = [await epochIn('genuine'), await epochIn('simulated')];
      expect(await ours.keep(list)).toBe('known');
      expect(await epochIn('genuine')).toBe(genuine);
      expect(await ours.keep(sampleDocument({ ...nameOf(list), sequence: 0n }))).toBe('past');
      expect(await epochIn('genuine')).toBeGreaterThan(genuine);
      expect(await epochIn('simulated')).toBe(simulated);
    });

    test('the first document about a machine leaves the epoch, and is found by whoever looks afresh', async () => {
      const { ours, theirs, wanted } = await shelf(opened());
      const machine = machineDocument();
      const all = [...wanted, nameOf(machine)];
      const before = await ours.find(all);
      await theirs.keep(machine);
      expect((await ours.find(all)).documents).toHaveLength(1);
      const after = await ours.find(all, NOW, true);
      expect(after.epoch).toBe(before.epoch);
      expect(after.documents).toHaveLength(2);
      expect((await ours.find(all)).documents).toHaveLength(2);
      await theirs.keep({ ...machineDocument(), ...nameOf(machine) });
      expect((await ours.find(all, NOW, true)).epoch).toBeGreaterThan(before.epoch);
    });

    test('a generation dated in the future counts from its beginning on, without an act that says so', async () => {
      const { ours, list, wanted } = await shelf(opened());
      const future = sampleDocument({ ...nameOf(list), sequence: 9n, issuedAt: minutesLater(30) });
      await ours.keep(future);
      const at = async (minutes: number) =>
        (await ours.find(wanted, minutesLater(minutes))).documents[0]?.bytes;
      expect(await at(0)).toEqual(list.bytes);
      ours.asked();
      expect(await at(29)).toEqual(list.bytes);
      expect(ours.asked()).toBe(0);
      expect(await at(30)).toEqual(future.bytes);
      // Nor does a clock that was set back find what has not begun.
      expect(await at(29)).toEqual(list.bytes);
    });

    test('a number never comes again, not even where an earlier state was restored', async () => {
      const engine = opened();
      const { ours, list, wanted } = await shelf(engine);
      const { epoch: early } = await ours.find(wanted);
      await ours.keep(sampleDocument({ ...nameOf(list), sequence: 2n }));
      const { epoch: late } = await ours.find(wanted);
      const restore = "UPDATE endorsement_epochs SET epoch = $1 WHERE realm = 'genuine'";
      await engine.administer(restore, [early.toString()]);
      await ours.keep(sampleDocument({ ...nameOf(list), sequence: 3n }));
      expect((await ours.find(wanted)).epoch).toBeGreaterThan(late);
    });

    test('a commit under an older epoch writes nothing, and nothing else is told under one', async () => {
      const { ours, theirs, list, wanted } = await shelf(opened());
      const tenant = await makeTenant(ours.stores);
      const { decisions } = ours.stores;
      const { epoch } = await ours.find(wanted);
      const under: EndorsementEpoch = { realm: 'genuine', epoch };
      expect(await decisions.commit(sampleCommit(tenant, { endorsements: under }))).toBe('committed');
      expect(await decisions.epochStands(tenant, 0n, under)).toBe(true);
      await theirs.keep(sampleDocument({ ...nameOf(list), sequence: 2n }));
      const late = sampleCommit(tenant, { endorsements: under });
      expect(await decisions.commit(late)).toBe('epoch_moved');
      expect(await decisions.get(tenant, late.decision.id)).toBeNull();
      expect(await decisions.epochStands(tenant, 0n, under)).toBe(false);
      expect(await decisions.epochStands(tenant, 0n, null)).toBe(true);
      expect(await decisions.epochStands(tenant, 1n, null)).toBe(false);
      // Of entries that go together each is held to its own.
      const now = { realm: 'genuine', epoch: (await ours.find(wanted, NOW, true)).epoch } as const;
      const mixed = [
        sampleCommit(tenant, { endorsements: null }),
        sampleCommit(tenant, { endorsements: under }),
        sampleCommit(tenant, { endorsements: now }),
        sampleCommit(tenant, { endorsements: { realm: 'simulated', epoch: 1n } }),
      ];
      expect(await Promise.all(mixed.map((entry) => decisions.commit(entry)))).toEqual([
        'committed',
        'epoch_moved',
        'committed',
        'epoch_moved',
      ]);
    });

    test(`in ${ROUNDS} rounds no commit counts after another replica’s import was answered`, async () => {
      const { ours, theirs, list, wanted } = await shelf(opened());
      const tenant = await makeTenant(ours.stores);
      let accepted = 0;
      for (let round = 1; round <= ROUNDS; round += 1) {
        const { epoch } = await ours.find(wanted, NOW, true);
        const under: EndorsementEpoch = { realm: 'genuine', epoch };
        const commit = () => ours.stores.decisions.commit(sampleCommit(tenant, { endorsements: under }));
        const raced = [
          commit(),
          theirs.keep(sampleDocument({ ...nameOf(list), sequence: BigInt(round + 1) })),
        ];
        await raced[1];
        // What was under way is decided by now, one way or the other; what comes after must not count.
        const [after] = await Promise.all([commit(), raced[0]]);
        if (after === 'committed') accepted += 1;
      }
      expect(accepted).toBe(0);
    }, 120_000);

    test('an import waits for the decisions under way, and is answered after them', async () => {
      const { ours, list } = await shelf(opened());
      const order: string[] = [];
      const [held, release] = [makeGate(), makeGate()];
      const deciding = opened().database.transaction({ tenant: null }, async (tx) => {
        // As a commit of decisions holds it.
        const lock = lockNumber(ENDORSEMENT_EPOCH_LOCK, 'genuine');
        await tx.query('SELECT pg_advisory_xact_lock_shared($1::bigint)', [lock]);
        held.open();
        await release.opened;
        order.push('decided');
      });
      await held.opened;
      const importing = ours
        .keep(sampleDocument({ ...nameOf(list), sequence: 2n }))
        .then(() => order.push('imported'));
      release.open();
      await Promise.all([deciding, importing]);
      expect(order).toEqual(['decided', 'imported']);
    });

    test('a machine or family is known by any document about it', async () => {
      const { ours } = await shelf(opened());
      const { endorsements } = ours.stores;
      const chip = `Milan/${randomHex(8)}`;
      await ours.keep({ ...machineDocument(), subject: `${chip}/${randomHex(8)}` });
      const leaf = (subject: string) => ({ kind: 'snp-vek', subject });
      expect(await endorsements.knows('genuine', [leaf(`${chip}/${randomHex(8)}`)])).toBe(true);
      expect(await endorsements.knows('simulated', [leaf(`${chip}/${randomHex(8)}`)])).toBe(false);
      expect(await endorsements.knows('genuine', [leaf(`${chip.slice(0, -1)}/x`)])).toBe(false);
      for (const other of [`${chip}0`, `${chip}.`, `${chip}-1`, chip.slice(0, -1)]) {
        expect(await endorsements.knows('genuine', [leaf(`${other}/x`), leaf(`${chip}x/y`)])).toBe(false);
      }
      expect(await endorsements.knows('genuine', [{ kind: 'snp-ask', subject: `${chip}/x` }])).toBe(false);
      // Whose subject names no machine says nothing of one.
      expect(await endorsements.knows('genuine', [{ kind: 'snp-vek', subject: 'Milan' }])).toBe(false);
      expect(await endorsements.knows('genuine', [])).toBe(false);
    });
  });
}

function nameOf({ kind, subject }: EndorsementDocument): EndorsementRequirement {
  return { kind, subject };
}

function machineDocument(): EndorsementDocument {
  const subject = `Milan/${randomHex(8)}/${randomHex(8)}`;
  return { ...sampleDocument({ kind: 'snp-vek', subject, sequence: null }), ofMachine: true };
}

/** Two replicas, and a list of a subject of its own that both know of. */
async function shelf({ database }: { readonly database: Database }) {
  const [ours, theirs] = [replicaOver(database), replicaOver(database)];
  const list = sampleDocument();
  await theirs.keep(list);
  return { ours, theirs, list, wanted: [nameOf(list)] };
}

/** A memory of its own over the shared database, which counts what it is asked. */
function replicaOver(database: Database) {
  let count = 0;
  const stores: Stores = storesOver({
    ...database,
    read: (scope, text, values) => {
      if (text.includes('endorsement')) count += 1;
      return database.read(scope, text, values);
    },
  });
  return {
    stores,
    find: (requirements: readonly EndorsementRequirement[], at = NOW, fresh = false) =>
      stores.endorsements.findStanding('genuine', requirements, { at, fresh }),
    keep: (document: EndorsementDocument) => stores.endorsements.keep('genuine', document, 'vendor', NOW),
    /** Reads of vendor documents since the last call. */
    asked(): number {
      const since = count;
      count = 0;
      return since;
    },
  };
}
