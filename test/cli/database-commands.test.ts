import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sha256 } from '../../src/bytes/digest.js';
import { openStores } from '../../src/storage/index.js';
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
  test.each([[['migrate']], [['keys', 'bootstrap']]])('%j needs to know which', async (args) => {
    const { code, err } = await assay(args);
    expect(code).toBe(2);
    expect(err).toContain('ASSAY_DATABASE_URL');
  });

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
});
