// Rows by the thousand and by the million, made from genuine ones by the database itself.
import { cloneTable } from './tables.mjs';

export const REFERENCE_TABLES = ['workloads', 'reference_values', 'reference_value_index'];
export const DECISION_TABLES = ['decisions', 'tokens'];

/** What a filler's number says it measures; in hex. */
const MEASUREMENT = "encode(sha384(('m' || number)::bytea), 'hex')";
const TDX_FIELDS = ['mrtd', 'rtmr1', 'rtmr2'];

/** As src/storage/match-digest.ts computes it: the TEE, then each field in order, a line each. */
function digestOf(tee, fields) {
  const lines = fields.map((field) => `|| '${field}=' || ${MEASUREMENT} || chr(10)`);
  return `sha256(convert_to('${tee}' || chr(10) ${lines.join(' ')}, 'UTF8'))`;
}

/**
 * Clones with the bench's own workload and `count - 1` more. `shared`: all of them match the same measurement.
 * `version`: what is added to the versions of reference values, so that a decision says which table it was made with.
 */
export async function fillWorkloads(ask, { variant, count, shared, version }) {
  for (const table of REFERENCE_TABLES) await cloneTable(ask, table, `${table}_${variant}`);
  await ask(`INSERT INTO workloads_${variant} SELECT * FROM workloads`);
  await ask(`INSERT INTO reference_values_${variant} SELECT * FROM reference_values`);
  await ask(`INSERT INTO reference_value_index_${variant} SELECT * FROM reference_value_index`);
  for (const table of ['reference_values', 'reference_value_index']) {
    await ask(`UPDATE ${table}_${variant} SET version = version + ${version}`);
  }
  const name = "'filler-' || number";
  const series = `generate_series(1, ${count - 1}) AS number`;
  await ask(`INSERT INTO workloads_${variant} (tenant, name, description, created_at)
    SELECT tenant, ${name}, description, created_at FROM workloads, ${series} WHERE name = 'bench'`);
  const match = `CASE WHEN ${shared} THEN match
    WHEN tee = 'tdx' THEN json_build_object(${TDX_FIELDS.map((field) => `'${field}', json_build_array(${MEASUREMENT})`).join(', ')})
    ELSE json_build_object('measurement', json_build_array(${MEASUREMENT})) END`;
  const digest = `CASE WHEN ${shared} THEN digest
    WHEN tee = 'tdx' THEN ${digestOf('tdx', TDX_FIELDS)} ELSE ${digestOf('sev-snp', ['measurement'])} END`;
  await ask(`INSERT INTO reference_values_${variant}
      (tenant, workload, version, state, tee, covers, match, created_at, changed_at)
    SELECT tenant, ${name}, version + ${version}, state, tee, covers, ${match}, created_at, changed_at
      FROM reference_values, ${series} WHERE workload = 'bench'`);
  await ask(`INSERT INTO reference_value_index_${variant} (tenant, tee, digest, workload, version, fields)
    SELECT tenant, tee, ${digest}, ${name}, version + ${version}, fields
      FROM reference_value_index, ${series} WHERE workload = 'bench'`);
  for (const table of REFERENCE_TABLES) await ask(`VACUUM ANALYZE ${table}_${variant}`);
}

/** Clones with `count` decisions, spread over the past year, and the token of each, made from the newest of each. */
export async function fillDecisions(ask, { variant, count }) {
  for (const table of DECISION_TABLES) await cloneTable(ask, table, `${table}_${variant}`);
  const columns = await columnsOf(ask, 'decisions');
  const made = {
    id: "replace(gen_random_uuid()::text, '-', '')",
    recorded_at: "recorded_at - number * interval '30 seconds'",
  };
  await ask(`INSERT INTO decisions_${variant} (${columns.join(', ')})
    SELECT ${columns.map((column) => made[column] ?? column).join(', ')}
      FROM (SELECT * FROM decisions ORDER BY recorded_at DESC LIMIT 1) AS genuine, generate_series(1, ${count}) AS number`);
  await ask(`INSERT INTO tokens_${variant} (tenant, jti, decision, kid, expires_at)
    SELECT genuine.tenant, gen_random_uuid()::text, kept.id, genuine.kid, kept.recorded_at
      FROM decisions_${variant} AS kept, (SELECT * FROM tokens LIMIT 1) AS genuine`);
  for (const table of DECISION_TABLES) await ask(`VACUUM ANALYZE ${table}_${variant}`);
}

async function columnsOf(ask, table) {
  const rows = await ask(
    "SELECT column_name::text AS name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1 ORDER BY ordinal_position",
    [table],
  );
  return rows.map((row) => row.name);
}
