/** Tenants, workloads, audiences and API keys: names that are taken once, and lists in pages. */
import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { refuse } from '../../src/rats/refusal.js';
import { StorageRefused } from '../../src/storage/refused.js';
import type { ApiKey } from '../../src/verifier/key-ports.js';
import type { Page, PageRequest } from '../../src/verifier/ports.js';
import type { Audience } from '../../src/verifier/reference-ports.js';
import { audienceOf } from '../audience.js';
import { refusalCodeOf } from './refused.js';
import {
  makeKeylessTenant,
  makeTenant,
  minutesLater,
  NOW,
  randomHex,
  sampleAuthority,
  sampleWorkload,
} from './samples.js';
import type { Opened } from './storage-suite.js';

const AUDIENCE: Audience = audienceOf('vault-prod', {
  minimumStatus: 'warning',
  workloads: ['llm-serving', 'training'],
  profile: 'ear-compat',
  alg: 'RS256',
  lifetime: 600,
  keyBinding: 'optional',
  keyHeader: 'x5c',
  typ: 'at+jwt',
  clientId: 'model-loader',
  awsTags: true,
  maxTokenBytes: 6000,
  renewalSeconds: 600,
  tokenEncryption: 'never',
  createdAt: NOW,
});

export function describeRegistry(opened: Opened): void {
  test('the database tells its time', async () => {
    expect(await opened().stores.databaseNow()).toBeInstanceOf(Date);
  });

  describe('tenants', () => {
    test('are made once, confirmed after, and keep their realm', async () => {
      const { tenants } = opened().stores;
      const name = `tenant-${randomHex(6)}`;
      expect(await tenants.get(name)).toBeNull();
      await tenants.ensure(name, 'simulated', NOW);
      await tenants.ensure(name, 'simulated', minutesLater(1));
      expect(await tenants.get(name)).toEqual({ name, realm: 'simulated' });
      await expect(tenants.ensure(name, 'genuine', NOW)).rejects.toThrow(StorageRefused);
    });

    test('are made with a first key, both or neither, by one of those who want the name', async () => {
      const { tenants, apiKeys } = opened().stores;
      const wanted = { name: `tenant-${randomHex(6)}`, description: 'a customer', createdAt: NOW };
      const attempts = Array.from({ length: 6 }, (_, index) => ({
        key: { id: `key-${index}`, name: 'first', role: 'admin', createdAt: NOW } as const,
        digest: randomBytes(32),
      }));
      const made = await Promise.all(attempts.map(({ key, digest }) => tenants.create(wanted, key, digest)));
      expect(made.filter((one) => one !== null)).toEqual([{ ...wanted, realm: 'genuine' }]);
      const { items } = await apiKeys.list(wanted.name, { limit: 10, cursor: null });
      expect(items.map(({ id }) => id)).toEqual([`key-${made.findIndex((one) => one !== null)}`]);
      expect(await tenants.record(wanted.name)).toEqual({ ...wanted, realm: 'genuine' });
      expect(await tenants.get(wanted.name)).toEqual({ name: wanted.name, realm: 'genuine' });
      expect(await tenants.names()).toContain(wanted.name);
    });

    test('whose first key cannot be kept are not made', async () => {
      const { tenants } = opened().stores;
      const wanted = { name: `tenant-${randomHex(6)}`, description: null, createdAt: NOW };
      const key = { id: 'key', name: 'first', role: 'admin', createdAt: NOW } as const;
      await expect(tenants.create(wanted, key, randomBytes(31))).rejects.toThrow();
      expect(await tenants.record(wanted.name)).toBeNull();
      expect(await tenants.names()).not.toContain(wanted.name);
    });

    test('come by name, in pages without gaps or repetitions', async () => {
      const { stores } = opened();
      await Promise.all(Array.from({ length: 5 }, () => makeKeylessTenant(stores)));
      const pages = await allPages((page) => stores.tenants.page(page), 2);
      expect(pages.flat().map(({ name }) => name)).toEqual(await stores.tenants.names());
      expect(pages.every(({ length }) => length <= 2)).toBe(true);
    });

    test('have settings of their own, which change one after the other and not at all where that fails', async () => {
      const { stores } = opened();
      const { tenants } = stores;
      const [ours, theirs] = [await makeTenant(stores), await makeTenant(stores)];
      expect(await tenants.settings(ours)).toEqual({ problemDetail: 'codes' });
      const full = await tenants.changeSettings(ours, () => ({ problemDetail: 'full' }));
      expect(full).toEqual({ problemDetail: 'full' });
      const failing = tenants.changeSettings(ours, (present) => {
        expect(present).toEqual(full);
        return refuse('version_conflict', 'request', 'changed meanwhile');
      });
      expect(await refusalCodeOf(failing)).toBe('version_conflict');
      const seen: string[] = [];
      const change = (problemDetail: 'observed' | 'codes') =>
        tenants.changeSettings(ours, (present) => {
          seen.push(present.problemDetail);
          return { problemDetail };
        });
      await Promise.all([change('observed'), change('codes')]);
      expect(seen[0]).toBe('full');
      expect(['observed', 'codes']).toContain(seen[1]);
      expect(await tenants.settings(theirs)).toEqual({ problemDetail: 'codes' });
      await expect(tenants.settings('nobody')).rejects.toThrow(/never made/);
    });
  });

  describe('workloads', () => {
    test('a name is taken once per tenant', async () => {
      const { stores } = opened();
      const [ours, theirs] = [await makeTenant(stores), await makeTenant(stores)];
      const created = sampleWorkload('llm-serving', { description: 'serves' });
      expect(await stores.workloads.create(ours, created)).toEqual(created);
      expect(await stores.workloads.create(ours, sampleWorkload('llm-serving'))).toBeNull();
      expect(await stores.workloads.get(ours, 'llm-serving')).toEqual(created);
      expect(await stores.workloads.get(theirs, 'llm-serving')).toBeNull();
      expect(await stores.workloads.create(theirs, sampleWorkload('llm-serving'))).not.toBeNull();
    });

    test('change in what is named alone, and another policy raises the epoch', async () => {
      const { stores } = opened();
      const tenant = await makeTenant(stores);
      const made = sampleWorkload('llm', { description: 'serves', policy: 'strict' });
      await stores.workloads.create(tenant, made);
      const epoch = async () => (await stores.policies.find(tenant, { name: 'any', version: 1 })).epoch;
      const before = await epoch();
      const described = { ...made, description: null };
      expect(await stores.workloads.change(tenant, 'llm', { description: null })).toEqual(described);
      expect(await epoch()).toBe(before);
      const free = { ...described, policy: null };
      expect(await stores.workloads.change(tenant, 'llm', { policy: null })).toEqual(free);
      expect(await stores.workloads.get(tenant, 'llm')).toEqual(free);
      expect(await epoch()).toBeGreaterThan(before);
      expect(await stores.workloads.change(tenant, 'absent', { policy: null })).toBeNull();
    });

    test('come newest first, in pages without gaps or repetitions', async () => {
      const { stores } = opened();
      const tenant = await makeTenant(stores);
      // Three instants for seven names: within one instant the name decides.
      for (const [index, name] of ['a', 'b', 'c', 'd', 'e', 'f', 'g'].entries()) {
        await stores.workloads.create(
          tenant,
          sampleWorkload(name, { createdAt: minutesLater(Math.floor(index / 3)) }),
        );
      }
      const pages = await allPages((page) => stores.workloads.list(tenant, page), 2);
      expect(pages.map((items) => items.map(({ name }) => name).join(''))).toEqual(['gf', 'ed', 'cb', 'a']);
    });

    test('a name with NUL is a bad request, not a fault', async () => {
      const { stores } = opened();
      const tenant = await makeTenant(stores);
      expect(await refusalCodeOf(stores.workloads.get(tenant, 'a\0b'))).toBe('request_invalid');
    });
  });

  describe('audiences', () => {
    test('come back as they were stored', async () => {
      const { stores } = opened();
      const tenant = await makeTenant(stores);
      const open: Audience = { ...AUDIENCE, name: 'open', workloads: null, createdAt: minutesLater(1) };
      expect(await stores.audiences.create(tenant, AUDIENCE)).toEqual(AUDIENCE);
      expect(await stores.audiences.create(tenant, open)).toEqual(open);
      expect(await stores.audiences.create(tenant, AUDIENCE)).toBeNull();
      expect(await stores.audiences.get(tenant, 'vault-prod')).toEqual(AUDIENCE);
      expect(await stores.audiences.get(tenant, 'nobody')).toBeNull();
      const page = await stores.audiences.list(tenant, { limit: 200, cursor: null });
      expect(page).toEqual({ items: [open, AUDIENCE], nextCursor: null });
    });
  });

  describe('authorities of audiences', () => {
    test('are made once, however many want one at the same moment, and are told apart', async () => {
      const { stores } = opened();
      const [ours, theirs] = [await makeTenant(stores), await makeTenant(stores)];
      for (const tenant of [ours, theirs]) await stores.audiences.create(tenant, AUDIENCE);
      await stores.audiences.create(ours, { ...AUDIENCE, name: 'other' });
      const ensure = (tenant: string, name: string) =>
        stores.authorities.ensure(tenant, name, async () => sampleAuthority(tenant, name));
      const made = await Promise.all(Array.from({ length: 8 }, () => ensure(ours, AUDIENCE.name)));
      const kids = new Set(made.map(({ kid }) => kid));
      expect(kids.size).toBe(1);
      expect(await ensure(ours, AUDIENCE.name)).toEqual(made[0]);
      for (const other of [await ensure(ours, 'other'), await ensure(theirs, AUDIENCE.name)]) {
        expect(kids).not.toContain(other.kid);
      }
    });

    test('are removed all at once, of one tenant alone, without their keys; then there is another', async () => {
      const { stores, administer } = opened();
      const [ours, theirs] = [await makeTenant(stores), await makeTenant(stores)];
      for (const tenant of [ours, theirs]) await stores.audiences.create(tenant, AUDIENCE);
      const ensure = (tenant: string) =>
        stores.authorities.ensure(tenant, AUDIENCE.name, async () => sampleAuthority(tenant, AUDIENCE.name));
      const [old, foreign] = [await ensure(ours), await ensure(theirs)];
      const removed = { audience: AUDIENCE.name, kid: old.kid, removedAt: NOW };
      expect(await stores.authorities.removeAll(ours, 'leaked', NOW)).toEqual([removed]);
      expect(await stores.authorities.removeAll(ours, 'again', NOW)).toEqual([]);
      const fresh = await Promise.all([ensure(ours), ensure(ours), ensure(ours)]);
      expect(new Set(fresh.map(({ kid }) => kid)).size).toBe(1);
      expect(fresh[0]?.kid).not.toBe(old.kid);
      expect((await ensure(theirs)).kid).toBe(foreign.kid);
      const rows = await administer(
        'SELECT kid, reason, wrapped IS NULL AS gone FROM audience_authorities WHERE tenant = $1 ORDER BY removed_at',
        [ours],
      );
      expect(rows).toEqual([
        { kid: old.kid, reason: 'leaked', gone: true },
        { kid: fresh[0]?.kid, reason: null, gone: false },
      ]);
    });
  });

  describe('API keys', () => {
    test('are found by digest, in their own tenant only', async () => {
      const { stores } = opened();
      const [ours, theirs] = [await makeTenant(stores), await makeTenant(stores)];
      const key: ApiKey = { id: 'key-1', name: 'ci', role: 'publisher', createdAt: NOW };
      const digest = createHash('sha256').update(randomBytes(8)).digest();
      expect(await stores.apiKeys.create(ours, key, digest)).toEqual(key);
      expect(await stores.apiKeys.create(ours, { ...key, id: 'key-2' }, digest)).toBeNull();
      expect(await stores.apiKeys.findByDigest(ours, digest)).toEqual(key);
      expect(await stores.apiKeys.findByDigest(theirs, digest)).toBeNull();
      expect(await stores.apiKeys.list(ours, { limit: 1, cursor: null })).toEqual({
        items: [key],
        nextCursor: null,
      });
    });

    test('one that many register at once is registered by one of them, and fails nobody', async () => {
      const { stores } = opened();
      for (let round = 0; round < 40; round += 1) {
        const tenant = await makeTenant(stores);
        const key: ApiKey = { id: `key-${round}`, name: 'first', role: 'admin', createdAt: NOW };
        const digest = randomBytes(32);
        const made = await Promise.all(
          Array.from({ length: 8 }, () => stores.apiKeys.create(tenant, key, digest)),
        );
        expect(made.filter((one) => one !== null)).toEqual([key]);
      }
    });
  });

  describe('cursors', () => {
    test.each([
      ['no base64', '%%%'],
      ['no JSON', encode('nonsense')],
      ['a duplicate member', encode('{"a":1,"a":2}')],
      ['another list', encode('["audiences","2026-11-20T12:00:00.000Z","a"]')],
      ['too few parts', encode('["workloads","2026-11-20T12:00:00.000Z"]')],
      ['no instant', encode('["workloads","yesterday","a"]')],
      ['an instant beyond the database', encode('["workloads","+275760-01-01T00:00:00.000Z","a"]')],
      ['a number for a name', encode('["workloads","2026-11-20T12:00:00.000Z",7]')],
      ['NUL in a name', encode('["workloads","2026-11-20T12:00:00.000Z","a\\u0000"]')],
    ])('with %s are refused', async (_, cursor) => {
      const { stores } = opened();
      const tenant = await makeTenant(stores);
      expect(await refusalCodeOf(stores.workloads.list(tenant, { limit: 2, cursor }))).toBe(
        'request_invalid',
      );
    });
  });
}

function encode(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url');
}

/** Reads on until there is no next page. */
export async function allPages<T>(
  list: (page: PageRequest) => Promise<Page<T>>,
  limit: number,
): Promise<readonly (readonly T[])[]> {
  const pages: (readonly T[])[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<T> = await list({ limit, cursor });
    pages.push(page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return pages;
}
