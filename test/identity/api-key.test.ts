import { describe, expect, test } from '@jest/globals';
import { apiKeyOf, authenticate, makeApiKey, registerAdminKey } from '../../src/identity/api-key.js';
import { requireRole } from '../../src/identity/roles.js';
import { systemEntropy } from '../../src/platform/entropy.js';
import { outcomeOf } from '../../src/rats/outcome.js';
import type { ApiKey, ApiKeyStore } from '../../src/verifier/key-ports.js';

const NOW = new Date('2026-11-20T12:00:00Z');

function memoryStore(): ApiKeyStore {
  const keys = new Map<string, ApiKey>();
  const placeOf = (tenant: string, digest: Uint8Array) => `${tenant} ${Buffer.from(digest).toString('hex')}`;
  return {
    async create(tenant, key, digest) {
      const place = placeOf(tenant, digest);
      if (keys.has(place)) return null;
      keys.set(place, key);
      return key;
    },
    findByDigest: async (tenant, digest) => keys.get(placeOf(tenant, digest)) ?? null,
    list: async () => ({ items: [...keys.values()], nextCursor: null }),
  };
}

describe('an API key', () => {
  test('is ak_ and 32 random bytes, and its record tells nothing of them', () => {
    const made = makeApiKey({ name: 'ci', role: 'publisher', now: NOW }, systemEntropy);
    expect(made.text).toMatch(/^ak_[A-Za-z0-9_-]{43}$/);
    expect(made.digest).toHaveLength(32);
    expect(made.record).toMatchObject({ name: 'ci', role: 'publisher', createdAt: NOW });
    expect(made.record.id).toMatch(/^key_[A-Za-z0-9_-]{16}$/);
    const digest = Buffer.from(made.digest).toString('base64url');
    expect(digest).not.toContain(made.record.id.slice(4));
    expect(apiKeyOf(made.text, { name: 'ci', role: 'publisher', now: NOW })).toEqual(made);
    expect(() => apiKeyOf('ak_short', { name: 'ci', role: 'publisher', now: NOW })).toThrow(TypeError);
  });

  test('names its caller in its own tenant only', async () => {
    const store = memoryStore();
    const { text } = makeApiKey({ name: 'x', role: 'admin', now: NOW }, systemEntropy);
    await registerAdminKey(text, ['default', 'simulated'], { apiKeys: store, now: NOW });
    await registerAdminKey(text, ['default', 'simulated'], { apiKeys: store, now: NOW });
    for (const tenant of ['default', 'simulated']) {
      expect(await authenticate(`Bearer ${text}`, tenant, store)).toMatchObject({ tenant, role: 'admin' });
    }
    const elsewhere = await outcomeOf(() => authenticate(`Bearer ${text}`, 'acme', store));
    expect(elsewhere).toMatchObject({ ok: false, refusal: { code: 'unauthenticated' } });
  });

  test.each([
    undefined,
    '',
    'Bearer',
    'Bearer ak_',
    'Basic YTpi',
    'ak_',
    'Bearer a b',
    `Bearer ak_${'A'.repeat(44)}`,
  ])('does not come from the header %p', async (header) => {
    const outcome = await outcomeOf(() => authenticate(header, 'default', memoryStore()));
    expect(outcome).toMatchObject({ ok: false, refusal: { code: 'unauthenticated' } });
  });
});

describe('roles', () => {
  test.each([
    ['admin', [], true],
    ['admin', ['publisher'], true],
    ['publisher', ['publisher'], true],
    ['publisher', ['relying-party'], false],
    ['publisher', [], false],
    ['relying-party', ['publisher', 'relying-party'], true],
  ] as const)('%s where %j may: %p', async (role, allowed, expected) => {
    const outcome = await outcomeOf(() => requireRole({ id: 'key_x', tenant: 'default', role }, allowed));
    expect(outcome.ok).toBe(expected);
    if (!outcome.ok) expect(outcome.refusal.code).toBe('role_missing');
  });
});
