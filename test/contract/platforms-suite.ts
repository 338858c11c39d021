/** Owned machines: registered once, found by what evidence says, and forgotten at once. */
import { describe, expect, test } from '@jest/globals';
import type { PlatformIdentity } from '../../src/rats/platform.js';
import { allPages } from './registry-suite.js';
import { makeTenant, minutesLater, randomHex, sampleCommit, samplePlatform } from './samples.js';
import type { Opened } from './storage-suite.js';

export function describePlatforms(opened: Opened): void {
  describe('platforms', () => {
    test.each<PlatformIdentity>([
      { kind: 'snp-chip-id', value: randomHex(64) },
      { kind: 'snp-csp-id', value: 'Example Cloud' },
      { kind: 'tdx-platform-instance', value: randomHex(16) },
    ])('a machine ($kind) is found while it is registered, by its own tenant', async (identity) => {
      const { stores } = opened();
      const [ours, theirs] = [await makeTenant(stores), await makeTenant(stores)];
      const { platforms, decisions } = stores;
      const before = await platforms.find(ours, identity);
      expect(before.platform).toBeNull();
      const made = samplePlatform(identity);
      expect(await platforms.create(ours, made)).toEqual(made);
      expect(await platforms.get(ours, made.id)).toEqual(made);
      const { label, owner } = made;
      const found = await platforms.find(ours, identity);
      expect(found.platform).toEqual({ label, owner });
      expect((await platforms.find(theirs, identity)).platform).toBeNull();
      expect(await platforms.get(theirs, made.id)).toBeNull();
      expect(await platforms.remove(theirs, made.id)).toBe(false);
      // Registering and removing each end what was decided under the epoch before.
      expect(await decisions.commit(sampleCommit(ours, { epoch: before.epoch }))).toBe('epoch_moved');
      expect(await decisions.commit(sampleCommit(ours, { epoch: found.epoch }))).toBe('committed');
      expect(await platforms.remove(ours, made.id)).toBe(true);
      expect(await platforms.remove(ours, made.id)).toBe(false);
      expect(await decisions.commit(sampleCommit(ours, { epoch: found.epoch }))).toBe('epoch_moved');
      expect((await platforms.find(ours, identity)).platform).toBeNull();
    });

    test('one machine is registered once, and its value belongs to its kind', async () => {
      const { stores } = opened();
      const tenant = await makeTenant(stores);
      const identity: PlatformIdentity = { kind: 'tdx-platform-instance', value: randomHex(16) };
      expect(await stores.platforms.create(tenant, samplePlatform(identity))).not.toBeNull();
      const { epoch } = await stores.platforms.find(tenant, identity);
      expect(await stores.platforms.create(tenant, samplePlatform(identity, { label: 'again' }))).toBeNull();
      // Nothing changed, so what was decided stands.
      expect(await stores.decisions.epochStands(tenant, epoch, null)).toBe(true);
      const other: PlatformIdentity = { kind: 'snp-csp-id', value: identity.value };
      expect((await stores.platforms.find(tenant, other)).platform).toBeNull();
    });

    test('come newest first', async () => {
      const { stores } = opened();
      const tenant = await makeTenant(stores);
      for (const [index, label] of ['a', 'b', 'c', 'd', 'e'].entries()) {
        const identity: PlatformIdentity = { kind: 'snp-csp-id', value: label };
        await stores.platforms.create(
          tenant,
          samplePlatform(identity, { label, createdAt: minutesLater(index) }),
        );
      }
      const pages = await allPages((page) => stores.platforms.list(tenant, page), 2);
      expect(pages.map((items) => items.map(({ label }) => label).join(''))).toEqual(['ed', 'cb', 'a']);
    });
  });
}
