// `npm test`: installs and builds if needed, then runs every test that needs no outside server.
// `--integration`: those that need PostgreSQL, on a throwaway server unless ASSAY_TEST_POSTGRES_URL names one.
// Anything else on the command line goes to jest, for example `npm test -- test/cli`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { prepareAndBuild } from './build.mjs';
import { integration, unit } from './jest.config.mjs';
import { ROOT } from './prepare.mjs';

/** Runs jest and resolves to its exit code. */
async function runJest(config, args, env) {
  const jest = spawn(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js'),
      '--config',
      JSON.stringify(config),
      ...args,
    ],
    { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...env } },
  );
  const [code, signal] = await once(jest, 'exit');
  return signal === null ? code : 1;
}

async function runIntegration(args) {
  if (process.env.ASSAY_TEST_POSTGRES_URL) return runJest(integration, args, {});
  const { startPostgres } = await import('./postgres.mjs');
  const server = await startPostgres();
  try {
    return await runJest(integration, args, { ASSAY_TEST_POSTGRES_URL: server.adminUrl });
  } finally {
    await server.stop();
  }
}

prepareAndBuild();
const given = process.argv.slice(2).filter((arg) => arg !== '--integration');
// A test may be named by its TypeScript file; jest sees what was built from it.
const args = given.map((arg) => (arg.startsWith('-') ? arg : arg.replace(/\.ts$/u, '.js')));
// The interrupt reaches jest too; this process stays to stop the server.
process.on('SIGINT', () => undefined);
process.exitCode = await (process.argv.includes('--integration')
  ? runIntegration(args)
  : runJest(unit, args, {}));
