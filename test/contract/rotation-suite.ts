/** Signing keys taking turns in the database, and decisions that commit meanwhile. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { createKeyWrap } from '../../src/storage/key-wrap.js';
import { KEPT, NOTICE } from '../../src/token/key-life.js';
import { createKeyRing } from '../../src/token/key-ring.js';
import { createKeyRotation } from '../../src/token/key-rotation.js';
import type { StoredSigningKey } from '../../src/verifier/key-ports.js';
import type { Stores } from '../../src/verifier/ports.js';
import { refusalCodeOf } from './refused.js';
import { makeKeylessTenant, NOW, sampleCommit, sampleKey } from './samples.js';
import type { Opened } from './storage-suite.js';

const DAY = 86_400;
const INTERVAL = 30 * DAY;

/** As many replicas as one likes, with one clock. */
function setting(stores: Stores, kek = createKeyWrap(randomBytes(32))) {
  let now = NOW;
  const unopened: string[] = [];
  const parts = { signingKeys: stores.signingKeys, kek, clock: { now: () => now } };
  return {
    replica: () => ({
      ring: createKeyRing(parts),
      rotation: createKeyRotation({
        ...parts,
        interval: INTERVAL,
        unopened: ({ kid }) => void unopened.push(kid),
      }),
    }),
    /** kids, one for each time that a key whose time had come did not open. */
    unopened,
    advance(seconds: number) {
      now = new Date(now.getTime() + seconds * 1000);
    },
  };
}

const statesOf = (keys: readonly StoredSigningKey[]) => keys.map(({ alg, state }) => `${alg} ${state}`);
const under = (tenant: string, kid: string) =>
  sampleCommit(tenant, { token: { jti: randomBytes(8).toString('hex'), kid, expiresAt: NOW } });

