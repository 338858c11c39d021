// `npm run chaos`: the service under load, killed with SIGKILL at random moments, on both engines; PostgreSQL
// restarted under it. Exits 0 only if nothing that a client was told was lost, and nothing half-written was found.
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepareAndBuild } from './build.mjs';
import { readOptions, USAGE } from './chaos/options.mjs';
import { ROOT } from './prepare.mjs';

/** Without PostgreSQL, or with options that are none, nothing was tried. */
const UNUSABLE = 2;

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return console.log(USAGE) ?? 0;
  if (options.build === null) prepareAndBuild();
  const build = options.build === null ? join(ROOT, 'build') : resolve(options.build);

  // What needs packages comes after the installation.
  const { createDice } = await import('./chaos/dice.mjs');
  const { createReport, describe, summarise } = await import('./chaos/report.mjs');
  const { runEngine } = await import('./chaos/run.mjs');
  const report = createReport((text) => process.stderr.write(text));
  report.say(
    `chaos: ${options.kills} kills, seed ${options.seed} (--seed ${options.seed} repeats its choices)`,
  );

  const home = await mkdtemp(join(tmpdir(), 'assay-chaos-'));
  const figures = {};
  // Every process that was started and this folder end with this one, however that ends.
  process.once('exit', () => rmSync(home, { recursive: true, force: true, maxRetries: 5 }));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(UNUSABLE));
  await makeVendors(build, join(home, 'vendors'));
  for (const { engine, kills } of options.engines) {
    const { databaseRestarts } = options;
    const dice = createDice(options.seed);
    figures[engine] = summarise(
      await runEngine({ engine, kills, databaseRestarts, build, dice, home, report }),
    );
    report.say(describe(engine, figures[engine]));
  }
  const failed = Object.values(figures).some(({ violations }) => violations.length > 0);
  report.say(`chaos: ${failed ? 'FAILED' : 'passed'} after ${report.seconds()} s, seed ${options.seed}`);
  if (options.json) {
    console.log(JSON.stringify({ seed: options.seed, seconds: report.seconds(), engines: figures }, null, 2));
  }
  return failed ? 1 : 0;
}

/** Before any service looks for them, and with smaller keys than it would make, so that more of the time is load. */
async function makeVendors(build, dir) {
  const { ensureIntel, ensureVendor } = await import(
    pathToFileURL(join(build, 'src/simulator/index.js')).href
  );
  const now = new Date();
  await Promise.all([ensureVendor(dir, now, { rsaBits: 2048 }), ensureIntel(dir, now)]);
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error.code?.startsWith('ERR_PARSE_ARGS') ? `${error.message}\n${USAGE}` : error.message);
  process.exitCode = UNUSABLE;
}
