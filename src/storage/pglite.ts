/**
 * PGlite behind `Database`: PostgreSQL inside this process, one connection, so transactions take turns.
 * It runs without fsync: fit for evaluation and single nodes that may lose their last seconds.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite, types } from '@electric-sql/pglite';
import {
  type Database,
  type Lend,
  type QueryResult,
  requireCommitted,
  runBatch,
  runTransaction,
  type Scope,
  type Session,
  type Statement,
} from './database.js';
import { holdDirectory } from './directory-lock.js';
import { createReadQueue } from './read-queue.js';
import { unavailable } from './unavailable.js';

const PARSERS = { [types.INT8]: (text: string) => BigInt(text) };

export interface EmbeddedDatabase extends Database {
  /** The connection itself, as the login that bypasses row-level security: migrations and start-up checks. */
  administer<T>(use: (session: Session) => Promise<T>): Promise<T>;
}

/**
 * `directory: null` keeps everything in memory. A database that is not there yet begins empty, or as `dump`: a tar
 * archive of a data directory, as PGlite's `dumpDataDir` makes it; beside a database that is there, a dump is an error.
 * Throws StorageRefused when another process has the directory open.
 */
export async function openPglite(directory: string | null, dump?: Blob): Promise<EmbeddedDatabase> {
  const beginning = dump === undefined ? {} : { loadDataDir: dump };
  if (directory === null) return embed(await PGlite.create(beginning), () => {});
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const release = holdDirectory(directory);
  try {
    // A folder of its own: a database is only made in an empty one.
    return embed(await PGlite.create(join(directory, 'pgdata'), beginning), release);
  } catch (error) {
    release();
    throw error;
  }
}

function embed(engine: PGlite, release: () => void): EmbeddedDatabase {
  const session = sessionOf(engine);
  let last: Promise<unknown> = Promise.resolve();
  let closed = false;
  let taken = false;
  const inTurn = <T>(use: () => Promise<T>): Promise<T> => {
    const turn = last.then(async () => {
      taken = true;
      try {
        return await use();
      } finally {
        taken = false;
      }
    });
    last = turn.catch(() => {});
    return turn;
  };
  const lend: Lend = (use, stage) =>
    inTurn(() => {
      if (closed) throw unavailable(stage);
      return use(session);
    });
  const batch = (scope: Scope, statements: readonly Statement[]) => runBatch(lend, scope, {}, statements);
  return {
    engine: 'pglite',
    transaction: (scope, work) => runTransaction(lend, scope, {}, work),
    batch,
    read: createReadQueue(batch),
    connectionsInUse: () => (taken ? 1 : 0),
    administer: (use) => inTurn(() => use(session)),
    close: () =>
      inTurn(async () => {
        if (closed) return;
        closed = true;
        await engine.close();
        release();
      }),
  };
}

function sessionOf(engine: PGlite): Session {
  const run = async (text: string): Promise<string> => {
    const results = await engine.exec(text);
    return results.at(-1)?.command ?? '';
  };
  const query: Session['query'] = async (text, values) => {
    const result = await engine.query<Record<string, unknown>>(
      text,
      values === undefined ? [] : [...values],
      {
        parsers: PARSERS,
      },
    );
    return {
      rows: result.rows,
      count: result.rows.length > 0 ? result.rows.length : (result.affectedRows ?? 0),
    };
  };
  return {
    run,
    query,
    async runAll(begin, statements) {
      const results: QueryResult[] = [];
      try {
        await run(begin);
        for (const { text, values } of statements) results.push(await query(text, values));
        requireCommitted(await run('COMMIT'));
        return results;
      } catch (error) {
        await run('ROLLBACK').catch(() => {});
        throw error;
      }
    },
  };
}
