/** Platforms seen, by tenant: the latest facts of each. */
import type { Sighting, SightingStore } from '../verifier/sighting-ports.js';
import type { Database, Row } from './database.js';
import { dateOf, objectOf, textOf } from './row.js';
import { listTenantNames } from './tenants.js';

export function sightingStore(database: Database): SightingStore {
  return {
    async record(tenant, sightings) {
      if (sightings.length === 0) return;
      // In one order everywhere, so that replicas that see the same platforms do not wait for each other in a circle.
      const ordered = [...sightings].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
      await database.transaction({ tenant }, (tx) =>
        tx.query(
          `INSERT INTO platform_sightings AS kept
             (tenant, workload, policy, machine, tee, facts, fields, first_seen_at, last_seen_at)
           SELECT $1, seen.workload, seen.policy, seen.machine, seen.tee, seen.facts::json, seen.fields::json,
                  seen.at, seen.at
             FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[])
               AS seen (workload, policy, machine, tee, facts, fields, at)
           ON CONFLICT (tenant, workload, policy, machine) DO UPDATE
             SET tee = excluded.tee, facts = excluded.facts, fields = excluded.fields,
                 last_seen_at = excluded.last_seen_at
           WHERE kept.last_seen_at <= excluded.last_seen_at`,
          [
            tenant,
            ordered.map(({ workload }) => workload),
            ordered.map(({ policy }) => policy ?? ''),
            ordered.map(({ machine }) => machine),
            ordered.map(({ tee }) => tee),
            ordered.map(({ facts }) => JSON.stringify(facts)),
            ordered.map(({ fields }) => JSON.stringify(fields)),
            ordered.map(({ seenAt }) => seenAt),
          ],
        ),
      );
    },

    async list(tenant, since, { limit, after }) {
      const behind =
        after === null
          ? ''
          : `AND last_seen_at <= $4
             AND (last_seen_at < $4 OR (machine, workload, policy) > ($5::text, $6::text, $7::text))`;
      const position =
        after === null ? [] : [after.seenAt, after.machine, after.workload, after.policy ?? ''];
      const { rows } = await database.read(
        { tenant },
        `SELECT workload, policy, machine, tee, facts, fields, last_seen_at FROM platform_sightings
          WHERE tenant = $1 AND last_seen_at >= $2 ${behind}
          ORDER BY last_seen_at DESC, machine, workload, policy LIMIT $3`,
        [tenant, since, limit, ...position],
      );
      return rows.map(readSighting);
    },

    async purge(before) {
      let purged = 0;
      for (const tenant of await listTenantNames(database)) {
        const { count } = await database.transaction({ tenant }, (tx) =>
          tx.query('DELETE FROM platform_sightings WHERE tenant = $1 AND last_seen_at < $2', [
            tenant,
            before,
          ]),
        );
        purged += count;
      }
      return purged;
    },
  };
}

function keyOf({ workload, policy, machine }: Sighting): string {
  return `${workload} ${policy ?? ''} ${machine}`;
}

/** JSON columns hold what `record` wrote. */
function readSighting(row: Row): Sighting {
  const policy = textOf(row, 'policy');
  return {
    workload: textOf(row, 'workload'),
    policy: policy === '' ? null : policy,
    machine: textOf(row, 'machine'),
    tee: textOf(row, 'tee'),
    facts: objectOf(row, 'facts'),
    fields: objectOf(row, 'fields') as Sighting['fields'],
    seenAt: dateOf(row, 'last_seen_at'),
  };
}
