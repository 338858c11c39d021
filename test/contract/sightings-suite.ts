/** Platforms seen: one row each, the latest facts, forgotten in time, and of one tenant alone. */
import { describe, expect, test } from '@jest/globals';
import type { Sighting } from '../../src/verifier/sighting-ports.js';
import { makeTenant, minutesLater, NOW, sampleSighting } from './samples.js';
import type { Opened } from './storage-suite.js';

export function describeSightings(opened: Opened): void {
  describe('sightings', () => {
    const listed = (tenant: string, since = NOW, limit = 100, after: Sighting | null = null) =>
      opened().stores.sightings.list(tenant, since, { limit, after });

    test('come back as they were recorded, newest first, to their own tenant', async () => {
      const { stores } = opened();
      const [ours, theirs] = [await makeTenant(stores), await makeTenant(stores)];
      const first = sampleSighting({ facts: { zulu: 1, alpha: { list: [true, null, 'é'] } } });
      const second = sampleSighting({
        seenAt: minutesLater(1),
        policy: 'strict',
        fields: { rtmr1_events: 'ab' },
      });
      await stores.sightings.record(ours, [first, second]);
      expect(await listed(ours)).toEqual([second, first]);
      expect(await listed(ours, minutesLater(1))).toEqual([second]);
      expect(await listed(ours, NOW, 1)).toEqual([second]);
      expect(await listed(theirs)).toEqual([]);
    });

    test('come in pages that miss none and repeat none, also of one instant', async () => {
      const tenant = await makeTenant(opened().stores);
      const platforms = Array.from({ length: 9 }, (_, index) =>
        sampleSighting({ seenAt: minutesLater(index % 3), workload: `w${index % 2}` }),
      );
      const again = platforms.slice(0, 4).map((one) => ({ ...one, policy: 'strict' }));
      await opened().stores.sightings.record(tenant, [...platforms, ...again]);
      const all = await listed(tenant);
      expect(all).toHaveLength(13);
      const paged: Sighting[] = [];
      for (let page = await listed(tenant, NOW, 4); page.length > 0; ) {
        expect(page.length).toBeLessThanOrEqual(4);
        paged.push(...page);
        page = await listed(tenant, NOW, 4, page.at(-1) ?? null);
      }
      expect(paged).toEqual(all);
    });

    test('of one platform replace each other, unless they are older', async () => {
      const { stores } = opened();
      const tenant = await makeTenant(stores);
      const first = sampleSighting({ seenAt: minutesLater(1) });
      await stores.sightings.record(tenant, [first]);
      const later = { ...first, facts: { state: 'updated' }, seenAt: minutesLater(2) };
      await stores.sightings.record(tenant, [later]);
      expect(await listed(tenant)).toEqual([later]);
      await stores.sightings.record(tenant, [{ ...first, facts: { state: 'late' }, seenAt: NOW }]);
      expect(await listed(tenant)).toEqual([later]);
      const elsewhere = { ...later, workload: 'another' };
      const chosen = { ...later, policy: 'strict' };
      await stores.sightings.record(tenant, [elsewhere, chosen]);
      expect(await listed(tenant)).toHaveLength(3);
    });

    test('are forgotten when nobody saw the platform for long', async () => {
      const { stores } = opened();
      const [one, other] = [await makeTenant(stores), await makeTenant(stores)];
      const kept = sampleSighting({ seenAt: minutesLater(5) });
      await stores.sightings.record(one, [sampleSighting({ seenAt: minutesLater(1) }), kept]);
      await stores.sightings.record(other, [sampleSighting({ seenAt: minutesLater(2) })]);
      expect(await stores.sightings.purge(minutesLater(5))).toBeGreaterThanOrEqual(2);
      expect(await listed(one)).toEqual([kept]);
      expect(await listed(other)).toEqual([]);
    });

    test('recorded by several at once leave one row each', async () => {
      const { stores } = opened();
      const tenant = await makeTenant(stores);
      const platforms = Array.from({ length: 20 }, (_, index) =>
        sampleSighting({ seenAt: minutesLater(index) }),
      );
      const orders = [platforms, [...platforms].reverse(), platforms.slice(5), platforms];
      await Promise.all(orders.map((order) => stores.sightings.record(tenant, order)));
      expect(await listed(tenant)).toEqual([...platforms].reverse());
      await stores.sightings.record(tenant, []);
    });

    test('tell of every tenant, by name', async () => {
      const { stores } = opened();
      const made = [await makeTenant(stores), await makeTenant(stores)];
      const all = await stores.tenants.list();
      for (const name of made) expect(all).toContainEqual({ name, realm: 'genuine' });
    });
  });
}
