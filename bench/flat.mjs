// Whether a token costs more where much is stored: variants of the tables in turn under one service, so that neither
// drift of the machine nor differences between processes count.
import { DECISION_TABLES, fillDecisions, fillWorkloads, REFERENCE_TABLES } from './filling.mjs';
import { AUDIENCE, EVERYONE, openService } from './service.mjs';
import { useVariant } from './tables.mjs';
import { runTokenRound, tokenCostOf, warmUp } from './tokens.mjs';

const FEW = 10;

export async function measureFlat({ server, size, say }) {
  const database = await server.makeDatabase();
  const service = await openService({ databaseUrl: database.url });
  try {
    const run = { service, ask: database.ask, meters: { pid: service.pid, databasePid: server.pid }, size };
    await warmUp(service, service.guests.tdx.known, size.warmUp, run.meters);
    const workloads = await compareWorkloads(run, say);
    const decisions = await compareDecisions(run, say);
    return { few: FEW, workloads, decisions };
  } finally {
    await service.stop();
  }
}

async function compareWorkloads({ ask, size, ...run }, say) {
  const { workloads: count } = size;
  await fillWorkloads(ask, { variant: 'few', count: FEW, shared: false, version: 1000 });
  await fillWorkloads(ask, { variant: 'many', count, shared: false, version: 2000 });
  await fillWorkloads(ask, { variant: 'shared', count, shared: true, version: 3000 });
  await ask('CHECKPOINT');
  say(`flat cost: ${FEW} and ${count} workloads`);
  const versions = { few: 1000, many: 2000, shared: 3000 };
  const inUse = async (variant) => {
    const [row] = await ask(
      'SELECT reference_version AS version FROM decisions ORDER BY recorded_at DESC LIMIT 1',
    );
    if (Math.floor(row.version / 1000) * 1000 !== versions[variant])
      throw new Error(`judged with another table than ${variant}`);
  };
  const all = { ask, size, inUse, tables: REFERENCE_TABLES, before: async () => undefined, ...run };
  const { tdx } = run.service.guests;
  const one = { audience: AUDIENCE, mintOf: () => tdx.known };
  const same = await alternate(all, ['few', 'many', 'shared'], one);
  say(`flat cost: tokens for any of ${FEW} and of ${count} workloads`);
  const mints = { few: tdx.spread(FEW), many: tdx.spread(count) };
  const spread = await alternate(all, ['few', 'many'], {
    audience: EVERYONE,
    mintOf: (variant) => mints[variant],
  });
  return { count, ...same, spread };
}

async function compareDecisions({ ask, size, ...run }, say) {
  const { decisions: count } = size;
  say(`flat cost: filling in ${count} decisions`);
  await fillDecisions(ask, { variant: 'few', count: FEW });
  await fillDecisions(ask, { variant: 'many', count });
  await ask('CHECKPOINT');
  say(`flat cost: ${FEW} and ${count} decisions`);
  // Rows of an earlier round would make the few many; of the many they are no part worth mention.
  const inUse = async (variant) => {
    const [{ rows }] = await ask(
      "SELECT count(*)::int AS rows FROM decisions WHERE recorded_at > now() - interval '2 minutes'",
    );
    if (rows < size.count) throw new Error(`recorded in another table than ${variant}`);
  };
  const all = { ask, size, inUse, tables: DECISION_TABLES, before: trimDecisions, ...run };
  const one = { audience: AUDIENCE, mintOf: () => run.service.guests.tdx.known };
  return { count, ...(await alternate(all, ['few', 'many'], one)) };
}

/** Takes out what rounds have recorded, where the variant is the one with few. */
async function trimDecisions(ask, variant) {
  if (variant !== 'few') return;
  await ask(
    `DELETE FROM tokens WHERE decision NOT IN (SELECT id FROM decisions ORDER BY recorded_at LIMIT ${FEW})`,
  );
  await ask(
    `DELETE FROM decisions WHERE id NOT IN (SELECT id FROM decisions ORDER BY recorded_at LIMIT ${FEW})`,
  );
  await ask('VACUUM ANALYZE decisions');
  await ask('VACUUM ANALYZE tokens');
}

/** Rounds of each variant in turn. `inUse` throws when a round went by the wrong tables. */
async function alternate(
  { service, ask, meters, size, tables, inUse, before },
  variants,
  { audience, mintOf },
) {
  const rounds = Object.fromEntries(variants.map((variant) => [variant, []]));
  let current = 'original';
  for (let index = 0; index < size.rounds; index += 1) {
    for (const variant of index % 2 === 0 ? variants : [...variants].reverse()) {
      await useVariant(ask, tables, variant, current);
      current = variant;
      await before(ask, variant);
      const mint = mintOf(variant);
      // The first statements on other tables are planned anew.
      await warmUp(service, mint, Math.min(30, size.count), meters, audience);
      rounds[variant].push(await runTokenRound(service, mint, size.count, meters, audience));
      await inUse(variant);
    }
  }
  await useVariant(ask, tables, 'original', current);
  return Object.fromEntries(variants.map((variant) => [variant, tokenCostOf(rounds[variant], size.count)]));
}
