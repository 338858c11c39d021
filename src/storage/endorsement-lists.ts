/** Vendor documents as lists: a page of all generations, what everybody shares, and the whole for those who take it along. */
import type { EndorsementListing, EndorsementSummary } from '../verifier/endorsement-ports.js';
import { pageOf, requireLimit, timedPosition, writeCursor } from './cursor.js';
import type { Database, Row } from './database.js';
import { CURRENT_FIRST } from './endorsement-look.js';
import { booleanOf, dateOf, nullable, textOf } from './row.js';

const LIST = 'endorsements';

const COLUMNS =
  'kind, subject, sha256, issued_at, expires_at, sequence::text AS sequence_text, source, stored_at';

/** `$1` realm, `$2` now: of a name the newest of those that have begun, or while none has, of all. */
const COUNTING = `SELECT sha256 FROM endorsements AS generation
  WHERE generation.realm = $1 AND generation.kind = named.kind AND generation.subject = named.subject`;
const CURRENT = `coalesce((${COUNTING} AND issued_at <= $2 ORDER BY ${CURRENT_FIRST} LIMIT 1),
  (${COUNTING} ORDER BY ${CURRENT_FIRST} LIMIT 1))`;

/** Behind `$4`, `$5`, `$6`, `$7`: a row of the page before. */
const BEHIND = `AND (kind, subject) >= ($4, $5)
  AND ((kind, subject) > ($4, $5) OR issued_at < $6::timestamptz OR (issued_at = $6::timestamptz AND sha256 > $7))`;

/** Names from index entry to index entry, however many generations each has. */
const SHARED = `WITH RECURSIVE named AS (
    (SELECT kind, subject FROM endorsements WHERE realm = $1 AND NOT of_machine ORDER BY kind, subject LIMIT 1)
    UNION ALL
    SELECT later.kind, later.subject FROM named CROSS JOIN LATERAL (
      SELECT kind, subject FROM endorsements
       WHERE realm = $1 AND NOT of_machine AND (kind, subject) > (named.kind, named.subject)
       ORDER BY kind, subject LIMIT 1) AS later
  )
  SELECT ${COLUMNS}, true AS is_current
    FROM (SELECT kind, subject, ${CURRENT} AS sha256 FROM named) AS counting
    JOIN endorsements USING (kind, subject, sha256) WHERE realm = $1 ORDER BY kind, subject`;

/** `$3`: used or stored since. */
const WATCHED = `SELECT * FROM (${SHARED}) AS shared
  WHERE stored_at >= $3 OR EXISTS (SELECT FROM endorsement_uses AS used
    WHERE used.realm = $1 AND used.kind = shared.kind AND used.subject = shared.subject AND used.last_used_at >= $3)
  ORDER BY kind, subject`;

export function endorsementLists(database: Database): EndorsementListing {
  return {
    async page(realm, { state, now, machines }, page) {
      requireLimit(page);
      const after = page.cursor === null ? [] : timedPosition(LIST, page.cursor, { parts: 4, time: 2 });
      const { rows } = await database.read(
        { tenant: null },
        `SELECT * FROM (
           SELECT ${COLUMNS}, sha256 = ${CURRENT} AS is_current FROM endorsements AS named
            WHERE realm = $1 ${machines ? '' : 'AND NOT of_machine'} ${after.length === 0 ? '' : BEHIND}
         ) AS listed ${state === null ? '' : `WHERE is_current = ${state === 'current'}`}
          ORDER BY kind, subject, issued_at DESC, sha256 LIMIT $3`,
        [realm, now, page.limit + 1, ...after],
      );
      return pageOf(rows.map(readSummary), page.limit, ({ kind, subject, issuedAt, sha256 }) =>
        writeCursor(LIST, [kind, subject, issuedAt.toISOString(), sha256]),
      );
    },

    async shared(realm, now) {
      const { rows } = await database.read({ tenant: null }, SHARED, [realm, now]);
      return rows.map(readSummary);
    },

    async watched(realm, now, since) {
      const { rows } = await database.read({ tenant: null }, WATCHED, [realm, now, since]);
      return rows.map(readSummary);
    },

    async list(realm, now) {
      const { rows } = await database.read(
        { tenant: null },
        `SELECT ${COLUMNS}, row_number() OVER (PARTITION BY kind, subject
                  ORDER BY (issued_at <= $2) DESC, ${CURRENT_FIRST}) = 1 AS is_current
           FROM endorsements WHERE realm = $1 ORDER BY kind, subject, is_current DESC, ${CURRENT_FIRST}`,
        [realm, now],
      );
      return rows.map(readSummary);
    },
  };
}

function readSummary(row: Row): EndorsementSummary {
  const sequence = nullable(textOf, row, 'sequence_text');
  return {
    kind: textOf(row, 'kind'),
    subject: textOf(row, 'subject'),
    sha256: textOf(row, 'sha256'),
    issuedAt: dateOf(row, 'issued_at'),
    expiresAt: dateOf(row, 'expires_at'),
    sequence: sequence === null ? null : BigInt(sequence),
    state: booleanOf(row, 'is_current') ? 'current' : 'past',
    source: textOf(row, 'source'),
    storedAt: dateOf(row, 'stored_at'),
  };
}
