/** Uses of vendor documents, how renewing them went, and the queue: on both engines, under the service's role. */
import { describe, expect, test } from '@jest/globals';
import type { RefreshAttempt, RefreshTask } from '../../src/verifier/refresh-ports.js';
import { minutesLater, NOW, randomHex, sampleDocument } from './samples.js';
import type { Opened } from './storage-suite.js';

const KIND = 'snp-vcek-crl';
const LONG_AGO = minutesLater(-60 * 24 * 365);

function someName(): { readonly kind: string; readonly subject: string } {
  return { kind: KIND, subject: `Milan-${randomHex(8)}` };
}

function attempt(changes: Partial<RefreshAttempt> = {}): RefreshAttempt {
  return { now: NOW, leaseUntil: minutesLater(1), unlessFetchedSince: NOW, forced: false, ...changes };
}

const KEPT = { result: 'kept', error: null, failures: 0, notBefore: null } as const;

export function describeRefreshes(opened: Opened): void {
  describe('uses of vendor documents', () => {
    test('the first and the last are kept, in whatever order they are noted', async () => {
      const { refreshes } = opened().stores;
      const name = someName();
      await refreshes.note('genuine', [{ ...name, lastUsedAt: minutesLater(5) }]);
      await refreshes.note('genuine', [{ ...name, lastUsedAt: minutesLater(3) }]);
      expect(await refreshes.usedSince('genuine', [KIND], minutesLater(5))).toContainEqual({
        ...name,
        lastUsedAt: minutesLater(5),
      });
      const later = await refreshes.usedSince('genuine', [KIND], minutesLater(6));
      expect(later.map(({ subject }) => subject)).not.toContain(name.subject);
      const elsewhere = await refreshes.usedSince('simulated', [KIND], LONG_AGO);
      expect(elsewhere.map(({ subject }) => subject)).not.toContain(name.subject);
      const ofOtherKind = await refreshes.usedSince('genuine', ['tdx-tcb-info'], LONG_AGO);
      expect(ofOtherKind.map(({ subject }) => subject)).not.toContain(name.subject);
    });

    test('two processes that note the same documents in opposite orders both succeed', async () => {
      const { refreshes } = opened().stores;
      const names = Array.from({ length: 50 }, someName);
      const uses = names.map((name) => ({ ...name, lastUsedAt: NOW }));
      await Promise.all(
        Array.from({ length: 8 }, (_, turn) =>
          refreshes.note('genuine', turn % 2 === 0 ? uses : [...uses].reverse()),
        ),
      );
      const found = new Set(
        (await refreshes.usedSince('genuine', [KIND], NOW)).map(({ subject }) => subject),
      );
      expect(names.filter(({ subject }) => !found.has(subject))).toEqual([]);
    });
  });

  describe('how renewing went', () => {
    test('what is known of a document comes in the order asked for, with the generation that counts', async () => {
      const { refreshes, endorsements } = opened().stores;
      const old = sampleDocument({ sequence: 1n });
      const young = { ...sampleDocument({ sequence: 2n }), subject: old.subject };
      const future = {
        ...sampleDocument({ sequence: 9n, issuedAt: minutesLater(60) }),
        subject: old.subject,
      };
      for (const document of [old, young, future]) {
        await endorsements.keep('genuine', document, 'vendor', NOW);
      }
      const absent = someName();
      await refreshes.note('genuine', [{ ...old, lastUsedAt: NOW }]);
      const [first, second] = await refreshes.standing('genuine', [absent, old], NOW);
      expect(first).toEqual({ ...absent, lastUsedAt: null, current: null, record: null });
      expect(second).toEqual({
        kind: old.kind,
        subject: old.subject,
        lastUsedAt: NOW,
        current: {
          sha256: young.sha256,
          issuedAt: young.issuedAt,
          expiresAt: young.expiresAt,
          sequence: 2n,
          storedAt: NOW,
        },
        record: null,
      });
    });

    test('one of many at once may try', async () => {
      const { refreshes } = opened().stores;
      const name = someName();
      const tries = await Promise.all(
        Array.from({ length: 16 }, () => refreshes.begin('genuine', name, attempt())),
      );
      expect(tries.filter((granted) => granted !== null)).toHaveLength(1);
      // Who never says how it ended gives way when the lease is over, and not before.
      const before = attempt({ now: new Date(minutesLater(1).getTime() - 1), leaseUntil: minutesLater(2) });
      expect(await refreshes.begin('genuine', name, before)).toBeNull();
      const after = attempt({ now: minutesLater(1), leaseUntil: minutesLater(2) });
      expect(await refreshes.begin('genuine', name, after)).not.toBeNull();
    });

    test('a lease that is given back lets the next one try, and leaves how the last try ended', async () => {
      const { refreshes } = opened().stores;
      const name = someName();
      await refreshes.begin('genuine', name, attempt());
      await refreshes.settle('genuine', name, KEPT, NOW);
      const again = attempt({ leaseUntil: minutesLater(3), unlessFetchedSince: minutesLater(1) });
      expect(await refreshes.begin('genuine', name, again)).not.toBeNull();
      // Whoever had an earlier lease gives back nothing of another's.
      await refreshes.withdraw('genuine', name, minutesLater(1));
      expect(await refreshes.begin('genuine', name, again)).toBeNull();
      await refreshes.withdraw('genuine', name, minutesLater(3));
      const [standing] = await refreshes.standing('genuine', [name], NOW);
      expect(standing?.record).toMatchObject({
        fetchedAt: NOW,
        lastResult: 'kept',
        lastError: null,
        failures: 0,
      });
      expect(await refreshes.begin('genuine', name, again)).not.toBeNull();
    });

    test('what another has fetched since is left alone', async () => {
      const { refreshes } = opened().stores;
      const name = someName();
      expect(await refreshes.begin('genuine', name, attempt())).not.toBeNull();
      await refreshes.settle('genuine', name, KEPT, minutesLater(1));
      const asDue = (at: number) => attempt({ now: minutesLater(5), unlessFetchedSince: minutesLater(at) });
      expect(await refreshes.begin('genuine', name, asDue(0))).toBeNull();
      expect(await refreshes.begin('genuine', name, asDue(1))).toBeNull();
      expect(await refreshes.begin('genuine', name, asDue(2))).not.toBeNull();
    });

    test('failures ask for patience, which an operator need not have', async () => {
      const { refreshes } = opened().stores;
      const name = someName();
      await refreshes.begin('genuine', name, attempt());
      await refreshes.settle('genuine', name, KEPT, NOW);
      const later = attempt({ now: minutesLater(10), unlessFetchedSince: minutesLater(10) });
      await refreshes.begin('genuine', name, later);
      const failed = {
        result: 'rate-limited',
        error: 'AMD asks for patience',
        failures: 1,
        notBefore: minutesLater(15),
      } as const;
      await refreshes.settle('genuine', name, failed, minutesLater(10));
      const [standing] = await refreshes.standing('genuine', [name], minutesLater(10));
      expect(standing?.record).toEqual({
        triedAt: minutesLater(10),
        fetchedAt: NOW,
        failures: 1,
        notBefore: minutesLater(15),
        lastResult: 'rate-limited',
        lastError: 'AMD asks for patience',
      });
      const soon = attempt({ now: minutesLater(14), unlessFetchedSince: minutesLater(14) });
      expect(await refreshes.begin('genuine', name, soon)).toBeNull();
      expect(await refreshes.begin('genuine', name, { ...soon, forced: true })).toEqual({ failures: 1 });
      await refreshes.settle('genuine', name, KEPT, minutesLater(14));
      const known = (await refreshes.known('genuine', [someName(), name, name])).find(
        ({ subject }) => subject === name.subject,
      );
      expect(known?.lastUsedAt).toBeNull();
      expect(known?.record).toMatchObject({ fetchedAt: minutesLater(14), failures: 0, lastError: null });
    });
  });

  describe('the queue of documents to renew', () => {
    function task(): RefreshTask {
      return { ...someName(), realm: 'genuine', dueSince: NOW };
    }

    test('of one document one waits, each job goes to one taker, and one that ended is gone', async () => {
      const { refreshQueue: queue } = opened().stores;
      const [first, second] = [task(), task()];
      await queue.offer([first, second]);
      await queue.offer([{ ...first, dueSince: minutesLater(1) }]);
      const taken = (await Promise.all([queue.take(8), queue.take(8), queue.take(8)])).flat();
      const tasks = taken.map((job) => job.task).sort((a, b) => (a.subject < b.subject ? -1 : 1));
      expect(tasks).toEqual([first, second].sort((a, b) => (a.subject < b.subject ? -1 : 1)));
      for (const { id } of taken) await queue.done(id);
      expect(await queue.take(8)).toEqual([]);
      // It was taken, so it may wait again.
      await queue.offer([first]);
      const [again] = await queue.take(8);
      expect(again?.task).toEqual(first);
      await queue.done(String(again?.id));
    });

    test('a job whose process died comes back', async () => {
      const engine = opened();
      const { refreshQueue: queue } = engine.stores;
      const lost = task();
      await queue.offer([lost]);
      const [taken] = await queue.take(1);
      await queue.maintain();
      expect(await queue.take(8)).toEqual([]);
      await engine.administer(
        "UPDATE pgboss.job SET started_on = started_on - interval '3 minutes' WHERE id = $1",
        [taken?.id],
      );
      await queue.maintain();
      const [back] = await queue.take(8);
      expect(back?.task).toEqual(lost);
      await queue.done(String(back?.id));
    });

    test('what ended is cleared away', async () => {
      const engine = opened();
      const { refreshQueue: queue } = engine.stores;
      await queue.offer([task()]);
      const [taken] = await queue.take(1);
      await queue.done(String(taken?.id));
      await engine.administer(
        "UPDATE pgboss.job SET completed_on = completed_on - interval '25 hours' WHERE id = $1",
        [taken?.id],
      );
      await queue.maintain();
      const rowsOf = (table: string) =>
        engine.administer(`SELECT id FROM pgboss.${table} WHERE id = $1`, [taken?.id]);
      expect(await rowsOf('job')).toEqual([]);
      expect(await rowsOf('archive')).toHaveLength(1);
      await engine.administer(
        "UPDATE pgboss.archive SET archived_on = archived_on - interval '8 days' WHERE id = $1",
        [taken?.id],
      );
      await queue.maintain();
      expect(await rowsOf('archive')).toEqual([]);
    });

    test('the service can neither make nor alter a queue', async () => {
      const engine = opened();
      for (const statement of [
        `SELECT pgboss.create_queue('own', '{}')`,
        'DELETE FROM pgboss.queue',
        'UPDATE pgboss.version SET version = 1',
        'SELECT * FROM pgboss.schedule',
        'DROP TABLE pgboss.job',
      ]) {
        const attempted = engine.database.transaction({ tenant: null }, (tx) => tx.query(statement));
        await expect(attempted).rejects.toThrow(/permission denied|must be owner/);
      }
    });
  });
}
