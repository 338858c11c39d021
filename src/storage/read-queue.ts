/**
 * Reads that come at one moment go to the database together: one transaction and one round trip for all of them,
 * whoever's they are. While enough are on their way, those that come wait for one to return.
 */
import type { Database, QueryResult, Scope, Statement } from './database.js';
import { isUnavailable, unavailable } from './unavailable.js';

/** Transactions at once: few, so that under load reads travel in company. */
const MAX_UNDERWAY = 3;
/** Reads in one transaction. */
const MAX_TOGETHER = 64;
/** A read waits for its turn as long as for a connection: three times that somebody looks, milliseconds apart. */
const LOOKS = 3;
const APART = 1_000;

interface Waiting {
  /** How many times somebody has looked and found it waiting. */
  looks: number;
  readonly scope: Scope;
  readonly statement: Statement;
  readonly resolve: (result: QueryResult) => void;
  readonly reject: (error: unknown) => void;
}

/** The `read` of a database, over its `batch`. */
export function createReadQueue(batch: Database['batch']): Database['read'] {
  const waiting: Waiting[] = [];
  let underway = 0;
  let scheduled = false;
  let patience: NodeJS.Timeout | null = null;

  const send = (): void => {
    scheduled = false;
    while (waiting.length > 0 && underway < MAX_UNDERWAY) {
      underway += 1;
      void readTogether(batch, waiting.splice(0, MAX_TOGETHER)).then((answered) => {
        underway -= 1;
        // What was not there for these is not there for those behind them.
        if (!answered) giveUp(waiting.splice(0));
        send();
      });
    }
    if (waiting.length > 0 && patience === null) patience = setTimeout(losePatience, APART);
  };

  /** A database that hangs answers nothing for a while, not even that it cannot. */
  const losePatience = (): void => {
    patience = null;
    for (const read of waiting) read.looks += 1;
    const patient = waiting.findIndex(({ looks }) => looks < LOOKS);
    giveUp(waiting.splice(0, patient === -1 ? waiting.length : patient));
    if (waiting.length > 0) patience = setTimeout(losePatience, APART);
  };

  return (scope, text, values) =>
    new Promise((resolve, reject) => {
      const statement = { text, values, tenant: scope.tenant };
      waiting.push({ looks: 0, scope, statement, resolve, reject });
      if (scheduled) return;
      scheduled = true;
      setImmediate(send);
    });
}

function giveUp(reads: readonly Waiting[]): void {
  for (const { scope, reject } of reads) reject(unavailable(scope.stage ?? 'request'));
}

/** Never rejects: every read gets its own answer. False: there was no database to answer. */
async function readTogether(batch: Database['batch'], reads: readonly Waiting[]): Promise<boolean> {
  try {
    const results = await batch(
      { tenant: null },
      reads.map(({ statement }) => statement),
    );
    reads.forEach(({ resolve, reject }, index) => {
      const result = results[index];
      if (result === undefined) reject(new Error('a read came back without a result'));
      else resolve(result);
    });
    return true;
  } catch (error) {
    const [only, ...others] = reads;
    if (isUnavailable(error)) {
      giveUp(reads);
      return false;
    }
    if (only !== undefined && others.length === 0) only.reject(error);
    // One of them is at fault; the others must not suffer for it.
    else return readInTurn(batch, reads);
    return true;
  }
}

async function readInTurn(batch: Database['batch'], reads: readonly Waiting[]): Promise<boolean> {
  for (const [index, read] of reads.entries()) {
    if (await readTogether(batch, [read])) continue;
    giveUp(reads.slice(index + 1));
    return false;
  }
  return true;
}
