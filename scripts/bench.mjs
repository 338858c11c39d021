// `npm run bench`: what a verdict and a token cost in CPU time, against the bare cryptography on the same machine
// in the same run. `--json` prints numbers; `--no-service` leaves the service out. Ratios travel between
// machines; rates do not.
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareAndBuild } from './build.mjs';
import { ROOT } from './prepare.mjs';

prepareAndBuild();
const { measureBare } = await import('../build/bench/bare.js');
const { measureLibrary } = await import('../build/bench/library.js');

const asJson = process.argv.includes('--json');
const bare = await measureBare();
const library = await measureLibrary();
const results = {
  machine: { node: process.version, cpus: cpus().length, model: cpus()[0]?.model ?? 'unknown' },
  bare: { ...bare, tokenCpuMs: bare.verify.cpuMs + bare.sign.cpuMs },
  library,
  service: process.argv.includes('--no-service') ? null : await measureServices(),
};

/** On the embedded database, and on PostgreSQL where it is installed. */
async function measureServices() {
  const { startPostgres } = await import('./postgres.mjs');
  const measured = { pglite: await measureService(null), postgres: null };
  const server = await startPostgres().catch((error) => {
    console.error(`PostgreSQL is left out: ${error.message}`);
    return null;
  });
  if (server === null) return measured;
  try {
    return { ...measured, postgres: await measureService(await makeDatabase(server.adminUrl)) };
  } finally {
    await server.stop();
  }
}

/** A database whose owner is subject to row-level security: the service takes no other login. */
async function makeDatabase(adminUrl) {
  const { default: pg } = await import('pg');
  const client = new pg.Client(adminUrl);
  await client.connect();
  await client.query('CREATE ROLE assay_service NOLOGIN');
  await client.query("CREATE ROLE bench LOGIN PASSWORD 'bench' IN ROLE assay_service");
  await client.query('CREATE DATABASE bench OWNER bench');
  await client.end();
  return Object.assign(new URL(adminUrl), { pathname: '/bench', username: 'bench', password: 'bench' }).href;
}

async function measureService(databaseUrl) {
  const { startService } = await import('./demo/service.mjs');
  const { measureTokens } = await import('./bench-tokens.mjs');
  const dataDir = await mkdtemp(join(tmpdir(), 'assay-bench-'));
  const service = await startService(join(ROOT, 'build'), dataDir, {
    ASSAY_RATE_LIMIT: 'off',
    ...(databaseUrl === null ? {} : { ASSAY_DATABASE_URL: databaseUrl }),
  });
  try {
    return await measureTokens(service, join(dataDir, 'simulated'));
  } finally {
    await service.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

function rows({ bare: base, library: own, service }) {
  const against = (cost) => `${(cost.cpuMs / base.tokenCpuMs).toFixed(2)} ×`;
  return [
    ['P-384 verify', base.verify, ''],
    ['ES256 sign', base.sign, ''],
    ['bare token: one of each', { cpuMs: base.tokenCpuMs }, '1.00 ×'],
    ['library, chip seen before', own.knownChip, against(own.knownChip)],
    ['library, new chip', own.newChip, against(own.newChip)],
    ...Object.entries(service ?? {}).flatMap(([name, cost]) =>
      cost === null ? [] : [[`token over HTTP, ${name}`, cost, against(cost)]],
    ),
  ];
}

function print(all) {
  const { node, cpus: count, model } = all.machine;
  console.log(
    `Node ${node}, ${count} × ${model}, ${readFileSync(join(ROOT, 'package.json'), 'utf8').match(/"version": "([^"]+)"/u)[1]}\n`,
  );
  console.log(
    `${''.padEnd(28)}${'CPU ms'.padStart(10)}${'per second'.padStart(12)}${'against bare'.padStart(14)}`,
  );
  for (const [name, cost, ratio] of rows(all)) {
    const rate = cost.perSecond === undefined ? '' : cost.perSecond.toFixed(0);
    console.log(
      `${name.padEnd(28)}${cost.cpuMs.toFixed(3).padStart(10)}${rate.padStart(12)}${ratio.padStart(14)}`,
    );
  }
  console.log(
    '\nCPU: of the process that verifies, thread pool included; PostgreSQL’s own processes are not in it.',
  );
}

if (asJson) console.log(JSON.stringify(results, null, 2));
else print(results);
