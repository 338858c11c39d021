/** A change of the key-encryption key among many tenants: in batches, and what was interrupted is completed. */
import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Database, QueryResult, Statement } from '../../src/storage/database.js';
import { createKeyWrap } from '../../src/storage/key-wrap.js';
import { StorageRefused } from '../../src/storage/refused.js';
import { CHECK_CONTEXT, rewrapAll } from '../../src/storage/rewrap.js';

const TENANTS = Array.from({ length: 450 }, (_, index) => `tenant-${String(index).padStart(3, '0')}`);
const [OLD, FRESH] = [randomBytes(32), randomBytes(32)];
const before = createKeyWrap(OLD);
const both = createKeyWrap(FRESH, OLD);
const alone = createKeyWrap(FRESH);
const SECRET = Buffer.from('a private key', 'utf8');

const contextOf = (tenant: string) => ({ tenant, purpose: 'token', kid: `kid-${tenant}` });

/** One key for each tenant, and the check value. */
let keys: Map<string, Uint8Array>;
let check: Uint8Array;
/** How many statements each transaction had, and whether the check value was among them. */
let batches: [number, boolean][];
/** Transactions that still succeed. */
let left: number;

beforeEach(() => {
  keys = new Map(TENANTS.map((tenant) => [tenant, before.wrap(contextOf(tenant), SECRET)]));
  check = before.wrap(CHECK_CONTEXT, SECRET);
  batches = [];
  left = Number.POSITIVE_INFINITY;
});

const resultOf = (rows: QueryResult['rows']): QueryResult => ({ rows, count: rows.length });

function apply({ text, values }: Statement): QueryResult {
  if (text.includes('deployment')) {
    check = values[1] as Uint8Array;
    return { rows: [], count: 1 };
  }
  const [tenant, , , [anew]] = values as [string, string[], Uint8Array[], [Uint8Array]];
  keys.set(tenant, anew);
  return { rows: [], count: 1 };
}

const database: Pick<Database, 'transaction' | 'read' | 'batch'> = {
  transaction: (_scope, work) => work({ query: async () => resultOf(TENANTS.map((name) => ({ name }))) }),
  async read({ tenant }, text) {
    if (text.includes('deployment')) return resultOf([{ wrapped: check }]);
    const wrapped = keys.get(tenant ?? '');
    if (!text.includes('signing_keys') || tenant === null || wrapped === undefined) return resultOf([]);
    const { kid, purpose } = contextOf(tenant);
    return resultOf([{ kid, purpose, wrapped }]);
  },
  async batch(_scope, statements) {
    left -= 1;
    if (left < 0) throw new Error('the connection is gone');
    batches.push([statements.length, statements.some(({ text }) => text.includes('deployment'))]);
    return statements.map(apply);
  },
};
const rewrap = (kek = both) => rewrapAll(database as Database, kek);

const opens = (kek: typeof both, tenant: string): boolean => {
  try {
    return Buffer.from(kek.unwrap(contextOf(tenant), keys.get(tenant) ?? new Uint8Array())).equals(SECRET);
  } catch {
    return false;
  }
};

describe('another key-encryption key', () => {
  test('comes in batches, the check value alone and last', async () => {
    expect(await rewrap()).toBe(TENANTS.length + 1);
    expect(batches).toEqual([
      [200, false],
      [200, false],
      [50, false],
      [1, true],
    ]);
    expect(TENANTS.every((tenant) => opens(alone, tenant))).toBe(true);
    expect(await rewrap()).toBe(0);
  });

  test('is completed after an interruption, until which the check value is under the previous one', async () => {
    left = 2;
    await expect(rewrap()).rejects.toThrow('the connection is gone');
    expect(TENANTS.filter((tenant) => opens(alone, tenant))).toHaveLength(400);
    expect(() => alone.unwrap(CHECK_CONTEXT, check)).toThrow(/another key-encryption key/u);
    left = Number.POSITIVE_INFINITY;
    expect(await rewrap()).toBe(51);
    expect(TENANTS.every((tenant) => opens(alone, tenant))).toBe(true);
    expect(Buffer.from(alone.unwrap(CHECK_CONTEXT, check))).toEqual(SECRET);
  });

  test('changes nothing where the last value opens under neither', async () => {
    const last = TENANTS.at(-1) ?? '';
    keys.set(last, createKeyWrap(randomBytes(32)).wrap(contextOf(last), SECRET));
    await expect(rewrap()).rejects.toThrow(StorageRefused);
    check = createKeyWrap(randomBytes(32)).wrap(CHECK_CONTEXT, SECRET);
    keys.delete(last);
    await expect(rewrap()).rejects.toThrow(StorageRefused);
    expect(batches).toEqual([]);
  });
});
