// `npm test`: installs and builds if needed, then runs every test that needs no outside server.
// `--integration`: those that need PostgreSQL, on a throwaway server unless ASSAY_TEST_POSTGRES_URL names one.
// `--once-more`: up to three suites that fail are run again, alone; for build servers that others keep busy.
// `--each`: fails before it runs anything unless each name on the command line is of a suite, and says which is not.
// Anything else on the command line goes to jest, for example `npm test -- test/cli`.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { prepareAndBuild } from './build.mjs';
import { integration, unit } from './jest.config.mjs';
import { strayNames } from './named-suites.mjs';
import { ROOT } from './prepare.mjs';

/** What Node is started with. */
const jestWith = (config, args) => [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js'),
  '--config',
  JSON.stringify(config),
  ...args,
];

/** Runs jest and resolves to its exit code. */
async function runJest(config, args, env) {
  const jest = spawn(process.execPath, jestWith(config, args), {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  const [code, signal] = await once(jest, 'exit');
  return signal === null ? code : 1;
}

/** More suites than these do not fail by chance. */
const MAX_ONCE_MORE = 3;

/** Suites that failed, by their files. What jest could not even report is nobody's chance. */
function failedSuites(file) {
  const { testResults } = JSON.parse(readFileSync(file, 'utf8'));
  return testResults.filter(({ status }) => status === 'failed').map(({ name }) => name);
}

/** As `runJest`. A suite that fails at first and passes alone is named, so that somebody steadies it. */
async function runOnceMore(config, args, env) {
  const folder = mkdtempSync(join(tmpdir(), 'assay-tests-'));
  const file = join(folder, 'results.json');
  try {
    const code = await runJest(config, [...args, '--json', `--outputFile=${file}`], env);
    if (code === 0) return 0;
    const failed = failedSuites(file);
    if (failed.length === 0 || failed.length > MAX_ONCE_MORE) return code;
    console.log(`\nOnce more, alone: ${failed.map((suite) => relative(ROOT, suite)).join(', ')}`);
    const again = await runJest(config, ['--runInBand', '--runTestsByPath', ...failed], env);
    if (again === 0) console.log('Unsteady: these failed among the others and passed alone. Steady them.');
    return again;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Exits with 1 when one of the names is of no suite that would run. */
function requireEach(config, args) {
  const listed = execFileSync(process.execPath, jestWith(config, [...args, '--listTests']), {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const suites = listed.split('\n').map((file) => relative(ROOT, file));
  const stray = strayNames(
    args.filter((arg) => !arg.startsWith('-')),
    suites,
  );
  if (stray.length === 0) return;
  console.error(`No suite is called ${stray.join(', nor ')}.`);
  process.exit(1);
}

async function runIntegration(run, args) {
  if (process.env.ASSAY_TEST_POSTGRES_URL) return run(integration, args, {});
  const { startPostgres } = await import('./postgres.mjs');
  const server = await startPostgres();
  try {
    return await run(integration, args, { ASSAY_TEST_POSTGRES_URL: server.adminUrl });
  } finally {
    await server.stop();
  }
}

prepareAndBuild();
const OWN = ['--integration', '--once-more', '--each'];
const given = process.argv.slice(2).filter((arg) => !OWN.includes(arg));
// A test may be named by its TypeScript file; jest sees what was built from it.
const args = given.map((arg) => (arg.startsWith('-') ? arg : arg.replace(/\.ts$/u, '.js')));
// The interrupt reaches jest too; this process stays to stop the server.
process.on('SIGINT', () => undefined);
const run = process.argv.includes('--once-more') ? runOnceMore : runJest;
const needsServer = process.argv.includes('--integration');
if (process.argv.includes('--each')) requireEach(needsServer ? integration : unit, args);
process.exitCode = await (needsServer ? runIntegration(run, args) : run(unit, args, {}));
