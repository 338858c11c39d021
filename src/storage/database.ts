/**
 * What both engines offer, and the one transaction that everything runs in: under the role assay_service,
 * with the tenant set, so that row-level security holds on PGlite and for a database owner too.
 */
import pg from 'pg';
import { RefusalError, type Stage } from '../rats/refusal.js';
import { isSerializationFailure, readableFailure, unavailable } from './unavailable.js';

/** bigint columns are bigint, bytea Uint8Array, timestamptz Date, numeric text, json parsed. */
export type Row = Readonly<Record<string, unknown>>;

export interface QueryResult {
  readonly rows: readonly Row[];
  /** Rows returned or changed. */
  readonly count: number;
}

export interface Transaction {
  query(text: string, values?: readonly unknown[]): Promise<QueryResult>;
}

/** `tenant: null`: tables of a tenant show no row. `stage` is where a lost database is reported. */
export interface Scope {
  readonly tenant: string | null;
  readonly stage?: Stage;
}

/**
 * `tenant`: whose rows it sees, where that is another one than the scope's. `name`: PostgreSQL keeps it parsed and planned
 * under this name on each connection; one text for each name, and columns called by their names, since a plan whose
 * columns change with a migration is of no more use.
 */
export interface Statement {
  readonly name?: string;
  readonly text: string;
  readonly values: readonly unknown[];
  readonly tenant?: string | null;
}

export interface Database {
  readonly engine: 'postgres' | 'pglite';
  /** Runs `work` between BEGIN and COMMIT. It may run again after a deadlock, so it changes nothing else. */
  transaction<T>(scope: Scope, work: (tx: Transaction) => Promise<T>): Promise<T>;
  /**
   * Statements of which none depends on what another one returns: one transaction, written in one go. Results in
   * their order. Like `transaction` it may run again after a deadlock.
   */
  batch(scope: Scope, statements: readonly Statement[]): Promise<readonly QueryResult[]>;
  /** One statement that only reads. Reads of one moment share a transaction, each with its own tenant. */
  read(scope: Scope, text: string, values: readonly unknown[]): Promise<QueryResult>;
  connectionsInUse(): number;
  close(): Promise<void>;
}

/** One connection, nobody else's for the time being. */
export interface Session extends Transaction {
  /** Several statements at once, no values; returns the last command tag. */
  run(text: string): Promise<string>;
  /**
   * `begin`, the statements and COMMIT without waiting in between. Rejects with the first failure; the transaction
   * has ended then, too.
   */
  runAll(begin: string, statements: readonly Statement[]): Promise<readonly QueryResult[]>;
}

export const SERVICE_ROLE = 'assay_service';
export const MIGRATIONS_TABLE = 'schema_migrations';

const ATTEMPTS = 4;

/** Lends a session for one attempt; `broken` says that the connection must not be used again. */
export type Lend = <T>(use: (session: Session) => Promise<T>, stage: Stage) => Promise<T>;

const BEGIN = 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE';

/** Begins a transaction as the service would: under its role, with no tenant. */
export const SERVICE_BEGIN = opening({ tenant: null }, {});

/** The transaction of `Database`, over whatever lends sessions. `settings`: further ones, local to it. */
export async function runTransaction<T>(
  lend: Lend,
  scope: Scope,
  settings: Readonly<Record<string, string>>,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const stage = scope.stage ?? 'request';
  return repeatedly(stage, () =>
    lend((session) => attemptTransaction(session, opening(scope, settings), stage, work), stage),
  );
}

/** The batch of `Database`. */
export async function runBatch(
  lend: Lend,
  scope: Scope,
  settings: Readonly<Record<string, string>>,
  statements: readonly Statement[],
): Promise<readonly QueryResult[]> {
  const stage = scope.stage ?? 'request';
  const all = withTenants(scope.tenant, statements);
  const opened = [openingStatement(scope, settings), ...all];
  const [, ...results] = await repeatedly(stage, () =>
    lend((session) => session.runAll(BEGIN, opened).catch((error) => fail(error, stage)), stage),
  );
  return results.filter((_, index) => all[index]?.tenant === undefined);
}

/** Puts the change of tenant before a statement that is another's; such a change carries `tenant` itself. */
function withTenants(tenant: string | null, statements: readonly Statement[]): Statement[] {
  let current = tenant;
  return statements.flatMap(({ tenant: own = tenant, ...statement }) => {
    if (own === current) return [statement];
    current = own;
    return [{ ...SET_TENANT, values: [own ?? ''], tenant: own }, statement];
  });
}

const SET_TENANT = { name: 'assay-tenant', text: "SELECT set_config('assay.tenant', $1, true)" };

/** Again after a deadlock, a few times. */
async function repeatedly<T>(stage: Stage, attemptOnce: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptOnce();
    } catch (error) {
      if (!isSerializationFailure(error)) throw error;
      if (attempt >= ATTEMPTS) throw unavailable(stage);
    }
  }
}

async function attemptTransaction<T>(
  session: Session,
  begin: string,
  stage: Stage,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const tx: Transaction = {
    query: (text, values) => session.query(text, values).catch((error) => fail(error, stage)),
  };
  try {
    await session.run(begin).catch((error) => fail(error, stage));
    const result = await work(tx);
    const tag = await session.run('COMMIT').catch((error) => fail(error, stage));
    requireCommitted(tag);
    return result;
  } catch (error) {
    // Where even this fails the session is broken and is not lent again; the first error says more.
    await session.run('ROLLBACK').catch(() => {});
    throw error;
  }
}

/** COMMIT of a failed transaction is a rollback that reports success. */
export function requireCommitted(tag: string): void {
  if (tag !== 'COMMIT') throw new Error(`the transaction ended with ${tag}: a failed statement was ignored`);
}

/** What is set for the length of every transaction. */
function settingsOf(scope: Scope, settings: Readonly<Record<string, string>>): readonly [string, string][] {
  const all = {
    ...settings,
    search_path: 'public',
    'assay.tenant': scope.tenant ?? '',
    role: SERVICE_ROLE,
  };
  return Object.entries(all);
}

function opening(scope: Scope, settings: Readonly<Record<string, string>>): string {
  const calls = settingsOf(scope, settings).map(
    ([name, value]) => `set_config('${name}', ${pg.escapeLiteral(value)}, true)`,
  );
  return `${BEGIN}; SELECT ${calls.join(', ')}`;
}

/** The same settings as a statement of its own, behind `BEGIN`. An engine has the same ones each time. */
function openingStatement(scope: Scope, settings: Readonly<Record<string, string>>): Statement {
  const all = settingsOf(scope, settings);
  const calls = all.map(([name], index) => `set_config('${name}', $${index + 1}, true)`);
  return {
    name: 'assay-opening',
    text: `SELECT ${calls.join(', ')}`,
    values: all.map(([, value]) => value),
  };
}

function fail(error: unknown, stage: Stage): never {
  if (error instanceof RefusalError) throw error;
  throw readableFailure(error, stage);
}
