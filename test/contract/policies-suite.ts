/** Policies: numbered versions that never change, one in force, and what is remembered of them. */
import { describe, expect, test } from '@jest/globals';
import type { PolicyVersion } from '../../src/verifier/policy-ports.js';
import { allPages } from './registry-suite.js';
import {
  makeTenant,
  minutesLater,
  NOW,
  sampleCommit,
  samplePolicy,
  samplePolicyDocument,
  sampleWorkload,
} from './samples.js';
import type { Opened } from './storage-suite.js';

const SHIPPED = ['lab', 'standard'].map((name) => ({ name, active: 1, latest: 1, createdAt: null }));

export function describePolicies(opened: Opened): void {
  async function prepared() {
    const { stores } = opened();
    const tenant = await makeTenant(stores);
    const { policies, workloads, decisions } = stores;
    return { tenant, policies, workloads, decisions };
  }

  describe('policies', () => {
    test('are numbered, come back as they were written, and a name is taken once', async () => {
      const { tenant, policies } = await prepared();
      const first = { ...samplePolicyDocument('own', 1), state: 'draft', createdAt: NOW };
      expect(await policies.create(tenant, 'own', samplePolicy('own'), NOW)).toEqual(first);
      expect(await policies.create(tenant, 'own', samplePolicy('own'), NOW)).toBeNull();
      const second = { ...samplePolicyDocument('own', 2), state: 'draft', createdAt: minutesLater(1) };
      const next = { ...samplePolicy('own'), first: 1 };
      expect(await policies.addVersion(tenant, 'own', next, minutesLater(1))).toEqual(second);
      expect(await policies.getVersion(tenant, 'own', 1)).toEqual(first);
      expect(Object.keys((await policies.getVersion(tenant, 'own', 1))?.document ?? {})).toEqual([
        'zulu',
        'alpha',
      ]);
      expect(await policies.getVersion(tenant, 'own', 3)).toBeNull();
      expect(await policies.get(tenant, 'own')).toEqual({
        name: 'own',
        active: null,
        latest: 2,
        createdAt: NOW,
      });
      expect(await policies.get(tenant, 'other')).toBeNull();
      const stranger = await prepared();
      expect(await policies.get(stranger.tenant, 'own')).toBeNull();
      expect(await policies.addVersion(stranger.tenant, 'own', next, NOW)).toBeNull();
    });

    test('versions of a shipped name begin behind the shipped one', async () => {
      const { tenant, policies } = await prepared();
      const version = { ...samplePolicy('standard'), first: 2 };
      expect(await policies.addVersion(tenant, 'standard', version, NOW)).toMatchObject({ version: 2 });
      expect(await policies.addVersion(tenant, 'standard', version, NOW)).toMatchObject({ version: 3 });
    });

    test('that are numbered at once get numbers of their own', async () => {
      const { tenant, policies } = await prepared();
      const version = { ...samplePolicy('standard'), first: 2 };
      const made = await Promise.all(
        Array.from({ length: 8 }, () => policies.addVersion(tenant, 'standard', version, NOW)),
      );
      expect(made.map((one) => one?.version).sort()).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    });

    test('one that cannot be composed leaves nothing behind', async () => {
      const { tenant, policies } = await prepared();
      const bad = {
        activate: true,
        compose: (): never => {
          throw new Error('not good');
        },
      };
      await expect(policies.create(tenant, 'own', bad, NOW)).rejects.toThrow('not good');
      expect(await policies.get(tenant, 'own')).toBeNull();
    });

    test('one version is in force: activating retires the one before, and there is a way back', async () => {
      const { tenant, policies } = await prepared();
      await policies.create(tenant, 'own', samplePolicy('own', { activate: true }), NOW);
      await policies.addVersion(tenant, 'own', { ...samplePolicy('own'), first: 1 }, NOW);
      expect(await policies.activate(tenant, 'own', 2, NOW)).toMatchObject({ version: 2, state: 'active' });
      expect(await policies.getVersion(tenant, 'own', 1)).toMatchObject({ state: 'retired' });
      expect(await policies.activate(tenant, 'own', 2, NOW)).toBe('active');
      expect(await policies.activate(tenant, 'own', 3, NOW)).toBeNull();
      expect(await policies.activate(tenant, 'other', 1, NOW)).toBeNull();
      expect(await policies.activate(tenant, 'own', 1, NOW)).toMatchObject({ version: 1, state: 'active' });
      expect(await policies.get(tenant, 'own')).toMatchObject({ active: 1, latest: 2 });
      const third = { ...samplePolicy('own', { activate: true }), first: 1 };
      expect(await policies.addVersion(tenant, 'own', third, NOW)).toMatchObject({ state: 'active' });
      expect(await policies.getVersion(tenant, 'own', 1)).toMatchObject({ state: 'retired' });
      expect(await policies.retire(tenant, 'own', NOW)).toBe(true);
      expect(await policies.retire(tenant, 'own', NOW)).toBe(false);
      expect(await policies.get(tenant, 'own')).toMatchObject({ active: null, latest: 3 });
    });

    test('activations raced leave one in force', async () => {
      const { tenant, policies } = await prepared();
      await policies.create(tenant, 'own', samplePolicy('own'), NOW);
      for (let made = 1; made < 5; made += 1) {
        await policies.addVersion(tenant, 'own', { ...samplePolicy('own'), first: 1 }, NOW);
      }
      await Promise.all([1, 2, 3, 4, 5].map((version) => policies.activate(tenant, 'own', version, NOW)));
      const { items } = await policies.listVersions(tenant, 'own', { limit: 200, cursor: null }, []);
      expect(items.filter(({ state }) => state === 'active')).toHaveLength(1);
    });

    test('are listed by name with the shipped ones among them, versions newest first', async () => {
      const { tenant, policies } = await prepared();
      for (const name of ['zeta', 'alpha', 'middle']) {
        await policies.create(tenant, name, samplePolicy(name), NOW);
      }
      await policies.addVersion(tenant, 'standard', { ...samplePolicy('standard'), first: 2 }, NOW);
      for (const limit of [1, 2, 3, 200]) {
        const pages = await allPages((page) => policies.list(tenant, page, SHIPPED), limit);
        const all = pages.flat();
        expect(all.map(({ name }) => name)).toEqual(['alpha', 'lab', 'middle', 'standard', 'zeta']);
        expect(all[3]).toEqual({ name: 'standard', active: null, latest: 2, createdAt: NOW });
        expect(pages.slice(0, -1).every((items) => items.length === limit)).toBe(true);
      }
      for (let made = 0; made < 4; made += 1) {
        await policies.addVersion(tenant, 'alpha', { ...samplePolicy('alpha'), first: 1 }, NOW);
      }
      const pages = await allPages((page) => policies.listVersions(tenant, 'alpha', page, []), 2);
      expect(pages.map((items) => items.map(({ version }) => version))).toEqual([[5, 4], [3, 2], [1]]);
      // What a list does not show is not read.
      expect(pages.flat().some((item) => 'document' in item)).toBe(false);
      const shipped: PolicyVersion = {
        ...samplePolicyDocument('standard', 1),
        state: 'retired',
        createdAt: null,
      };
      for (const limit of [1, 2, 200]) {
        const versions = await allPages(
          (page) => policies.listVersions(tenant, 'standard', page, [shipped]),
          limit,
        );
        expect(versions.flat().map(({ version, createdAt }) => [version, createdAt])).toEqual([
          [2, NOW],
          [1, null],
        ]);
      }
    });
  });

  describe('which policy applies', () => {
    test('is the one that was chosen for the workload, in the version in force', async () => {
      const { tenant, policies, workloads } = await prepared();
      await policies.create(tenant, 'own', samplePolicy('own', { activate: true }), NOW);
      await workloads.create(tenant, sampleWorkload('chosen', { policy: 'own' }));
      await workloads.create(tenant, sampleWorkload('free'));
      const of = (workload: string | null) => policies.find(tenant, { workload, otherwise: 'standard' });
      const { digest } = samplePolicyDocument('own', 1);
      expect(await of('chosen')).toMatchObject({ name: 'own', own: { version: 1, digest } });
      expect(await of('free')).toMatchObject({ name: 'standard', own: null });
      expect(await of(null)).toMatchObject({ name: 'standard', own: null });
      await policies.addVersion(
        tenant,
        'standard',
        { ...samplePolicy('standard', { activate: true }), first: 2 },
        NOW,
      );
      expect(await of('free')).toMatchObject({ name: 'standard', own: { version: 2 } });
      await workloads.change(tenant, 'chosen', { policy: null });
      expect(await of('chosen')).toMatchObject({ name: 'standard', own: { version: 2 } });
    });

    test('of a workload that was named before it was there is its own from then on', async () => {
      const { tenant, policies, workloads } = await prepared();
      const early = () => policies.find(tenant, { workload: 'early', otherwise: 'standard' });
      const before = await early();
      expect(before.name).toBe('standard');
      await workloads.create(tenant, sampleWorkload('early', { policy: 'own' }));
      const after = await early();
      expect(after.name).toBe('own');
      expect(after.epoch).toBeGreaterThan(before.epoch);
      // A name that is taken, and a workload without a choice, change nothing.
      expect(await workloads.create(tenant, sampleWorkload('early', { policy: 'own' }))).toBeNull();
      await workloads.create(tenant, sampleWorkload('plain'));
      expect((await early()).epoch).toBe(after.epoch);
    });

    test('a version by its number is found in any state, as soon as it is there', async () => {
      const { tenant, policies } = await prepared();
      const numbered = (version: number | null) => policies.find(tenant, { name: 'own', version });
      expect(await numbered(1)).toMatchObject({ name: 'own', own: null });
      await policies.create(tenant, 'own', samplePolicy('own'), NOW);
      expect(await numbered(1)).toMatchObject({ own: { version: 1 } });
      expect(await numbered(null)).toMatchObject({ own: null });
      await policies.activate(tenant, 'own', 1, NOW);
      expect(await numbered(null)).toMatchObject({ own: { version: 1 } });
    });

    test('a commit under the epoch from before an activation writes nothing', async () => {
      const { tenant, policies, decisions } = await prepared();
      await policies.create(tenant, 'own', samplePolicy('own'), NOW);
      const question = { name: 'own', version: null };
      const { epoch } = await policies.find(tenant, question);
      expect(await decisions.epochStands(tenant, epoch, null)).toBe(true);
      expect(await decisions.commit(sampleCommit(tenant, { epoch }))).toBe('committed');
      await policies.activate(tenant, 'own', 1, NOW);
      expect(await decisions.epochStands(tenant, epoch, null)).toBe(false);
      expect(await decisions.commit(sampleCommit(tenant, { epoch }))).toBe('epoch_moved');
      const now = await policies.find(tenant, question);
      expect(now.own).not.toBeNull();
      expect(await decisions.commit(sampleCommit(tenant, { epoch: now.epoch }))).toBe('committed');
    });
  });
}
