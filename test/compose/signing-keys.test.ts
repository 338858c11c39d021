/** Keys take turns again and again, tenant by tenant, and one tenant’s trouble is not the others’. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { openKeys } from '../../src/compose/signing-keys.js';
import { readConfig } from '../../src/config.js';
import type { KeyChange } from '../../src/platform/key-metrics.js';
import { createLog } from '../../src/platform/log.js';
import { createKeyWrap } from '../../src/storage/key-wrap.js';
import type { StoredSigningKey } from '../../src/verifier/key-ports.js';
import type { Stores } from '../../src/verifier/ports.js';
import { NOW, sampleKey } from '../contract/samples.js';

const MONTH = 30 * 86_400_000;

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** `a` cannot be read; `b` has one key that has had its time. */
function setting(env: Readonly<Record<string, string>> = {}, more: readonly StoredSigningKey[] = []) {
  const written: StoredSigningKey[] = [];
  const lines: string[] = [];
  const changes: KeyChange[] = [];
  /** Tenants that were made while the service runs, since when their ES256 keys sign, and whether they have another. */
  const newcomers = new Map<string, { readonly since: Date; readonly rsa: boolean }>();
  const signingKeys = {
    read: async (tenant: string) => {
      if (tenant === 'a') throw new Error('the row is torn');
      const { since, rsa } = newcomers.get(tenant) ?? { since: new Date(NOW.getTime() - MONTH), rsa: true };
      const keys = [
        sampleKey(tenant, { activeFrom: since }),
        ...(rsa ? [sampleKey(tenant, { alg: 'RS256', activeFrom: NOW })] : []),
      ];
      return [...keys, ...more, ...written.filter((key) => key.tenant === tenant)];
    },
    readPublic: (tenant: string) => signingKeys.read(tenant),
    change: async (
      tenant: string,
      _: string,
      decide: (keys: readonly StoredSigningKey[]) => StoredSigningKey[],
    ) => {
      const changed = decide(await signingKeys.read(tenant));
      written.push(...changed);
      return changed;
    },
  };
  const tenants = { names: async () => ['a', 'b', ...newcomers.keys()] };
  const keys = openKeys(readConfig({ ASSAY_DATABASE_URL: 'pglite:memory', ...env }), {
    stores: { signingKeys, tenants } as unknown as Pick<Stores, 'signingKeys' | 'tenants'>,
    kek: createKeyWrap(randomBytes(32)),
    clock: { now: () => NOW },
    log: createLog({ write: (line) => void lines.push(line) }),
    changed: (key) => void changes.push(key),
  });
  const newcomer = (tenant: string, since: Date, rsa = true) => void newcomers.set(tenant, { since, rsa });
  return { keys, written, lines, changes, newcomer };
}

describe('every 15 seconds', () => {
  test('what is due of each tenant is done and logged; a failure is a warning', async () => {
    const { keys, written, lines } = setting();
    const series = keys.begin(() => true);
    expect(written).toEqual([]);
    await jest.advanceTimersByTimeAsync(15_000);
    await series.stop();
    expect(written.map(({ tenant, state, alg }) => [tenant, state, alg])).toEqual([
      ['b', 'published', 'ES256'],
    ]);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ tenant: 'a', msg: 'signing keys did not take turns' }),
      expect.objectContaining({ tenant: 'b', kid: written[0]?.kid, msg: 'signing key published' }),
    ]);
    expect(lines.join()).not.toContain('PRIVATE');
  });

  test('a next key that does not open changes nothing, and is an error', async () => {
    const next = sampleKey('b', { kid: 'next', state: 'published', activeFrom: NOW });
    const { keys, written, lines } = setting({}, [next]);
    const series = keys.begin(() => true);
    await jest.advanceTimersByTimeAsync(15_000);
    await series.stop();
    expect(written).toEqual([]);
    const errors = lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 'error');
    expect(errors).toEqual([
      expect.objectContaining({ tenant: 'b', kid: 'next', remedy: expect.stringMatching(/ASSAY_KEK/u) }),
    ]);
  });

  test('nothing while the clock is wrong, but for a warning; and again when it is right', async () => {
    const { keys, written, lines } = setting();
    let agrees = false;
    const series = keys.begin(() => agrees);
    await jest.advanceTimersByTimeAsync(15_000);
    expect(written).toEqual([]);
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual([
      expect.stringMatching(/this machine’s clock/u),
    ]);
    agrees = true;
    await jest.advanceTimersByTimeAsync(15_000);
    await series.stop();
    expect(written).toHaveLength(1);
  });

  test('a tenant of a release that knew ES256 alone gets its RS256 key, once', async () => {
    const { keys, written, lines, changes, newcomer } = setting({ ASSAY_KEY_ROTATION: 'off' });
    newcomer('c', NOW, false);
    for (let round = 0; round < 2; round += 1) {
      const series = keys.begin(() => true);
      await jest.advanceTimersByTimeAsync(15_000);
      await series.stop();
    }
    expect(written).toMatchObject([{ tenant: 'c', alg: 'RS256', state: 'active', activeFrom: NOW }]);
    expect(lines.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ tenant: 'c', kid: written[0]?.kid, msg: 'signing key active' }),
    );
    expect(changes).toEqual([{ alg: 'RS256', cause: 'rotation' }]);
  });

  test('it is known whose key has signed longest, once all were looked at', async () => {
    const { keys, newcomer } = setting({ ASSAY_KEY_ROTATION: 'off' });
    const series = keys.begin(() => true);
    await jest.advanceTimersByTimeAsync(15_000);
    const rsa = { alg: 'RS256', since: NOW };
    const month = { alg: 'ES256', since: new Date(NOW.getTime() - MONTH) };
    expect(await keys.longest('default')).toMatchObject([month, rsa]);
    newcomer('c', new Date(NOW.getTime() - 2 * MONTH));
    await jest.advanceTimersByTimeAsync(15_000);
    await series.stop();
    // Made while the service runs, and visited like the others.
    expect(await keys.longest('default')).toMatchObject([
      { since: new Date(NOW.getTime() - 2 * MONTH) },
      rsa,
    ]);
  });

  test('nothing, where rotation is off', async () => {
    const { keys, written } = setting({ ASSAY_KEY_ROTATION: 'off' });
    expect(keys.interval).toBeNull();
    const series = keys.begin(() => true);
    await jest.advanceTimersByTimeAsync(15_000);
    await series.stop();
    expect(written).toEqual([]);
  });
});

describe('a change by hand', () => {
  test('in an emergency is counted by what signs from then on', async () => {
    const { keys, changes } = setting();
    await keys.rotation.replaceNow('b', 'a backup was copied', ['ES256']);
    await keys.rotation.replaceBundleKey('b', 'a backup was copied');
    expect(changes).toEqual(Array(2).fill({ alg: 'ES256', cause: 'emergency' }));
  });

  test('that only announces the next keys, or fails, is none yet', async () => {
    const { keys, changes } = setting();
    await keys.rotation.publishNext('b');
    await expect(keys.rotation.replaceNow('a', 'a backup was copied')).rejects.toThrow('torn');
    expect(changes).toEqual([]);
  });
});
