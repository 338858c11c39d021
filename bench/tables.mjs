// Two tables under one name, in turn: the same process, with the same compiled code, meets a small and a large one.
// A renaming takes effect with the next statement, as plans are made anew.

/** Makes an empty table like another: columns, indexes, owner, rights and row-level security, but no foreign keys. */
export async function cloneTable(ask, table, clone) {
  await ask(`CREATE TABLE ${clone} (LIKE ${table} INCLUDING ALL)`);
  await ask(`ALTER TABLE ${clone} OWNER TO bench`);
  await ask(`ALTER TABLE ${clone} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`);
  // A vacuum in the middle of a round would count as work for tokens.
  await ask(`ALTER TABLE ${clone} SET (autovacuum_enabled = false)`);
  const policies = await ask('SELECT policyname, qual, with_check FROM pg_policies WHERE tablename = $1', [
    table,
  ]);
  if (policies.length === 0) throw new Error(`${table} has no policy`);
  for (const { policyname, qual, with_check: check } of policies) {
    await ask(`CREATE POLICY ${policyname} ON ${clone} USING (${qual}) WITH CHECK (${check})`);
  }
  const grants = await ask(
    `SELECT privilege_type AS right, NULL AS column FROM information_schema.role_table_grants
      WHERE table_name = $1 AND grantee = 'assay_service'
     UNION SELECT privilege_type, column_name::text FROM information_schema.role_column_grants
      WHERE table_name = $1 AND grantee = 'assay_service' AND privilege_type = 'UPDATE'`,
    [table],
  );
  for (const { right, column } of grants) {
    await ask(`GRANT ${right} ${column === null ? '' : `(${column})`} ON ${clone} TO assay_service`);
  }
}

/**
 * Lets each of `tables` be the clone named `table_variant`; what was in its place gets the name `table_current`. The
 * epoch is raised with it, as by every act that changes what is acceptable: the service must look again.
 */
export async function useVariant(ask, tables, variant, current) {
  if (variant === current) return;
  await ask(
    tables
      .flatMap((table) => [
        `ALTER TABLE ${table} RENAME TO ${table}_${current}`,
        `ALTER TABLE ${table}_${variant} RENAME TO ${table}`,
      ])
      .concat('UPDATE tenants SET epoch = epoch + 1')
      .join('; '),
  );
}