export function describeRotation(opened: Opened): void {
  describe('signing keys take turns', () => {
    test('published, active, retired, removed; each algorithm for itself', async () => {
      const { stores } = opened();
      const tenant = await makeKeylessTenant(stores);
      const { replica, advance } = setting(stores);
      const { ring, rotation } = replica();
      const [first] = await ring.publicKeys(tenant);
      expect(await rotation.turn(tenant)).toEqual([]);

      advance(INTERVAL - NOTICE);
      expect(statesOf(await rotation.turn(tenant))).toEqual(['ES256 published', 'RS256 published']);
      expect(await rotation.turn(tenant)).toEqual([]);
      const listed = await ring.publicKeys(tenant);
      expect(statesOf(listed)).toEqual([
        ...['ES256 active', 'RS256 active'],
        ...['ES256 published', 'RS256 published'],
      ]);

      advance(NOTICE);
      await rotation.turn(tenant);
      const turned = await ring.publicKeys(tenant);
      expect(statesOf(turned)).toEqual(['ES256 active', 'RS256 active', 'ES256 retired', 'RS256 retired']);
      expect(turned[0]?.kid).toBe(listed[2]?.kid);
      expect(turned[2]).toMatchObject({ kid: first?.kid, wrapped: null });

      advance(KEPT);
      await rotation.turn(tenant);
      expect(statesOf(await ring.publicKeys(tenant))).toEqual(['ES256 active', 'RS256 active']);
      const { items } = await stores.signingKeys.list(tenant, { limit: 10, cursor: null });
      expect(statesOf(items).sort()).toEqual([
        ...['ES256 active', 'ES256 removed', 'RS256 active', 'RS256 removed'],
      ]);
    });

    test('a key that does not open takes no turn, and the old one, which is not thrown away, goes on', async () => {
      const { stores, administer } = opened();
      const tenant = await makeKeylessTenant(stores);
      const { replica, advance, unopened } = setting(stores);
      const { ring, rotation } = replica();
      const { kid } = await ring.signerFor(tenant, 'ES256');
      const next = await rotation.publishNext(tenant);
      await administer('UPDATE signing_keys SET wrapped = $2 WHERE tenant = $1 AND kid = $3', [
        ...[tenant, new Uint8Array(64), next[0]?.kid],
      ]);
      advance(NOTICE);
      const turned = await rotation.turn(tenant);
      expect(statesOf(turned).sort()).toEqual(['RS256 active', 'RS256 retired']);
      expect(new Set(unopened)).toEqual(new Set([next[0]?.kid]));
      expect(await rotation.turn(tenant)).toEqual([]);
      const again = await replica().ring.signerFor(tenant, 'ES256');
      expect(again.kid).toBe(kid);
      const late = under(tenant, kid);
      expect(await stores.decisions.commit(late)).toBe('committed');
      // What helps: keys that nobody has to open first.
      await rotation.replaceNow(tenant, 'it does not open', ['ES256']);
      expect(statesOf(await ring.publicKeys(tenant))).toEqual([
        'ES256 active',
        'RS256 active',
        'RS256 retired',
      ]);
    });

    test('a change of state leaves alone what another KEK was given meanwhile, and throws away what has to go', async () => {
      const { stores, administer } = opened();
      const tenant = await makeKeylessTenant(stores);
      const { ring } = setting(stores).replica();
      await ring.publicKeys(tenant);
      // As read before the keys were wrapped anew.
      const stale = new Uint8Array(64).fill(1);
      await stores.signingKeys.change(tenant, 'token', (keys) =>
        keys.map((key) => ({
          ...key,
          ...{ activeFrom: new Date(NOW.getTime() + 1000) },
          ...(key.alg === 'ES256'
            ? { wrapped: stale }
            : { state: 'retired' as const, retiredAt: NOW, wrapped: null }),
        })),
      );
      const rows = await administer(
        'SELECT alg, state, wrapped IS NULL AS gone, wrapped = $2 AS stale FROM signing_keys WHERE tenant = $1 ORDER BY alg',
        [tenant, stale],
      );
      expect(rows).toEqual([
        { alg: 'ES256', state: 'active', gone: false, stale: false },
        { alg: 'RS256', state: 'retired', gone: true, stale: null },
      ]);
      expect((await setting(stores).replica().ring.publicKeys(tenant))[0]?.activeFrom).toEqual(
        new Date(NOW.getTime() + 1000),
      );
    });

    test('a tenant of a release before RS256 gets that key at its next turn, once, and before anybody asks', async () => {
      const { stores } = opened();
      const tenant = await makeKeylessTenant(stores);
      const { replica } = setting(stores);
      const replicas = [replica(), replica(), replica()];
      expect((await Promise.all(replicas.map(({ rotation }) => rotation.turn(tenant)))).flat()).toEqual([]);
      // As that release left it.
      const old = await stores.signingKeys.ensure(tenant, 'token', ['ES256'], async () =>
        sampleKey(tenant, { activeFrom: NOW }),
      );
      const made = await Promise.all(replicas.map(({ rotation }) => rotation.turn(tenant)));
      expect(statesOf(made.flat())).toEqual(['RS256 active']);
      const keys = await stores.signingKeys.readPublic(tenant, 'token');
      expect(keys.map(({ alg, state }) => `${alg} ${state}`)).toEqual(['ES256 active', 'RS256 active']);
      expect(keys[0]?.kid).toBe(old[0]?.kid);
      const { kid } = await replica().ring.signerFor(tenant, 'RS256');
      expect(kid).toBe(keys[1]?.kid);
      expect(await stores.decisions.commit(under(tenant, kid))).toBe('committed');
    });

    test('replicas that find the same due do it once', async () => {
      const { stores } = opened();
      const tenant = await makeKeylessTenant(stores);
      const { replica, advance } = setting(stores);
      const replicas = [replica(), replica(), replica()];
      await replicas[0]?.ring.publicKeys(tenant);
      advance(INTERVAL);
      const published = await Promise.all(replicas.map(({ rotation }) => rotation.turn(tenant)));
      expect(statesOf(published.flat()).sort()).toEqual(['ES256 published', 'RS256 published']);
      advance(NOTICE);
      const turned = await Promise.all(replicas.map(({ rotation }) => rotation.turn(tenant)));
      expect(turned.flat()).toHaveLength(4);
    });

    test('an operator has the next one published, once; it signs after its notice', async () => {
      const { stores } = opened();
      const tenant = await makeKeylessTenant(stores);
      const { replica, advance } = setting(stores);
      const { ring, rotation } = replica();
      const before = await ring.signerFor(tenant, 'ES256');
      const [published] = await rotation.publishNext(tenant, ['ES256']);
      expect(published?.activeFrom).toEqual(new Date(NOW.getTime() + NOTICE * 1000));
      expect(await refusalCodeOf(rotation.publishNext(tenant))).toBe('state_conflict');
      expect(statesOf(await ring.publicKeys(tenant))).not.toContain('RS256 published');
      advance(NOTICE - 1);
      expect(await rotation.turn(tenant)).toEqual([]);
      advance(1);
      await rotation.turn(tenant);
      ring.forget(tenant);
      const after = await ring.signerFor(tenant, 'ES256');
      expect([after.kid, before.kid === after.kid]).toEqual([published?.kid, false]);
    });
  });

  describe('a decision commits under the key that signs now', () => {
    test('not under one that is published, retired, removed, of another purpose or of nobody', async () => {
      const { stores } = opened();
      const tenant = await makeKeylessTenant(stores);
      const { replica, advance } = setting(stores);
      const { ring, rotation } = replica();
      const { commit } = stores.decisions;
      const { kid } = await ring.signerFor(tenant, 'RS256');
      const bundle = await ring.bundleSignerFor(tenant);
      expect(await commit(under(tenant, kid))).toBe('committed');
      for (const other of [bundle.kid, 'nobody']) {
        expect(await commit(under(tenant, other))).toBe('key_moved');
      }
      const [next] = await rotation.publishNext(tenant, ['RS256']);
      expect(await commit(under(tenant, next?.kid ?? ''))).toBe('key_moved');
      advance(NOTICE);
      await rotation.turn(tenant);
      const late = under(tenant, kid);
      expect(await commit(late)).toBe('key_moved');
      // Nothing was written: the same challenge is still good for a token of the key that signs.
      const token = late.token === null ? null : { ...late.token, kid: next?.kid ?? '' };
      expect(await commit({ ...late, token })).toBe('committed');
      expect(await commit({ ...late, token })).toBe('replayed');
    });

    test('a denial needs none', async () => {
      const { stores } = opened();
      const tenant = await makeKeylessTenant(stores);
      expect(await stores.decisions.commit(sampleCommit(tenant, { token: null }))).toBe('committed');
    });

    test('an emergency races 20 rounds of commits: after it resolved, none is under an older key', async () => {
      const { stores } = opened();
      const tenant = await makeKeylessTenant(stores);
      const { rotation, ring } = setting(stores).replica();
      await ring.publicKeys(tenant);
      for (let round = 0; round < 20; round += 1) {
        ring.forget(tenant);
        const { kid } = await ring.signerFor(tenant, 'ES256');
        const racing = Promise.all(
          Array.from({ length: 4 }, () => stores.decisions.commit(under(tenant, kid))),
        );
        await rotation.replaceNow(tenant, 'race', ['ES256']);
        const late = Array.from({ length: 4 }, () => stores.decisions.commit(under(tenant, kid)));
        expect(new Set(await Promise.all(late))).toEqual(new Set(['key_moved']));
        for (const outcome of await racing) expect(['committed', 'key_moved']).toContain(outcome);
      }
    });
  });

  test('an emergency of bundles replaces their key for every replica, where there is one', async () => {
    const { stores } = opened();
    const tenant = await makeKeylessTenant(stores);
    const { replica } = setting(stores);
    const [one, other] = [replica(), replica()];
    expect(await one.rotation.replaceBundleKey(tenant, 'leaked')).toEqual([]);
    const token = await one.ring.signerFor(tenant, 'ES256');
    const old = await other.ring.bundleSignerFor(tenant);
    const [fresh, gone] = await one.rotation.replaceBundleKey(tenant, 'leaked');
    expect([fresh, gone]).toMatchObject([
      { purpose: 'bundle', state: 'active' },
      { kid: old.kid, state: 'removed', reason: 'leaked', wrapped: null },
    ]);
    expect((await other.ring.bundleSignerFor(tenant)).kid).toBe(fresh?.kid);
    expect((await other.ring.publicKeys(tenant, 'bundle')).map(({ kid }) => kid)).toEqual([fresh?.kid]);
    expect((await replica().ring.signerFor(tenant, 'ES256')).kid).toBe(token.kid);
  });

  test('an emergency removes active, next and retired keys of the algorithm, with the reason', async () => {
    const { stores } = opened();
    const tenant = await makeKeylessTenant(stores);
    const { replica, advance } = setting(stores);
    const { ring, rotation } = replica();
    await ring.publicKeys(tenant);
    await rotation.publishNext(tenant);
    advance(NOTICE);
    await rotation.turn(tenant);
    await rotation.publishNext(tenant, ['ES256']);
    const changed = await rotation.replaceNow(tenant, 'a laptop was stolen', ['ES256']);
    expect(statesOf(changed)).toEqual(['ES256 active', ...Array<string>(3).fill('ES256 removed')]);
    for (const key of changed.slice(1)) {
      expect(key).toMatchObject({ wrapped: null, reason: 'a laptop was stolen' });
    }
    expect(statesOf(await ring.publicKeys(tenant))).toEqual([
      ...['ES256 active', 'RS256 active', 'RS256 retired'],
    ]);
  });
}
