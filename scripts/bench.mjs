// `npm run bench`: what a verdict and a token cost, against the bare cryptography on the same machine in the same
// run. Ratios travel between machines; rates do not. `npm run bench -- overload` is another measurement:
// bench-overload.mjs.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { prepareAndBuild } from './build.mjs';
import { ROOT } from './prepare.mjs';

if (process.argv[2] === 'overload') {
  await import('./bench-overload.mjs');
  process.exit();
}

const USAGE = `npm run bench -- [options]
  --quick           a run of about a minute; the figures are rougher
  --only SECTIONS   library, peers, http, latency, flat, replicas, separated by commas
  --json            print one object instead of tables
  --page            also write docs/performance.md; needs every section
  --from FILE       take an earlier run, saved with --json, instead of measuring
  --against DIR     instead: a verification's cost beside that of the checkout in DIR, which must be built
  --profile DIR     instead: where the service's time goes, by CPU profiles that are left in DIR`;

function fail(message) {
  console.error(`${message}\n\n${USAGE}`);
  process.exit(2);
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        only: { type: 'string' },
        json: { type: 'boolean', default: false },
        page: { type: 'boolean', default: false },
        from: { type: 'string' },
        profile: { type: 'string' },
        against: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    return fail(error.message);
  }
}

const options = readOptions();
if (options.help) {
  console.log(USAGE);
  process.exit(0);
}
prepareAndBuild();
const { SECTIONS, sizesOf } = await import('../bench/sizes.mjs');
const sections = options.only?.split(',') ?? SECTIONS;
const unknown = sections.filter((section) => !SECTIONS.includes(section));
if (unknown.length > 0) fail(`There is no section ${unknown.join(', ')}.`);

const started = performance.now();
const say = (text) =>
  console.error(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${text}`);

if (options.profile !== undefined) {
  const { profileService } = await import('../bench/profile.mjs');
  console.log(await profileService({ dir: options.profile, quick: options.quick, say }));
} else if (options.against !== undefined) {
  const { compareWith, differenceText } = await import('../bench/against.mjs');
  const results = await compareWith(options.against, { size: sizesOf(options.quick).library, say });
  console.log(options.json ? JSON.stringify(results, null, 2) : differenceText(results));
} else {
  const run = await takeRun();
  if (options.json) console.log(JSON.stringify(run, null, 2));
  else console.log((await import('../bench/terminal.mjs')).terminalText(run));
  if (options.page) {
    const { performancePage } = await import('../bench/page.mjs');
    writeFileSync(join(ROOT, 'docs', 'performance.md'), performancePage(run));
    say('docs/performance.md written');
  }
}

async function takeRun() {
  if (options.from !== undefined) return JSON.parse(readFileSync(options.from, 'utf8'));
  const { runBench } = await import('../bench/run.mjs');
  return runBench({ sections, sizes: sizesOf(options.quick), say });
}
