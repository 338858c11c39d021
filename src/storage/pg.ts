/** PostgreSQL behind `Database`: a bounded pool; every wait has an end. */
import pg from 'pg';
import { type Database, type Lend, runTransaction, type Session } from './database.js';
import { StorageRefused } from './refused.js';
import { unavailable } from './unavailable.js';

const OID_BIGINT = 20;
const OID_BYTEA = 17;

/** Milliseconds. The client waits longer than the server, so that the server's own answer comes first. */
const CONNECT_TIMEOUT = 5_000;
const STATEMENT_TIMEOUT = 10_000;
const ANSWER_TIMEOUT = 12_000;

const LOCAL_SETTINGS = {
  statement_timeout: String(STATEMENT_TIMEOUT),
  idle_in_transaction_session_timeout: String(ANSWER_TIMEOUT),
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
    query_timeout: ANSWER_TIMEOUT,
    keepAlive: true,
    types: TYPES,
  };
}

/**
 * One connection outside of any pool, for migrations and for the checks at start. Waits for locks as long as
 * it takes. Throws StorageRefused when there is no connection to be had.
 */
export async function withSession<T>(url: string, use: (session: Session) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...clientOptions(url), query_timeout: 0 });
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
  const pool = new pg.Pool({ ...clientOptions(url), max: 10, idleTimeoutMillis: 30_000 });
  // An idle connection that the server ends is dropped from the pool; the next borrower gets a new one.
  pool.on('error', () => {});
  const lend: Lend = async (use, stage) => {
    const client = await pool.connect().catch(() => {
      throw unavailable(stage);
    });
    const session = sessionOf(client);
    try {
      return await use(session);
    } finally {
      client.release(session.broken());
    }
  };
  return {
    engine: 'postgres',
    transaction: (scope, work) => runTransaction(lend, scope, LOCAL_SETTINGS, work),
    connectionsInUse: () => pool.totalCount - pool.idleCount,
    close: () => pool.end(),
  };
}

function sessionOf(client: pg.ClientBase): Session & { broken(): boolean } {
  let broken = false;
  const watch = (): void => {
    broken = true;
  };
  client.once('error', watch);
  const lost = (error: unknown): never => {
    // A server's error leaves the connection usable, a fatal one or a lost answer does not.
    if (!(error instanceof pg.DatabaseError) || error.severity !== 'ERROR') broken = true;
    throw error;
  };
  return {
    broken: () => {
      client.off('error', watch);
      return broken;
    },
    async run(text) {
      if (broken && text === 'ROLLBACK') return text;
      const results: unknown = await client.query(text).catch(lost);
      const last: unknown = Array.isArray(results) ? results.at(-1) : results;
      return commandOf(last);
    },
    async query(text, values) {
      const result = await client.query(text, values === undefined ? [] : [...values]).catch(lost);
      return { rows: result.rows, count: result.rowCount ?? 0 };
    },
  };
}

function commandOf(result: unknown): string {
  if (typeof result !== 'object' || result === null || !('command' in result)) return '';
  return String(result.command);
}
