/** Vendor documents: generations in their order, now and in the past. */
import { describe, expect, test } from '@jest/globals';
import type { EndorsementDocument } from '../../src/rats/endorsement.js';
import type { EndorsementSummary } from '../../src/verifier/endorsement-ports.js';
import type { Page } from '../../src/verifier/ports.js';
import type { Engine } from './engine.js';
import { refusalCodeOf } from './refused.js';
import { minutesLater, NOW, randomHex, sampleDocument } from './samples.js';
import type { Opened } from './storage-suite.js';

/** When everything here has begun. */
const LONG_AFTER = minutesLater(120);

export function describeEndorsements(opened: Opened): void {
  describe('endorsements', () => {
    test('older_issue_date_after_newer_refused: an older one is kept as a past generation and never becomes current', async () => {
      const { keep, found, at } = makeShelf(opened());
      const [old, middle, young] = [at(1n, 0), at(2n, 10), at(3n, 20)];
      expect(await found()).toBeNull();
      expect(await keep(middle)).toBe('current');
      expect(await keep(old)).toBe('past');
      expect(await found()).toBe(middle.sha256);
      expect(await keep(young)).toBe('current');
      expect(await keep(middle)).toBe('known');
      expect(await found()).toBe(young.sha256);
    });

    test('any generation is read by its digest, and one that is not there is a bug', async () => {
      const { stores } = opened();
      const [one, other] = [sampleDocument({ sequence: 1n }), sampleDocument({ sequence: 2n })];
      for (const document of [one, other]) await stores.endorsements.keep('genuine', document, 'test', NOW);
      const found = await stores.endorsements.contents('genuine', [other, one]);
      expect(found.map(({ bytes }) => Buffer.from(bytes).toString('hex'))).toEqual(
        [other, one].map(({ bytes }) => Buffer.from(bytes).toString('hex')),
      );
      await expect(stores.endorsements.contents('simulated', [one])).rejects.toThrow('no content');
      expect(await stores.endorsements.contents('genuine', [])).toEqual([]);
    });

    test('the number counts before the date, beyond what 64 bits hold', async () => {
      const { keep, found, at } = makeShelf(opened());
      const [high, low] = [at(2n ** 150n + 1n, 0), at(2n ** 150n, 10)];
      expect(await keep(low)).toBe('current');
      expect(await keep(high)).toBe('current');
      expect(await found()).toBe(high.sha256);
      // Nine is less than ten: by value, not by text.
      const [nine, ten] = [at(2n ** 160n + 9n, 20), at(2n ** 160n + 10n, 20)];
      expect(await keep(ten)).toBe('current');
      expect(await keep(nine)).toBe('past');
    });

    test('without a number the date counts, and of equals the first stays', async () => {
      const { keep, found, at } = makeShelf(opened());
      const [first, second, older] = [at(null, 10), at(null, 10), at(null, 5)];
      expect(await keep(first, minutesLater(10))).toBe('current');
      expect(await keep(second, minutesLater(11))).toBe('past');
      expect(await keep(older, minutesLater(12))).toBe('past');
      expect(await found()).toBe(first.sha256);
    });

    test('for a past instant the latest one issued by then counts, whenever it was stored', async () => {
      const { keep, found, at } = makeShelf(opened());
      const [old, young] = [at(1n, 0), at(2n, 20)];
      await keep(young, minutesLater(30));
      await keep(old, minutesLater(40));
      expect(await found('past', minutesLater(-1))).toBeNull();
      expect(await found('past', minutesLater(0))).toBe(old.sha256);
      expect(await found('past', minutesLater(19))).toBe(old.sha256);
      expect(await found('past', minutesLater(20))).toBe(young.sha256);
    });

    test('one dated in the future does not count before it begins', async () => {
      const { keep, found, at } = makeShelf(opened());
      const [used, renewed, future] = [at(1n, 0), at(2n, 5), at(9n, 60)];
      expect(await keep(used, NOW)).toBe('current');
      expect(await keep(future, NOW)).toBe('current');
      const listed = await opened().stores.endorsements.list('genuine', minutesLater(1));
      expect(listed.find(({ sha256 }) => sha256 === used.sha256)?.state).toBe('current');
      expect(listed.find(({ sha256 }) => sha256 === future.sha256)?.state).toBe('past');
      expect(await found('now', NOW)).toBe(used.sha256);
      expect(await keep(renewed, minutesLater(6))).toBe('current');
      expect(await found('now', minutesLater(59))).toBe(renewed.sha256);
      expect(await found('now', minutesLater(60))).toBe(future.sha256);
      // Its number is lower than that of the one which has begun by then.
      expect(await keep(at(3n, 61), NOW)).toBe('past');
      expect(await found('past', minutesLater(59))).toBe(renewed.sha256);
    });

    test('while none has begun, the newest is found, so that verification can say so', async () => {
      const { keep, found, at } = makeShelf(opened());
      const [sooner, later] = [at(1n, 10), at(2n, 20)];
      await keep(sooner, NOW);
      await keep(later, NOW);
      expect(await found('now', NOW)).toBe(later.sha256);
      expect(await found('past', NOW)).toBeNull();
    });

    test('realms, kinds and subjects never meet', async () => {
      const { stores } = opened();
      const document = sampleDocument();
      await stores.endorsements.keep('simulated', document, 'import', NOW);
      const { kind, subject, bytes } = document;
      const find = (realm: 'genuine' | 'simulated', wanted: { kind: string; subject: string }) =>
        stores.endorsements.find(realm, [wanted], { at: NOW, tense: 'now' });
      expect(await find('simulated', { kind, subject })).toEqual([{ kind, subject, bytes }]);
      expect(await find('genuine', { kind, subject })).toEqual([]);
      expect(await find('simulated', { kind: 'snp-vlek-crl', subject })).toEqual([]);
      expect(await find('simulated', { kind, subject: `${subject}x` })).toEqual([]);
      expect(await stores.endorsements.keep('genuine', document, 'import', NOW)).toBe('current');
    });

    test('are found together, each in its generation, and what is absent is left out', async () => {
      const { stores } = opened();
      const [first, second] = [sampleDocument(), sampleDocument({ kind: 'tdx-pck-crl' })];
      const older = sampleDocument({ kind: second.kind, subject: second.subject, sequence: 0n });
      for (const document of [first, second, older]) {
        await stores.endorsements.keep('genuine', document, 'import', LONG_AFTER);
      }
      const wanted = [first, second, { kind: 'tdx-root-crl', subject: 'nobody' }].map(
        ({ kind, subject }) => ({
          kind,
          subject,
        }),
      );
      const found = await stores.endorsements.find('genuine', wanted, { at: LONG_AFTER, tense: 'now' });
      const byKind = new Map(found.map((endorsement) => [endorsement.kind, endorsement]));
      expect(found).toHaveLength(2);
      expect(byKind.get(first.kind)?.bytes).toEqual(first.bytes);
      expect(byKind.get(second.kind)?.bytes).toEqual(second.bytes);
    });

    test('of which each generation is wanted come together, in their order, at most eight', async () => {
      const { stores } = opened();
      const { keep, at, subject } = makeShelf(opened());
      const documents = Array.from({ length: 10 }, (_, index) => at(BigInt(index), index));
      for (const document of documents) await keep(document);
      const { kind } = documents[0] ?? at(0n, 0);
      const bytesOf = (tense: 'now' | 'past', instant: Date) =>
        stores.endorsements
          .find('genuine', [{ kind, subject, each: true }], { at: instant, tense })
          .then((found) => found.map(({ bytes }) => bytes));
      const newest = documents.map(({ bytes }) => bytes).reverse();
      expect(await bytesOf('now', LONG_AFTER)).toEqual(newest.slice(0, 8));
      expect(await bytesOf('past', minutesLater(3))).toEqual(newest.slice(6));
    });

    test('kept by many at once, exactly the newest ends as current', async () => {
      const { keep, found, at } = makeShelf(opened());
      const documents = Array.from({ length: 8 }, (_, index) => at(BigInt(index), index));
      const states = await Promise.all(documents.map((document) => keep(document)));
      expect(states.at(-1)).toBe('current');
      expect(await found()).toBe(documents.at(-1)?.sha256);
      const same = at(50n, 50);
      const twice = await Promise.all([keep(same), keep(same), keep(same)]);
      expect(twice.sort()).toEqual(['current', 'known', 'known']);
    });

    test('are listed with their generation', async () => {
      const { stores } = opened();
      const { keep, at, subject } = makeShelf(opened());
      const documents = [at(9n, 0), at(10n, 0), at(null, 30)];
      for (const document of documents) await keep(document, minutesLater(1));
      const listed = (await stores.endorsements.list('genuine', minutesLater(60))).filter(
        (item) => item.subject === subject,
      );
      expect(listed.map(({ sequence, state }) => [sequence, state])).toEqual([
        [10n, 'current'],
        [9n, 'past'],
        [null, 'past'],
      ]);
      const { bytes, sequence, ...rest } = documents[1] ?? at(0n, 0);
      expect(bytes).toHaveLength(64);
      expect(listed[0]).toEqual({
        ...rest,
        sequence,
        state: 'current',
        source: 'vendor',
        storedAt: minutesLater(1),
      });
    });

    test('come page by page, each once and in its order, with the generation that they are of', async () => {
      const { endorsements } = opened().stores;
      const { keep, at, subject } = makeShelf(opened());
      // Two issued at one moment, one that has not begun, one that counts by its number though it was issued before.
      for (const one of [at(1n, 0), at(9n, 5), at(2n, 10), at(3n, 10), at(20n, 90)]) await keep(one);
      const now = minutesLater(60);
      const key = (one: EndorsementSummary) => `${one.kind} ${one.subject} ${one.sha256} ${one.state}`;
      const all = await endorsements.list('genuine', now);
      for (const state of [null, 'current', 'past'] as const) {
        const found = await pagesOf((cursor) =>
          endorsements.page('genuine', { state, now, machines: true }, { limit: 3, cursor }),
        );
        const wanted = all.filter((one) => state === null || one.state === state);
        expect(found.map(key).sort()).toEqual(wanted.map(key).sort());
        const names = found.map((one) => `${one.kind}\0${one.subject}`);
        expect(names).toEqual([...names].sort());
      }
      const own = (
        await pagesOf((cursor) =>
          endorsements.page('genuine', { state: null, now, machines: true }, { limit: 1, cursor }),
        )
      )
        .filter((one) => one.subject === subject)
        .map(({ sequence, state }) => [sequence, state]);
      expect(own.slice(0, 1)).toEqual([[20n, 'past']]);
      expect(own.slice(1, 3).sort()).toEqual([
        [2n, 'past'],
        [3n, 'past'],
      ]);
      expect(own.slice(3)).toEqual([
        [9n, 'current'],
        [1n, 'past'],
      ]);
    });

    test('can be listed without those about a single machine', async () => {
      const { endorsements } = opened().stores;
      const now = minutesLater(60);
      const listed = (machines: boolean) =>
        pagesOf((cursor) =>
          endorsements.page('genuine', { state: null, now, machines }, { limit: 200, cursor }),
        );
      const of = { kind: 'snp-vek', subject: `Milan/${randomHex(32)}/00` };
      const vek = { ...sampleDocument(of), ofMachine: true } as const;
      await endorsements.keep('genuine', vek, 'vendor', NOW);
      const subjects = async (machines: boolean) => (await listed(machines)).map(({ subject }) => subject);
      expect(await subjects(true)).toContain(vek.subject);
      const shared = await subjects(false);
      expect(shared).not.toContain(vek.subject);
      expect(shared.length).toBeGreaterThan(0);
    });

    test('refuse a cursor that they did not give out', async () => {
      const { endorsements } = opened().stores;
      const scope = { state: null, now: NOW, machines: true };
      const forged = Buffer.from(JSON.stringify(['endorsements', 'a', 'b', 'yesterday', 'c'])).toString(
        'base64url',
      );
      for (const cursor of ['nonsense', forged]) {
        const asked = endorsements.page('genuine', scope, { limit: 3, cursor });
        expect(await refusalCodeOf(asked)).toBe('request_invalid');
      }
    });

    test('of those that are shared the current ones are found without the machines', async () => {
      const { endorsements } = opened().stores;
      const { keep, at } = makeShelf(opened());
      for (const one of [at(1n, 0), at(2n, 10), at(3n, 90)]) await keep(one);
      const unbegun = makeShelf(opened());
      for (const one of [unbegun.at(1n, 80), unbegun.at(2n, 90)]) await unbegun.keep(one);
      const machine = sampleDocument({ kind: 'snp-vek', subject: `Genoa/${randomHex(8)}/00` });
      await endorsements.keep('genuine', { ...machine, ofMachine: true }, 'vendor', NOW);
      const now = minutesLater(60);
      const current = (await endorsements.list('genuine', now)).filter(({ state }) => state === 'current');
      expect(current.map(({ sha256 }) => sha256)).toContain(machine.sha256);
      const machines = await machinesIn(opened());
      expect(await endorsements.shared('genuine', now)).toEqual(
        current.filter(({ sha256 }) => !machines.includes(sha256)),
      );
    });

    test('what nobody used since, and what was stored before, is not watched though it is the current one', async () => {
      const { endorsements, refreshes } = opened().stores;
      const [fresh, used, lapsed] = [sampleDocument({}), sampleDocument({}), sampleDocument({})];
      const since = minutesLater(60 * 24 * 10);
      const now = minutesLater(60 * 24 * 40);
      for (const one of [used, lapsed]) await endorsements.keep('genuine', one, 'vendor', NOW);
      await endorsements.keep('genuine', fresh, 'vendor', since);
      await refreshes.note('genuine', [
        { kind: used.kind, subject: used.subject, lastUsedAt: since },
        { kind: lapsed.kind, subject: lapsed.subject, lastUsedAt: minutesLater(60 * 24 * 9) },
      ]);
      const shared = (await endorsements.shared('genuine', now)).map(({ sha256 }) => sha256);
      expect(shared).toEqual(expect.arrayContaining([fresh.sha256, used.sha256, lapsed.sha256]));
      const watched = (await endorsements.watched('genuine', now, since)).map(({ sha256 }) => sha256);
      expect(watched).toEqual(expect.arrayContaining([fresh.sha256, used.sha256]));
      expect(watched).not.toContain(lapsed.sha256);
      const elsewhere = await endorsements.watched('simulated', now, since);
      expect(elsewhere.map(({ sha256 }) => sha256)).not.toContain(fresh.sha256);
    });
  });
}

