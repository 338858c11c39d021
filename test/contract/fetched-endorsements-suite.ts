/** Vendor documents that a vendor was asked for: kept with what came beside them, and never an older one. */
import { describe, expect, test } from '@jest/globals';
import type { EndorsementDocument } from '../../src/rats/endorsement.js';
import { minutesLater, NOW, randomHex, sampleDocument } from './samples.js';
import type { Opened } from './storage-suite.js';

const LATER = minutesLater(120);

export function describeFetchedEndorsements(opened: Opened): void {
  describe('endorsements that came from a vendor', () => {
    const store = () => opened().stores.endorsements;
    const keep = (document: EndorsementDocument, beside: readonly EndorsementDocument[] = [], now = LATER) =>
      store().keepUnlessOlder('genuine', document, beside, 'vendor', now);
    /** Generations of one subject, by number and minutes of issue. */
    const generations = (kind = 'tdx-tcb-info') => {
      const subject = `fmspc-${randomHex(6)}`;
      return (sequence: bigint | null, minutes: number) =>
        sampleDocument({ kind, subject, sequence, issuedAt: minutesLater(minutes) });
    };
    const listed = async ({ kind, subject }: EndorsementDocument) =>
      (await store().list('genuine', LATER))
        .filter((item) => item.kind === kind && item.subject === subject)
        .map(({ sha256, state, source }) => ({ sha256, state, source }));

    test('are kept with what came beside them, of whatever age that is', async () => {
      const [document, signer] = [generations(), generations('tdx-tcb-signing')];
      const [first, newer] = [signer(null, 0), signer(null, 10)];
      expect(await keep(newer)).toEqual(['current']);
      expect(await keep(document(1n, 20), [first])).toEqual(['current', 'past']);
      expect(await keep(document(2n, 30), [first, newer])).toEqual(['current', 'known', 'known']);
      expect((await listed(first)).map(({ state, source }) => [state, source])).toEqual([
        ['current', 'vendor'],
        ['past', 'vendor'],
      ]);
    });

    test('host_serves_older_generation: an older one is not kept, nor anything that came beside it', async () => {
      const [document, signer] = [generations(), generations('tdx-tcb-signing')];
      const newest = document(5n, 20);
      await keep(newest);
      for (const older of [document(4n, 30), document(5n, 19), document(null, 60)]) {
        const beside = signer(null, 0);
        expect(await keep(older, [beside])).toBeNull();
        expect(await listed(beside)).toEqual([]);
      }
      expect(await listed(newest)).toEqual([{ sha256: newest.sha256, state: 'current', source: 'vendor' }]);
    });

    test('a past generation that is kept already is still an older one', async () => {
      const document = generations();
      const [old, young] = [document(1n, 0), document(2n, 10)];
      await keep(old);
      await keep(young);
      expect(await keep(old)).toBeNull();
      expect(await keep(young)).toEqual(['known']);
    });

    test('of two of one rank neither is older, and the first stays', async () => {
      const document = generations();
      const [first, second] = [document(3n, 10), document(3n, 10)];
      expect(await keep(first)).toEqual(['current']);
      expect(await keep(second, [], minutesLater(121))).toEqual(['past']);
      expect((await listed(first))[0]).toMatchObject({ sha256: first.sha256, state: 'current' });
    });

    test('one that begins in the future makes no present one an older one', async () => {
      const document = generations();
      const [future, present] = [document(9n, 60), document(2n, 5)];
      expect(await keep(future, [], NOW)).toEqual(['current']);
      expect(await keep(present, [], minutesLater(10))).toEqual(['current']);
      expect(await keep(document(3n, 6), [], minutesLater(60))).toBeNull();
    });

    test('realms do not make each other’s documents older', async () => {
      const document = generations();
      await keep(document(5n, 20));
      const older = document(4n, 10);
      expect(await store().keepUnlessOlder('simulated', older, [], 'vendor', LATER)).toEqual(['current']);
    });

    test('kept by many at once, exactly the newest ends as current, and none that came after it is older', async () => {
      const document = generations();
      const all = Array.from({ length: 8 }, (_, index) => document(BigInt(index), index));
      const signers = generations('tdx-tcb-signing');
      const [one, other] = [signers(null, 0), signers(null, 1)];
      // Two that come beside, in either order: nobody waits for somebody who waits for him.
      const states = await Promise.all(
        all.map((each, index) => keep(each, index % 2 === 0 ? [one, other] : [other, one])),
      );
      expect(states.at(-1)?.[0]).toBe('current');
      const kept = await listed(all[0] ?? document(0n, 0));
      expect(kept[0]).toMatchObject({ sha256: all.at(-1)?.sha256, state: 'current' });
      expect(kept).toHaveLength(states.filter((state) => state !== null).length);
    });
  });
}
