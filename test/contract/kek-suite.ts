/** A change of the key-encryption key, on a database of its own. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createKeyWrap } from '../../src/storage/key-wrap.js';
import { StorageRefused } from '../../src/storage/refused.js';
import type { KeyWrap } from '../../src/verifier/key-ports.js';
import { audienceOf } from '../audience.js';
import type { Engine } from './engine.js';
import { authoritiesOver, ringOver } from './keys-suite.js';
import { makeKeylessTenant } from './samples.js';

const ISSUER = 'https://attest.example';

export function describeKek(open: () => Promise<Engine>): void {
  describe('another key-encryption key', () => {
    const [old, fresh] = [randomBytes(32), randomBytes(32)];
    const before = createKeyWrap(old);
    const both = createKeyWrap(fresh, old);
    const alone = createKeyWrap(fresh);
    let engine: Engine;
    let tenants: readonly string[];

    beforeAll(async () => {
      engine = await open();
      await engine.stores.deployment.confirm(ISSUER, before);
      tenants = [await makeKeylessTenant(engine.stores), await makeKeylessTenant(engine.stores)];
    }, 60_000);
    afterAll(async () => {
      await engine?.close();
    }, 60_000);

    const kidsUnder = (kek: KeyWrap) =>
      Promise.all(
        tenants.map(async (tenant) => (await ringOver(engine.stores, kek).signerFor(tenant, 'ES256')).kid),
      );
    /** The authority of an audience certifies a key: for that, its own must open. */
    const certifiedUnder = async (kek: KeyWrap) => {
      const signer = await ringOver(engine.stores, kek).signerFor(tenants[0] ?? '', 'ES256');
      return authoritiesOver(engine.stores, kek).certificateFor(tenants[0] ?? '', 'kbs', signer);
    };

    test('opens nothing alone; with the previous one beside it everything is wrapped anew, once', async () => {
      const { deployment } = engine.stores;
      const kids = await kidsUnder(before);
      await engine.stores.audiences.create(tenants[0] ?? '', audienceOf('kbs'));
      await certifiedUnder(before);
      await expect(deployment.confirm(ISSUER, alone)).rejects.toThrow(StorageRefused);
      await expect(deployment.rewrap(alone)).rejects.toThrow(/another key-encryption key.*ASSAY_KEK/s);
      await expect(kidsUnder(alone)).rejects.toThrow(/another key-encryption key/);

      await deployment.confirm(ISSUER, both);
      expect(await kidsUnder(both)).toEqual(kids);
      // Two keys for each of two tenants, an authority, and the check value; by two replicas at once.
      const counts = await Promise.all([deployment.rewrap(both), deployment.rewrap(both)]);
      expect(counts[0] + counts[1]).toBe(6);
      expect(await deployment.rewrap(both)).toBe(0);

      await deployment.confirm(ISSUER, alone);
      expect(await kidsUnder(alone)).toEqual(kids);
      await certifiedUnder(alone);
      await expect(deployment.confirm(ISSUER, before)).rejects.toThrow(/another key-encryption key/);
      await expect(kidsUnder(before)).rejects.toThrow(/another key-encryption key/);
    });

    test('replicas that still have it the other way round open what they find, and give way to the last', async () => {
      const { deployment } = engine.stores;
      const kids = await kidsUnder(alone);
      const waiting = createKeyWrap(old, fresh);
      await deployment.confirm(ISSUER, waiting);
      expect(await kidsUnder(waiting)).toEqual(kids);
      // One of them makes keys meanwhile.
      tenants = [...tenants, await makeKeylessTenant(engine.stores)];
      const more = await kidsUnder(waiting);
      expect(await deployment.rewrap(both)).toBe(2);
      expect(await kidsUnder(alone)).toEqual(more);
    });

    test('all or nothing: where one value does not open, the others stay as they are', async () => {
      const { deployment } = engine.stores;
      const dump = () => engine.administer('SELECT kid, wrapped FROM signing_keys ORDER BY kid');
      const foreign = await makeKeylessTenant(engine.stores);
      await ringOver(engine.stores, createKeyWrap(randomBytes(32))).publicKeys(foreign);
      const present = await dump();
      await expect(deployment.rewrap(createKeyWrap(old, fresh))).rejects.toThrow(StorageRefused);
      expect(await dump()).toEqual(present);
      await deployment.confirm(ISSUER, alone);
    });
  });
}