async function pagesOf(
  page: (cursor: string | null) => Promise<Page<EndorsementSummary>>,
): Promise<readonly EndorsementSummary[]> {
  const items: EndorsementSummary[] = [];
  let cursor: string | null = null;
  do {
    const one: Page<EndorsementSummary> = await page(cursor);
    items.push(...one.items);
    cursor = one.nextCursor;
  } while (cursor !== null);
  return items;
}

/** Digests of the documents that other tests of this engine kept as some machine's. */
async function machinesIn({ database }: Engine): Promise<readonly unknown[]> {
  const sql = 'SELECT sha256 FROM endorsements WHERE of_machine';
  return (await database.read({ tenant: null }, sql, [])).rows.map(({ sha256 }) => sha256);
}

/** Documents of one subject. */
function makeShelf(engine: Engine) {
  const { endorsements } = engine.stores;
  const requirement = { kind: 'snp-vcek-crl', subject: `Genoa-${randomHex(6)}` };
  const digests = new Map<string, string>();
  return {
    subject: requirement.subject,
    /** A document with a number and minutes of issue. */
    at(sequence: bigint | null, minutes: number): EndorsementDocument {
      const document = sampleDocument({ ...requirement, sequence, issuedAt: minutesLater(minutes) });
      digests.set(Buffer.from(document.bytes).toString('hex'), document.sha256);
      return document;
    },
    keep: (document: EndorsementDocument, now = LONG_AFTER) =>
      endorsements.keep('genuine', document, 'vendor', now),
    /** Digest of what is found for an instant. */
    async found(tense: 'now' | 'past' = 'now', at: Date = LONG_AFTER): Promise<string | null> {
      const [endorsement] = await endorsements.find('genuine', [requirement], { at, tense });
      if (endorsement === undefined) return null;
      return digests.get(Buffer.from(endorsement.bytes).toString('hex')) ?? 'unknown bytes';
    },
  };
}
