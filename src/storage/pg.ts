/** PostgreSQL behind `Database`: a bounded pool; every wait has an end. */
import pg from 'pg';
import {
  type Database,
  type Lend,
  requireCommitted,
  runBatch,
  runTransaction,
  type Scope,
  type Session,
  type Statement,
} from './database.js';
import { createReadQueue } from './read-queue.js';
import { StorageRefused } from './refused.js';
import { isSpent, unavailable } from './unavailable.js';

const OID_BIGINT = 20;
const OID_BYTEA = 17;

/**
 * Milliseconds. The client waits longer than the server, so that the server's own answer comes first; where none
 * comes, because the server hangs or the network swallows what is sent, the transaction's own end is the last.
 */
const CONNECT_TIMEOUT = 3_000;
const STATEMENT_TIMEOUT = 4_000;
const TRANSACTION_TIMEOUT = 5_000;

const LOCAL_SETTINGS = {
  statement_timeout: String(STATEMENT_TIMEOUT),
  idle_in_transaction_session_timeout: String(TRANSACTION_TIMEOUT),
};

/** bigint as bigint and bytea as plain Uint8Array, as on the other engine. */
const TYPES: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (format === 'binary') return pg.types.getTypeParser(oid, 'binary');
    if (oid === OID_BIGINT) return (text: string) => BigInt(text);
    if (oid === OID_BYTEA) return (text: string) => new Uint8Array(Buffer.from(text.slice(2), 'hex'));
    return pg.types.getTypeParser(oid, 'text');
  },
};

/** Options of each connection. Failures to connect are the caller's to put into words. */
export function clientOptions(url: string): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: 'assay',
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    keepAlive: true,
    types: TYPES,
  };
}

/**
 * One connection outside of any pool, for migrations and for the checks at start. Waits for locks as long as
 * it takes. Throws StorageRefused when there is no connection to be had.
 */
export async function withSession<T>(url: string, use: (session: Session) => Promise<T>): Promise<T> {
  const client = new pg.Client(clientOptions(url));
  // Without a listener an idle connection's end would end the process; the next query reports it.
  client.on('error', () => {});
  await client.connect().catch((error: unknown) => {
    throw new StorageRefused(`PostgreSQL cannot be reached at ${addressOf(client)}: ${reasonOf(error)}.`);
  });
  try {
    return await use(sessionOf(client));
  } finally {
    await client.end().catch(() => {});
  }
}

function addressOf(client: pg.Client): string {
  return `${client.host}:${client.port}, database ${client.database ?? '(none)'}`;
}

/** A host with several addresses fails with one error for each and no message of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

export function openPostgres(url: string): Database {
  // Statements that do not wait for each other are sent without waiting: see `runAll`.
  const pool = new pg.Pool({ ...clientOptions(url), pipeline: true, max: 10, idleTimeoutMillis: 30_000 });
  // An idle connection that the server ends is dropped from the pool; the next borrower gets a new one.
  pool.on('error', () => {});
  const lend: Lend = async (use, stage) => {
    const client = await pool.connect().catch(() => {
      throw unavailable(stage);
    });
    const session = sessionOf(client);
    // Ends every wait for an answer. A polite end would wait for the statements that are still out.
    const timer = setTimeout(() => client.connection.stream.destroy(), TRANSACTION_TIMEOUT);
    try {
      return await use(session);
    } finally {
      clearTimeout(timer);
      client.release(session.broken());
    }
  };
  const batch = (scope: Scope, statements: readonly Statement[]) =>
    runBatch(lend, scope, LOCAL_SETTINGS, statements);
  return {
    engine: 'postgres',
    transaction: (scope, work) => runTransaction(lend, scope, LOCAL_SETTINGS, work),
    batch,
    read: createReadQueue(batch),
    connectionsInUse: () => pool.totalCount - pool.idleCount,
    close: () => pool.end(),
  };
}

function sessionOf(client: pg.Client): Session & { broken(): boolean } {
  let broken = false;
  const watch = (): void => {
    broken = true;
  };
  // A connection that is reset reports twice, and an error that nobody listens to would end the process.
  client.on('error', watch);
  const lost = (error: unknown): never => {
    // A server's error leaves the connection usable; a fatal one, a lost answer, a standby or a lost statement does not.
    const usable = error instanceof pg.DatabaseError && error.severity === 'ERROR' && !isSpent(error);
    if (!usable) broken = true;
    throw error;
  };
  const run = async (text: string): Promise<string> => {
    if (broken && text === 'ROLLBACK') return text;
    const results: unknown = await client.query(text).catch(lost);
    const last: unknown = Array.isArray(results) ? results.at(-1) : results;
    return commandOf(last);
  };
  const ask = async ({ name, text, values }: Statement) => {
    const given = name === undefined ? { text, values: [...values] } : { name, text, values: [...values] };
    const result = await client.query(given).catch(lost);
    return { rows: result.rows, count: result.rowCount ?? 0 };
  };
  const query: Session['query'] = (text, values = []) => ask({ text, values });
  return {
    broken: () => {
      client.off('error', watch);
      return broken;
    },
    run,
    query,
    async runAll(begin, statements) {
      // One write for all: each of its own would wake the server for a part of the work.
      const { stream } = client.connection;
      stream.cork();
      const opened = run(begin);
      const answers = statements.map(ask);
      const closed = run('COMMIT');
      stream.uncork();
      // All are awaited, whatever fails: the connection goes back only when nothing of this is on it.
      const failed = [opened, ...answers, closed];
      for (const { status, reason } of (await Promise.allSettled(failed)) as readonly SettledLike[]) {
        if (status === 'rejected') throw reason;
      }
      requireCommitted(await closed);
      return Promise.all(answers);
    },
  };
}

interface SettledLike {
  readonly status: 'fulfilled' | 'rejected';
  readonly reason?: unknown;
}

function commandOf(result: unknown): string {
  if (typeof result !== 'object' || result === null || !('command' in result)) return '';
  return String(result.command);
}
