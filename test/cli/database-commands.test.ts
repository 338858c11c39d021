import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sha256 } from '../../src/bytes/digest.js';
import { makeApiKey } from '../../src/identity/api-key.js';
import { systemEntropy } from '../../src/platform/entropy.js';
import { createKeyWrap, openStores } from '../../src/storage/index.js';
import { ringOver } from '../contract/keys-suite.js';
import { type GuestPlace, makeGuestPlace } from './guest-directory.js';
import { assay } from './run-assay.js';

let place: GuestPlace;
let env: { ASSAY_DATABASE_URL: string };
beforeAll(async () => {
  place = await makeGuestPlace();
  env = { ASSAY_DATABASE_URL: `pglite:${place.path('db')}` };
});
afterAll(() => place.remove());

describe('commands that open the database', () => {
  test.each([[['migrate']], [['keys', 'bootstrap']], [['keys', 'rewrap']]])(
    '%j needs to know which',
    async (args) => {
      const { code, err } = await assay(args);
      expect(code).toBe(2);
      expect(err).toContain('ASSAY_DATABASE_URL');
    },
  );

  test('a schema, then one admin key, then no second one by accident', async () => {
    expect((await assay(['migrate'], { env })).out).toContain('Applied migration 0001');
    expect((await assay(['migrate'], { env })).out).toBe('The database is up to date.\n');

    const first = await assay(['keys', 'bootstrap'], { env });
    expect(first).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^ak_[\w-]{43}\n$/u) });
    const again = await assay(['keys', 'bootstrap'], { env });
    expect([again.code, again.out]).toEqual([1, '']);
    expect(again.err).toContain('--another');
    expect((await assay(['keys', 'bootstrap', '--another'], { env })).code).toBe(0);

    const stores = await openStores(env.ASSAY_DATABASE_URL);
    const digest = sha256(Buffer.from(first.out.trim(), 'utf8'));
    expect(await stores.apiKeys.findByDigest('default', digest)).toMatchObject({ role: 'admin' });
    await stores.close();
  });

  test('an admin key of another tenant, where there is such a tenant, for one that was lost', async () => {
    const own = { ASSAY_DATABASE_URL: `pglite:${place.path('tenants-db')}` };
    const bootstrap = (...args: string[]) =>
      assay(['keys', 'bootstrap', '--tenant', 'acme', ...args], { env: own });
    const none = await bootstrap();
    expect([none.code, none.err]).toEqual([1, expect.stringContaining('There is no tenant acme')]);
    const stores = await openStores(own.ASSAY_DATABASE_URL);
    const key = makeApiKey({ name: 'lost', role: 'admin', now: new Date() }, systemEntropy);
    const acme = { name: 'acme', description: null, createdAt: new Date() };
    await stores.tenants.create(acme, key.record, key.digest);
    await stores.close();
    expect((await bootstrap()).code).toBe(1);
    const { code, out } = await bootstrap('--another');
    expect(code).toBe(0);
    const reopened = await openStores(own.ASSAY_DATABASE_URL);
    const digest = sha256(Buffer.from(out.trim(), 'utf8'));
    expect(await reopened.apiKeys.findByDigest('acme', digest)).toMatchObject({ role: 'admin' });
    expect(await reopened.apiKeys.findByDigest('default', digest)).toBeNull();
    await reopened.close();
  });

  test('stored keys are encrypted anew under another KEK, which opens nothing before', async () => {
    const [old, fresh] = ['11'.repeat(32), '22'.repeat(32)];
    const own = { ASSAY_DATABASE_URL: `pglite:${place.path('kek-db')}` };
    const stores = await openStores(own.ASSAY_DATABASE_URL);
    const kek = createKeyWrap(Buffer.from(old, 'hex'));
    await stores.deployment.confirm('http://localhost:8080', kek);
    await stores.tenants.ensure('default', 'genuine', new Date());
    await ringOver(stores, kek).signerFor('default', 'ES256');
    await stores.close();

    const rewrap = (kek: object) => assay(['keys', 'rewrap'], { env: { ...own, ...kek } });
    const alone = await rewrap({ ASSAY_KEK: fresh });
    expect([alone.code, alone.err]).toEqual([2, expect.stringContaining('another key-encryption key')]);
    const file = place.path('previous-kek');
    await writeFile(file, old);
    const both = { ASSAY_KEK: fresh, ASSAY_KEK_PREVIOUS_FILE: file };
    expect(await rewrap(both)).toMatchObject({ code: 0, out: expect.stringMatching(/^3 stored values /u) });
    expect(await rewrap({ ASSAY_KEK: fresh })).toMatchObject({ code: 0, out: expect.stringMatching(/^0 /u) });
    const malformed = await rewrap({ ASSAY_KEK: 'short' });
    expect([malformed.code, malformed.err]).toEqual([2, expect.stringContaining('32 random bytes')]);
  });
});
