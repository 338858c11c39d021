import { describe, expect, test } from '@jest/globals';
import { RefusalError, refusal } from '../../src/rats/refusal.js';
import type { QueryResult, Statement } from '../../src/storage/database.js';
import { createReadQueue } from '../../src/storage/read-queue.js';
import { unavailable } from '../../src/storage/unavailable.js';
import { refusalCodeOf } from '../contract/refused.js';

/** A database that answers with the texts it was asked, and fails at those that a test names. */
function recordingDatabase(failing: ReadonlyMap<string, unknown> = new Map()) {
  const groups: string[][] = [];
  const batch = async (_scope: unknown, statements: readonly Statement[]): Promise<QueryResult[]> => {
    groups.push(statements.map(({ text, tenant }) => `${tenant}:${text}`));
    await new Promise((resolve) => setImmediate(resolve));
    const bad = statements.find(({ text }) => failing.has(text));
    if (bad !== undefined) throw failing.get(bad.text);
    return statements.map(({ text }) => ({ rows: [{ text }], count: 1 }));
  };
  return { groups, read: createReadQueue(batch) };
}

const textOf = async (result: Promise<QueryResult>) => (await result).rows[0]?.text;

describe('reads of one moment', () => {
  test('go together, each with its own tenant, and come back in order', async () => {
    const { groups, read } = recordingDatabase();
    const reads = ['a', 'b', null].map((tenant, index) => textOf(read({ tenant }, `q${index}`, [])));
    expect(await Promise.all(reads)).toEqual(['q0', 'q1', 'q2']);
    expect(groups).toEqual([['a:q0', 'b:q1', 'null:q2']]);
  });

  test('wait while enough are on their way, and are never too many', async () => {
    const { groups, read } = recordingDatabase();
    const reads: Promise<unknown>[] = [];
    for (let round = 0; round < 6; round += 1) {
      for (let index = 0; index < 40; index += 1) reads.push(read({ tenant: 't' }, `${round}.${index}`, []));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(reads);
    expect(groups.flat()).toHaveLength(240);
    expect(Math.max(...groups.map((group) => group.length))).toBeLessThanOrEqual(64);
  });

  test('do not suffer for one that fails', async () => {
    const { read } = recordingDatabase(new Map([['bad', new RangeError('mine')]]));
    const [good, bad, other] = [
      read({ tenant: 't' }, 'good', []),
      read({ tenant: 't' }, 'bad', []),
      read({ tenant: 't' }, 'other', []),
    ];
    await expect(bad).rejects.toThrow('mine');
    expect([await textOf(good), await textOf(other)]).toEqual(['good', 'other']);
  });

  test('are all unavailable with the database, each at its own stage', async () => {
    const { groups, read } = recordingDatabase(new Map([['one', unavailable('request')]]));
    const stages = ['bind', 'authenticate'] as const;
    const reads = stages.map((stage) => read({ tenant: 't', stage }, 'one', []));
    const errors = await Promise.all(
      reads.map((one) =>
        one.then(
          () => null,
          (error: unknown) => error,
        ),
      ),
    );
    expect(errors.map((error) => (error instanceof RefusalError ? error.refusal.stage : null))).toEqual(
      stages,
    );
    expect(groups).toHaveLength(1);
    expect(await refusalCodeOf(read({ tenant: 't' }, 'one', []))).toBe('database_unavailable');
  });

  test('behind those that found no database do not ask again', async () => {
    const { groups, read } = recordingDatabase(new Map([['lost', unavailable('request')]]));
    const first = Array.from({ length: 200 }, () => read({ tenant: 't' }, 'lost', []));
    await new Promise((resolve) => setImmediate(resolve));
    const behind = Array.from({ length: 100 }, () => read({ tenant: 't' }, 'lost', []));
    const codes = await Promise.all([...first, ...behind].map(refusalCodeOf));
    expect(new Set(codes)).toEqual(new Set(['database_unavailable']));
    expect(groups.flat().length).toBeLessThanOrEqual(192);
  });

  test('behind those that hang give up after a while', async () => {
    let asked = 0;
    const read = createReadQueue(() => {
      asked += 1;
      return new Promise(() => {});
    });
    const all = Array.from({ length: 500 }, () => refusalCodeOf(read({ tenant: 't' }, 'q', [])));
    // The first 192 are on their way and have an end of their own.
    expect(await all.at(-1)).toBe('database_unavailable');
    expect(await all[192]).toBe('database_unavailable');
    expect(asked).toBe(3);
  });

  test('another refusal is the reader’s own', async () => {
    const refused = new RefusalError(refusal('request_invalid', 'request', 'Not that.'));
    const { read } = recordingDatabase(new Map([['bad', refused]]));
    const [bad, good] = [read({ tenant: 't' }, 'bad', []), read({ tenant: 't' }, 'good', [])];
    await expect(bad).rejects.toBe(refused);
    expect(await textOf(good)).toBe('good');
  });
});
