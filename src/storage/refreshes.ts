/** Uses of vendor documents and how renewing them went; shared by the tenants of a realm, as the documents are. */
import { REFRESH_RESULTS } from '../rats/vendor-request.js';
import type {
  CurrentGeneration,
  EndorsementUse,
  RefreshRecord,
  RefreshStanding,
  RefreshStore,
} from '../verifier/refresh-ports.js';
import type { Database, Row } from './database.js';
import { dateOf, firstOf, integerOf, nullable, textOf, wordOf } from './row.js';

/** Of equals the one stored first stays, as in endorsements.ts; one that has not begun never hides one that has. */
const CURRENT_FIRST = '(issued_at <= $4) DESC, sequence DESC NULLS LAST, issued_at DESC, stored_at, sha256';

const RECORD = 'r.tried_at, r.fetched_at, r.failures, r.not_before, r.last_result, r.last_error';

export function refreshStore(database: Database): RefreshStore {
  return {
    async note(realm, uses) {
      // In one order everywhere, so that two processes never wait for each other.
      const sorted = [...uses].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
      await database.transaction({ tenant: null }, (tx) =>
        tx.query(
          `INSERT INTO endorsement_uses (realm, kind, subject, first_used_at, last_used_at)
           SELECT $1, kind, subject, used_at, used_at
             FROM unnest($2::text[], $3::text[], $4::timestamptz[]) AS use (kind, subject, used_at)
           ON CONFLICT (realm, kind, subject)
           DO UPDATE SET last_used_at = greatest(endorsement_uses.last_used_at, excluded.last_used_at)`,
          [
            realm,
            sorted.map(({ kind }) => kind),
            sorted.map(({ subject }) => subject),
            sorted.map(({ lastUsedAt }) => lastUsedAt.toISOString()),
          ],
        ),
      );
    },

    async usedSince(realm, kinds, since) {
      const { rows } = await database.read(
        { tenant: null },
        `SELECT kind, subject, last_used_at FROM endorsement_uses
          WHERE realm = $1 AND kind = ANY ($2::text[]) AND last_used_at >= $3 ORDER BY kind, subject`,
        [realm, kinds, since],
      );
      return rows.map(
        (row): EndorsementUse => ({ ...readName(row), lastUsedAt: dateOf(row, 'last_used_at') }),
      );
    },

    async standing(realm, names, now) {
      const { rows } = await database.read(
        { tenant: null },
        `SELECT wanted.kind, wanted.subject, u.last_used_at, ${RECORD}, found.sha256, found.issued_at,
                found.expires_at, found.sequence::text AS sequence_text, found.stored_at
           FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS wanted (kind, subject, place)
           LEFT JOIN endorsement_uses u
             ON u.realm = $1 AND u.kind = wanted.kind AND u.subject = wanted.subject
           LEFT JOIN endorsement_refreshes r
             ON r.realm = $1 AND r.kind = wanted.kind AND r.subject = wanted.subject
           LEFT JOIN LATERAL (
             SELECT sha256, issued_at, expires_at, sequence, stored_at FROM endorsements
              WHERE realm = $1 AND kind = wanted.kind AND subject = wanted.subject
              ORDER BY ${CURRENT_FIRST} LIMIT 1
           ) AS found ON true
          ORDER BY wanted.place`,
        [realm, names.map(({ kind }) => kind), names.map(({ subject }) => subject), now],
      );
      return rows.map((row): RefreshStanding => ({ ...readKnown(row), current: readCurrent(row) }));
    },

    async known(realm, names) {
      const { rows } = await database.read(
        { tenant: null },
        `SELECT kind, subject, u.last_used_at, ${RECORD}
           FROM (SELECT DISTINCT kind, subject FROM unnest($2::text[], $3::text[]) AS named (kind, subject)) AS wanted
           LEFT JOIN (SELECT * FROM endorsement_uses WHERE realm = $1) AS u USING (kind, subject)
           LEFT JOIN (SELECT * FROM endorsement_refreshes WHERE realm = $1) AS r USING (kind, subject)
          WHERE u.last_used_at IS NOT NULL OR r.tried_at IS NOT NULL ORDER BY kind, subject`,
        [realm, names.map(({ kind }) => kind), names.map(({ subject }) => subject)],
      );
      return rows.map(readKnown);
    },

    begin: (realm, { kind, subject }, { now, leaseUntil, unlessFetchedSince, forced }) =>
      database.transaction({ tenant: null }, async (tx) => {
        // Of two at once the second waits for the first one's row and then finds its lease.
        const { rows } = await tx.query(
          `INSERT INTO endorsement_refreshes AS r (realm, kind, subject, tried_at, leased_until)
           VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (realm, kind, subject) DO UPDATE SET tried_at = $4, leased_until = $5
            WHERE (r.leased_until IS NULL OR r.leased_until <= $4)
              AND (r.fetched_at IS NULL OR r.fetched_at < $6)
              AND ($7 OR r.not_before IS NULL OR r.not_before <= $4)
           RETURNING failures`,
          [realm, kind, subject, now, leaseUntil, unlessFetchedSince, forced],
        );
        return firstOf(rows, (row) => ({ failures: integerOf(row, 'failures') }));
      }),

    async settle(realm, { kind, subject }, { result, error, failures, notBefore }, now) {
      await database.transaction({ tenant: null }, (tx) =>
        tx.query(
          `UPDATE endorsement_refreshes
              SET leased_until = NULL, failures = $5, not_before = $6, last_result = $7, last_error = $8,
                  fetched_at = CASE WHEN $7 = 'kept' THEN $4 ELSE fetched_at END
            WHERE realm = $1 AND kind = $2 AND subject = $3`,
          [realm, kind, subject, now, failures, notBefore, result, error],
        ),
      );
    },

    async withdraw(realm, { kind, subject }, leaseUntil) {
      await database.transaction({ tenant: null }, (tx) =>
        tx.query(
          `UPDATE endorsement_refreshes SET leased_until = NULL
            WHERE realm = $1 AND kind = $2 AND subject = $3 AND leased_until = $4`,
          [realm, kind, subject, leaseUntil],
        ),
      );
    },
  };
}

function nameOf({ kind, subject }: EndorsementUse): string {
  return `${kind}\0${subject}`;
}

function readName(row: Row): { readonly kind: string; readonly subject: string } {
  return { kind: textOf(row, 'kind'), subject: textOf(row, 'subject') };
}

function readKnown(row: Row): Omit<RefreshStanding, 'current'> {
  return {
    ...readName(row),
    lastUsedAt: nullable(dateOf, row, 'last_used_at'),
    record: row.tried_at === null ? null : readRecord(row),
  };
}

function readRecord(row: Row): RefreshRecord {
  const readResult = (from: Row, column: string) => wordOf(from, column, REFRESH_RESULTS);
  return {
    triedAt: dateOf(row, 'tried_at'),
    fetchedAt: nullable(dateOf, row, 'fetched_at'),
    failures: integerOf(row, 'failures'),
    notBefore: nullable(dateOf, row, 'not_before'),
    lastResult: nullable(readResult, row, 'last_result'),
    lastError: nullable(textOf, row, 'last_error'),
  };
}

function readCurrent(row: Row): CurrentGeneration | null {
  if (row.sha256 === null) return null;
  const sequence = nullable(textOf, row, 'sequence_text');
  return {
    sha256: textOf(row, 'sha256'),
    issuedAt: dateOf(row, 'issued_at'),
    expiresAt: dateOf(row, 'expires_at'),
    sequence: sequence === null ? null : BigInt(sequence),
    storedAt: dateOf(row, 'stored_at'),
  };
}
