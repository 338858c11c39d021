/**
 * The books of asking vendors: one row for each document that was ever wanted from one, and one for each service. Whoever
 * writes holds the service's lock, so that of many replicas one at a time decides who asks next.
 */
import type { Realm } from '../rats/endorsement.js';
import type { DocumentName, ServiceBooks, VendorRequestStore } from '../verifier/vendor-ports.js';
import { lockExclusively } from './advisory-lock.js';
import type { Database, Transaction } from './database.js';
import { booleanOf, dateOf, firstOf, integerOf, listOf, textOf } from './row.js';
import { COLUMNS, NAMES, readEntry, readStanding, rowOf } from './vendor-request-row.js';

const SCOPE = { tenant: null, stage: 'authenticate' } as const;

/** So that a backlog never outgrows the time that a statement may take. */
const PURGE_BATCH = 5_000;

/** `$1` realm, `$2` service, `$3` now. Whoever had the lease and did not say how it ended is dead. */
const WAITS = `realm = $1 AND service = $2 AND (state = 'waiting' OR (state = 'asked' AND leased_until <= $3))`;

/** The rationed line in its order. The share that had its turn longest ago comes first in each round. */
const LINE = `WITH line AS (
    SELECT *, row_number() OVER (PARTITION BY known, share ORDER BY wanted_at, kind, subject) AS round
      FROM vendor_requests WHERE rationed AND ${WAITS}
  ), shares AS (
    SELECT share, (SELECT max(asked_at) FROM vendor_requests AS served
                    WHERE served.realm = $1 AND served.service = $2 AND served.share = asking.share
                      AND served.rationed AND served.asked_at IS NOT NULL) AS served_at
      FROM (SELECT DISTINCT share FROM line) AS asking
  ), placed AS (
    SELECT line.*, row_number() OVER (
             ORDER BY known DESC, round, served_at NULLS FIRST, wanted_at, share, kind, subject)::integer - 1 AS place
      FROM line JOIN shares USING (share)
  )`;

/** Whether a stored document has the level that the subject of a row names, be it another machine's. `$1` realm. */
function provenLevel(row: string): string {
  return `EXISTS (SELECT FROM endorsements AS stored
    WHERE stored.realm = $1 AND stored.kind = ${row}.kind
      AND split_part(stored.subject, '/', 1) = split_part(${row}.subject, '/', 1)
      AND split_part(stored.subject, '/', -1) = split_part(${row}.subject, '/', -1))`;
}

export function vendorRequestStore(database: Database): VendorRequestStore {
  return {
    open: (realm, service, work) =>
      database.transaction(SCOPE, async (tx) => {
        await lockExclusively(tx, 'vendor-service', realm, service);
        return work(booksOf(tx, realm, service));
      }),

    async isDue(realm, service, now) {
      const { count } = await database.read(
        SCOPE,
        `SELECT FROM vendor_requests LEFT JOIN vendor_services USING (realm, service)
          WHERE ${WAITS} AND not_before <= $3 AND coalesce(closed_until, $3) <= $3
            AND NOT (rationed AND coalesce(next_at, $3) > $3) LIMIT 1`,
        [realm, service, now],
      );
      return count > 0;
    },

    async look(realm, names) {
      const { rows } = await database.read(
        SCOPE,
        `SELECT asked.* FROM unnest($2::text[], $3::text[]) AS wanted (kind, subject)
           JOIN vendor_requests AS asked USING (kind, subject) WHERE asked.realm = $1`,
        [realm, ...namesOf(names)],
      );
      return rows.map(readEntry);
    },

    async report(realm) {
      const { rows } = await database.read(
        SCOPE,
        `SELECT *, (SELECT count(*)::integer FROM vendor_requests AS asked
                     WHERE asked.realm = $1 AND asked.service = one.service
                       AND asked.state IN ('waiting', 'asked')) AS waiting
           FROM vendor_services AS one WHERE realm = $1 ORDER BY service`,
        [realm],
      );
      return rows.map((row) => ({
        ...readStanding(row),
        service: textOf(row, 'service'),
        waiting: integerOf(row, 'waiting'),
      }));
    },

    async purge({ answered, wanted }) {
      let purged = 0;
      for (let batch = PURGE_BATCH; batch === PURGE_BATCH; purged += batch) {
        batch = await database.transaction(SCOPE, (tx) => purgeBatch(tx, answered, wanted));
      }
      return purged;
    },
  };
}

