/** Keys at rest: one per tenant, opened by one KEK, and nowhere in the clear. */
import { createPrivateKey, randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { systemEntropy } from '../../src/platform/entropy.js';
import { createKeyWrap } from '../../src/storage/key-wrap.js';
import { StorageRefused } from '../../src/storage/refused.js';
import { createAuthorities } from '../../src/token/authorities.js';
import { createKeyRing } from '../../src/token/key-ring.js';
import type { Authorities } from '../../src/verifier/authority-ports.js';
import type { KeyWrap } from '../../src/verifier/key-ports.js';
import type { Stores } from '../../src/verifier/ports.js';
import { audienceOf } from '../audience.js';
import { dumpTables, formsFound } from './private-key-search.js';
import { makeKeylessTenant, NOW, sampleDocument, sampleWorkload } from './samples.js';
import type { Opened } from './storage-suite.js';

const ISSUER = 'https://attest.example';

export function describeKeys(opened: Opened): void {
  const kek = createKeyWrap(randomBytes(32));

  describe('deployment', () => {
    test('the first start records issuer and KEK, and later ones must agree', async () => {
      const { deployment } = opened().stores;
      await Promise.all([deployment.confirm(ISSUER, kek), deployment.confirm(ISSUER, kek)]);
      await deployment.confirm(ISSUER, kek);
      const other = deployment.confirm('https://other.example', kek);
      await expect(other).rejects.toThrow(StorageRefused);
      await expect(other).rejects.toThrow(/belongs to the issuer https:\/\/attest\.example/);
    });

    test('a wrong KEK is refused in words that name the setting', async () => {
      const { deployment } = opened().stores;
      await deployment.confirm(ISSUER, kek);
      const wrong = deployment.confirm(ISSUER, createKeyWrap(randomBytes(32)));
      await expect(wrong).rejects.toThrow(StorageRefused);
      await expect(wrong).rejects.toThrow(/another key-encryption key.*ASSAY_KEK/s);
    });

    test('the migration command can record another issuer', async () => {
      const engine = opened();
      const { deployment } = engine.stores;
      await deployment.confirm(ISSUER, kek);
      await engine.changeIssuer('https://new.example');
      await deployment.confirm('https://new.example', kek);
      await expect(deployment.confirm(ISSUER, kek)).rejects.toThrow(StorageRefused);
      await engine.changeIssuer(ISSUER);
      await deployment.confirm(ISSUER, kek);
    });
  });

  describe('signing keys', () => {
    test('replicas that start together end with one of each algorithm', async () => {
      const { stores } = opened();
      const tenant = await makeKeylessTenant(stores);
      const rings = Array.from({ length: 8 }, () => ringOver(stores, kek));
      const algs = ['ES256', 'RS256'] as const;
      const signers = await Promise.all(
        rings.map((ring) => Promise.all(algs.map((alg) => ring.signerFor(tenant, alg)))),
      );
      const kids = new Set(signers.flat().map(({ alg, kid }) => `${alg} ${kid}`));
      expect(kids.size).toBe(2);
      const keys = await ringOver(stores, kek).publicKeys(tenant);
      expect(keys.map(({ alg, kid }) => `${alg} ${kid}`)).toEqual([...kids].sort());
      for (const key of keys) expect(key).toMatchObject({ state: 'active', tenant });
    });

    test('one key has one purpose: bundles are signed with another than tokens', async () => {
      const { stores } = opened();
      const tenant = await makeKeylessTenant(stores);
      const rings = Array.from({ length: 4 }, () => ringOver(stores, kek));
      const bundles = await Promise.all(rings.map((ring) => ring.bundleSignerFor(tenant)));
      const tokens = await Promise.all(rings.map((ring) => ring.signerFor(tenant, 'ES256')));
      expect(new Set(bundles.map(({ kid }) => kid)).size).toBe(1);
      expect(bundles[0]?.kid).not.toBe(tokens[0]?.kid);
      const ring = ringOver(stores, kek);
      expect((await ring.publicKeys(tenant)).map(({ kid, alg }) => [kid, alg])).toEqual([
        [tokens[0]?.kid, 'ES256'],
        [expect.any(String), 'RS256'],
      ]);
      expect((await ring.publicKeys(tenant, 'bundle')).map(({ kid, purpose }) => [kid, purpose])).toEqual([
        [bundles[0]?.kid, 'bundle'],
      ]);
    });

    test('are read without their private halves, and not made by that', async () => {
      const { stores } = opened();
      const tenant = await makeKeylessTenant(stores);
      expect(await stores.signingKeys.readPublic(tenant, 'token')).toEqual([]);
      const keys = await ringOver(stores, kek).publicKeys(tenant);
      const shown = keys.map(({ wrapped: _, ...rest }) => rest);
      expect(await stores.signingKeys.readPublic(tenant, 'token')).toStrictEqual(shown);
    });

    test('tenants have keys of their own', async () => {
      const { stores } = opened();
      const ring = ringOver(stores, kek);
      const [ours, theirs] = [await makeKeylessTenant(stores), await makeKeylessTenant(stores)];
      expect((await ring.signerFor(ours, 'ES256')).kid).not.toBe((await ring.signerFor(theirs, 'ES256')).kid);
    });

    test('no table holds a private key, in any form', async () => {
      const engine = opened();
      const { stores } = engine;
      const tenant = await makeKeylessTenant(stores);
      await ringOver(stores, kek).signerFor(tenant, 'ES256');
      const pems = [await openKey(stores, kek, tenant), await openAuthority(stores, kek, tenant)];
      const dump = await dumpTables(engine);
      for (const pem of pems) {
        const secret = privateValueOf(pem);
        expect(formsFound(dump, secret)).toEqual([]);
        expect(dump.includes(secret.subarray(8, 24))).toBe(false);
      }
      // The dump is of this database: it holds the public half of the one as text, of the other in a certificate.
      expect(dump.includes(publicValueOf(pems[0] ?? ''))).toBe(true);
    });

    test('the search finds a key that is there', async () => {
      const engine = opened();
      const { stores } = engine;
      const tenant = await makeKeylessTenant(stores);
      const secret = randomBytes(32);
      const forms = [
        secret,
        ...(['hex', 'base64', 'base64url'] as const).map((form) =>
          Buffer.from(Buffer.concat([Buffer.from(form), secret, Buffer.from(form)]).toString(form), 'utf8'),
        ),
      ];
      const dumped: string[][] = [];
      for (const form of forms) {
        await stores.endorsements.keep('simulated', { ...sampleDocument(), bytes: form }, 'planted', NOW);
        dumped.push([...formsFound(await dumpTables(engine), secret)]);
        await engine.administer("DELETE FROM endorsements WHERE source = 'planted'");
      }
      await stores.workloads.create(
        tenant,
        sampleWorkload('planted', { description: secret.toString('base64url') }),
      );
      dumped.push([...formsFound(await dumpTables(engine), secret)]);
      // The hex of a dump is the hex of its bytes, too; and texts without + / - _ are both base64 and base64url.
      expect(dumped.map((found, index) => found.includes(EXPECTED_FORMS[index] ?? ''))).toEqual(
        EXPECTED_FORMS.map(() => true),
      );
    });
  });
}

const EXPECTED_FORMS = ['raw', 'hex', 'base64', 'base64url', 'base64url'];

export function authoritiesOver({ authorities }: Stores, kek: KeyWrap): Authorities {
  return createAuthorities({ store: authorities, kek, clock: { now: () => NOW }, entropy: systemEntropy });
}

export function ringOver(stores: Stores, kek: KeyWrap) {
  return createKeyRing({ signingKeys: stores.signingKeys, kek, clock: { now: () => NOW } });
}

/** PKCS#8 PEM of an audience's authority, made for it. */
async function openAuthority(stores: Stores, kek: KeyWrap, tenant: string): Promise<string> {
  await stores.audiences.create(tenant, audienceOf('kbs'));
  await authoritiesOver(stores, kek).authorityOf(tenant, 'kbs');
  const { purpose, kid, wrapped } = await stores.authorities.ensure(tenant, 'kbs', () => {
    throw new Error('it was made');
  });
  return Buffer.from(kek.unwrap({ tenant, audience: 'kbs', purpose, kid }, wrapped)).toString('utf8');
}

/** PKCS#8 PEM of the tenant's key, opened as the service opens it. */
export async function openKey(stores: Stores, kek: KeyWrap, tenant: string): Promise<string> {
  const [key] = await ringOver(stores, kek).publicKeys(tenant);
  if (key === undefined || key.wrapped === null) throw new Error('the tenant has no key');
  const context = { tenant: key.tenant, purpose: key.purpose, kid: key.kid };
  return Buffer.from(kek.unwrap(context, key.wrapped)).toString('utf8');
}

/** The member `x` of the public JWK, as it stands there. */
export function publicValueOf(pem: string): string {
  const { x } = createPrivateKey(pem).export({ format: 'jwk' });
  if (x === undefined) throw new Error('an EC key has a member x');
  return x;
}

/** The member `d` of the private JWK, as bytes. */
export function privateValueOf(pem: string): Buffer {
  const { d } = createPrivateKey(pem).export({ format: 'jwk' });
  if (d === undefined) throw new Error('a private key has a member d');
  return Buffer.from(d, 'base64url');
}
