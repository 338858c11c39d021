import { describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { RefusalError } from '../../src/rats/refusal.js';
import { type Lend, requireCommitted, runTransaction, type Session } from '../../src/storage/database.js';

/** A session that records what it is told and fails where a test says so. */
function recordingSession(failures: Readonly<Record<string, unknown>>, commitTag = 'COMMIT') {
  const told: string[] = [];
  const session: Session = {
    async run(text) {
      const [word = ''] = text.split(' ');
      told.push(word);
      if (word in failures) throw failures[word];
      return word === 'COMMIT' ? commitTag : word;
    },
    async query(text) {
      told.push(text);
      if (text in failures) throw failures[text];
      return { rows: [], count: 0 };
    },
    async runAll(begin, statements) {
      await session.run(begin);
      const results = [];
      for (const { text } of statements) results.push(await session.query(text));
      requireCommitted(await session.run('COMMIT'));
      return results;
    },
  };
  const lend: Lend = (use) => use(session);
  return { told, lend };
}

function serverError(code: string): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError('failed', 0, 'error'), { code, severity: 'ERROR' });
}

const SCOPE = { tenant: 'acme', stage: 'issue' } as const;

describe('transactions', () => {
  test('begin, work and commit', async () => {
    const { told, lend } = recordingSession({});
    expect(await runTransaction(lend, SCOPE, {}, async (tx) => (await tx.query('one')).count)).toBe(0);
    expect(told).toEqual(['BEGIN', 'one', 'COMMIT']);
  });

  test('roll back when the work fails, and report its own error', async () => {
    const { told, lend } = recordingSession({ ROLLBACK: new Error('Connection terminated') });
    const failing = runTransaction(lend, SCOPE, {}, () => Promise.reject(new RangeError('mine')));
    await expect(failing).rejects.toThrow('mine');
    expect(told).toEqual(['BEGIN', 'ROLLBACK']);
  });

  test('a COMMIT that rolled back is never taken for a success', async () => {
    const { lend } = recordingSession({}, 'ROLLBACK');
    const ignoring = runTransaction(lend, SCOPE, {}, async () => 'done');
    await expect(ignoring).rejects.toThrow(/ended with ROLLBACK/);
  });

  test('an unknown outcome of COMMIT is undecided', async () => {
    const { lend } = recordingSession({ COMMIT: new Error('Connection terminated unexpectedly') });
    await expect(runTransaction(lend, SCOPE, {}, async () => 'done')).rejects.toThrow(/database_unavailable/);
  });

  test('run again after a deadlock, but not for ever', async () => {
    const { told, lend } = recordingSession({ one: serverError('40P01') });
    const deadlocked = runTransaction(lend, SCOPE, {}, (tx) => tx.query('one'));
    await expect(deadlocked).rejects.toThrow(RefusalError);
    await expect(deadlocked).rejects.toThrow(/database_unavailable/);
    expect(told.filter((text) => text === 'one')).toHaveLength(4);
  });

  test('are not run again after any other failure', async () => {
    const { told, lend } = recordingSession({ one: serverError('23505') });
    await expect(runTransaction(lend, SCOPE, {}, (tx) => tx.query('one'))).rejects.toThrow('failed');
    expect(told).toEqual(['BEGIN', 'one', 'ROLLBACK']);
  });
});