function booksOf(tx: Transaction, realm: Realm, service: string): ServiceBooks {
  return {
    async standing() {
      const sql = 'SELECT * FROM vendor_services WHERE realm = $1 AND service = $2';
      const { rows } = await tx.query(sql, [realm, service]);
      return firstOf(rows, readStanding) ?? { nextAt: null, closedUntil: null, failures: 0 };
    },

    async record({ nextAt, closedUntil, failures }) {
      await tx.query(
        `INSERT INTO vendor_services (realm, service, next_at, closed_until, failures) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (realm, service) DO UPDATE SET
           next_at = excluded.next_at, closed_until = excluded.closed_until, failures = excluded.failures`,
        [realm, service, nextAt, closedUntil, failures],
      );
    },

    async entries(names) {
      const { rows } = await tx.query(
        `SELECT asked.* FROM unnest($3::text[], $4::text[]) AS wanted (kind, subject)
           JOIN vendor_requests AS asked USING (kind, subject) WHERE asked.realm = $1 AND asked.service = $2`,
        [realm, service, ...namesOf(names)],
      );
      return rows.map(readEntry);
    },

    async write(entries) {
      if (entries.length === 0) return;
      await tx.query(
        `INSERT INTO vendor_requests (realm, service, ${NAMES.join(', ')})
         SELECT $1, $2, ${NAMES.join(', ')} FROM json_to_recordset($3::json) AS written (${COLUMNS})
         ON CONFLICT (realm, kind, subject) DO UPDATE SET service = excluded.service,
           ${NAMES.map((name) => `${name} = excluded.${name}`).join(', ')}`,
        [realm, service, JSON.stringify(entries.map(rowOf))],
      );
    },

    async remove({ kind, subject }) {
      await tx.query(
        'DELETE FROM vendor_requests WHERE realm = $1 AND service = $2 AND kind = $3 AND subject = $4',
        [realm, service, kind, subject],
      );
    },

    async waiting() {
      const { rows } = await tx.query(
        `SELECT share, (count(*) FILTER (WHERE rationed))::integer AS n, max(wanted_at) AS latest FROM vendor_requests
          WHERE realm = $1 AND service = $2 AND state IN ('waiting', 'asked') GROUP BY share`,
        [realm, service],
      );
      const times = rows.map((row) => dateOf(row, 'latest').getTime());
      return {
        byShare: new Map(rows.map((row) => [textOf(row, 'share'), integerOf(row, 'n')])),
        latest: times.length === 0 ? null : new Date(Math.max(...times)),
      };
    },

    async ofMachines(names, now) {
      // After the slash of a machine comes everything that begins with it and a slash, and nothing else: `0` follows `/`.
      const { rows } = await tx.query(
        `WITH wanted AS (
           SELECT kind, subject, regexp_replace(subject, '/[^/]*$', '') COLLATE "C" AS machine,
                  ${provenLevel('named')} AS proven
             FROM unnest($4::text[], $5::text[]) AS named (kind, subject) WHERE subject LIKE '%/%')
         SELECT wanted.kind, wanted.subject, wanted.proven,
                count(*) FILTER (WHERE other.state = 'absent')::integer AS absent,
                coalesce(array_agg(other.subject) FILTER (WHERE other.state <> 'absent'), '{}') AS waiting
           FROM wanted LEFT JOIN vendor_requests AS other
             ON other.realm = $1 AND other.service = $2 AND other.kind = wanted.kind AND other.rationed
            AND other.subject > wanted.machine || '/' AND other.subject < wanted.machine || '0'
            AND other.subject <> wanted.subject
            AND (other.state IN ('waiting', 'asked') OR (other.state = 'absent' AND other.not_before > $3))
            AND ${provenLevel('other')} = wanted.proven
          GROUP BY wanted.kind, wanted.subject, wanted.proven`,
        [realm, service, now, ...namesOf(names)],
      );
      return rows.map((row) => {
        const kind = textOf(row, 'kind');
        const waiting = listOf<string>(row, 'waiting').map((subject) => ({ kind, subject }));
        const subject = textOf(row, 'subject');
        return {
          kind,
          subject,
          proven: booleanOf(row, 'proven'),
          waiting,
          absent: integerOf(row, 'absent'),
        };
      });
    },

    async underWay(now) {
      const { rows } = await tx.query(
        `SELECT count(*)::integer AS n FROM vendor_requests
          WHERE realm = $1 AND service = $2 AND state = 'asked' AND NOT rationed AND leased_until > $3`,
        [realm, service, now],
      );
      return firstOf(rows, (row) => integerOf(row, 'n')) ?? 0;
    },

    async places(names, now) {
      const { rows } = await tx.query(
        `${LINE} SELECT kind, subject, place FROM placed
           JOIN unnest($4::text[], $5::text[]) AS wanted (kind, subject) USING (kind, subject)`,
        [realm, service, now, ...namesOf(names)],
      );
      return rows.map((row) => ({
        kind: textOf(row, 'kind'),
        subject: textOf(row, 'subject'),
        place: integerOf(row, 'place'),
      }));
    },

    async foremost(now) {
      const sql = `${LINE} SELECT * FROM placed WHERE not_before <= $3 ORDER BY place LIMIT 1`;
      return firstOf((await tx.query(sql, [realm, service, now])).rows, readEntry);
    },

    async ready(now, limit) {
      const { rows } = await tx.query(
        `SELECT * FROM vendor_requests WHERE NOT rationed AND not_before <= $3 AND ${WAITS}
          ORDER BY wanted_at, kind, subject LIMIT $4`,
        [realm, service, now, limit],
      );
      return rows.map(readEntry);
    },
  };
}

async function purgeBatch(tx: Transaction, answered: Date, wanted: Date): Promise<number> {
  const { count } = await tx.query(
    `DELETE FROM vendor_requests WHERE (realm, kind, subject) IN (
       SELECT realm, kind, subject FROM vendor_requests
        WHERE (state IN ('kept', 'absent') AND answered_at < $1)
           OR (state IN ('waiting', 'asked') AND last_wanted_at < $2) LIMIT ${PURGE_BATCH})`,
    [answered, wanted],
  );
  return count;
}

function namesOf(names: readonly DocumentName[]): [string[], string[]] {
  return [names.map(({ kind }) => kind), names.map(({ subject }) => subject)];
}
