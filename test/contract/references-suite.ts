/** Reference versions: numbering, states and the epoch that each change raises. */
import { describe, expect, test } from '@jest/globals';
import type { Engine } from './engine.js';
import { refusalCodeOf } from './refused.js';
import { allPages } from './registry-suite.js';
import { makeTenant, minutesLater, NOW, randomHex, sampleReference, sampleWorkload } from './samples.js';
import type { Opened } from './storage-suite.js';

const LATER = minutesLater(1);

export function describeReferences(opened: Opened): void {
  describe('reference versions', () => {
    test('count from one per workload and come back as they were stored', async () => {
      const { stores } = opened();
      const tenant = await makeTenant(stores);
      await stores.workloads.create(tenant, sampleWorkload('llm'));
      const value = sampleReference(
        { measurement: [randomHex(48), randomHex(48)], host_data: randomHex(32) },
        { activate: false, notBefore: NOW, notAfter: LATER },
      );
      const { activate, ...stored } = value;
      const version = {
        ...stored,
        workload: 'llm',
        version: 1,
        state: 'draft',
        createdAt: NOW,
        changedAt: NOW,
        reason: null,
      };
      expect(activate).toBe(false);
      expect(await stores.referenceValues.create(tenant, 'llm', value, NOW)).toEqual(version);
      expect(await stores.referenceValues.get(tenant, 'llm', 1)).toEqual(version);
      expect(await stores.referenceValues.get(tenant, 'llm', 2)).toBeNull();
      expect(await stores.referenceValues.create(tenant, 'nobody', value, NOW)).toBeNull();
      const second = await stores.referenceValues.create(tenant, 'llm', { ...value, activate: true }, NOW);
      expect(second).toMatchObject({ version: 2, state: 'active' });
    });

    test('made at once get different numbers', async () => {
      const { stores } = opened();
      const tenant = await makeTenant(stores);
      await stores.workloads.create(tenant, sampleWorkload('llm'));
      const made = await Promise.all(
        Array.from({ length: 8 }, () =>
          stores.referenceValues.create(tenant, 'llm', sampleReference({ measurement: randomHex(48) }), NOW),
        ),
      );
      expect(made.map((version) => version?.version).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      const list = await allPages((page) => stores.referenceValues.list(tenant, 'llm', page), 3);
      const numbers = list.map((items) => items.map(({ version }) => version));
      expect(numbers).toEqual([
        [8, 7, 6],
        [5, 4, 3],
        [2, 1],
      ]);
    });

    test('a cursor that is no version is refused', async () => {
      const { stores } = opened();
      const tenant = await makeTenant(stores);
      for (const version of ['x', '0', '-1', '99999999999', '1.5']) {
        const text = JSON.stringify(['reference_values llm', version]);
        const cursor = Buffer.from(text, 'utf8').toString('base64url');
        const page = stores.referenceValues.list(tenant, 'llm', { limit: 1, cursor });
        expect(await refusalCodeOf(page)).toBe('request_invalid');
      }
    });

    test('pass through the states that are allowed and no others', async () => {
      const engine = opened();
      const { referenceValues, workloads } = engine.stores;
      const tenant = await makeTenant(engine.stores);
      await workloads.create(tenant, sampleWorkload('llm'));
      const draft = sampleReference({ measurement: randomHex(48) }, { activate: false });
      await referenceValues.create(tenant, 'llm', draft, NOW);
      const pass = (to: 'active' | 'retired' | 'revoked', reason: string | null = null) =>
        referenceValues.transition(tenant, 'llm', 1, to, reason, LATER);
      expect(await pass('retired')).toEqual({ conflict: 'draft' });
      expect(await pass('active')).toMatchObject({ state: 'active', reason: null });
      expect(await pass('active')).toEqual({ conflict: 'active' });
      expect(await pass('retired')).toMatchObject({ state: 'retired' });
      expect(await pass('active')).toEqual({ conflict: 'retired' });
      expect(await pass('revoked', 'key leaked')).toMatchObject({ state: 'revoked', reason: 'key leaked' });
      for (const to of ['active', 'retired', 'revoked'] as const) {
        expect(await pass(to)).toEqual({ conflict: 'revoked' });
      }
      expect(await referenceValues.transition(tenant, 'llm', 9, 'revoked', null, LATER)).toBeNull();
      expect(await referenceValues.transition(tenant, 'nobody', 1, 'revoked', null, LATER)).toBeNull();
    });

    test('raise the epoch with every change of what is acceptable, and only then', async () => {
      const engine = opened();
      const { referenceValues, workloads } = engine.stores;
      const tenant = await makeTenant(engine.stores);
      const epochs: bigint[] = [await epochOf(engine, tenant)];
      const note = async (change: Promise<unknown>): Promise<void> => {
        await change;
        epochs.push(await epochOf(engine, tenant));
      };
      const value = sampleReference({ measurement: randomHex(48) });
      await note(workloads.create(tenant, sampleWorkload('llm')));
      await note(referenceValues.create(tenant, 'llm', { ...value, activate: false }, NOW));
      await note(referenceValues.transition(tenant, 'llm', 1, 'active', null, LATER));
      await note(referenceValues.create(tenant, 'llm', value, NOW));
      await note(referenceValues.transition(tenant, 'llm', 1, 'retired', null, LATER));
      await note(referenceValues.transition(tenant, 'llm', 1, 'active', null, LATER));
      await note(referenceValues.transition(tenant, 'llm', 1, 'revoked', 'why', LATER));
      // Numbers are times; what counts is which of them moved, and that they only rise.
      const moved = epochs.slice(1).map((epoch, index) => epoch > (epochs[index] ?? 0n));
      expect(moved).toEqual([false, false, true, true, true, false, true]);
      expect(epochs).toEqual([...epochs].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
    });

    test('with more than 256 combinations are refused, with exactly 256 kept', async () => {
      const { stores } = opened();
      const tenant = await makeTenant(stores);
      await stores.workloads.create(tenant, sampleWorkload('llm'));
      const values = (count: number, length: number): string[] =>
        Array.from({ length: count }, () => randomHex(length));
      const create = (first: number, second: number) =>
        stores.referenceValues.create(
          tenant,
          'llm',
          sampleReference({ measurement: values(first, 48), host_data: values(second, 32) }),
          NOW,
        );
      expect(await refusalCodeOf(create(257, 1))).toBe('request_invalid');
      expect(await refusalCodeOf(create(16, 17))).toBe('request_invalid');
      expect(await create(16, 16)).toMatchObject({ version: 1, state: 'active' });
    });
  });
}

async function epochOf(engine: Engine, tenant: string): Promise<bigint> {
  const { stores } = engine;
  const query = { tenant, tee: 'sev-snp', fields: {}, workloads: null, at: NOW } as const;
  return (await stores.referenceValues.lookup(query)).epoch;
}
