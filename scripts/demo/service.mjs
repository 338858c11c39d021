// The service in a process of its own, with a data directory of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const READY_WITHIN_MS = 120_000;

/** A port that nobody listens on at this moment. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * Starts `assay serve` from a build directory with simulated vendors and, unless `more` settings say otherwise,
 * the embedded database.
 * Resolves once it is ready; rejects with its output when it ends before.
 */
export async function startService(build, dataDir, more = {}) {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const settings = {
    ASSAY_LISTEN: `localhost:${port}`,
    ASSAY_DATA_DIR: dataDir,
    ASSAY_DATABASE_URL: `pglite:${join(dataDir, 'db')}`,
    ASSAY_SIMULATED_VENDORS: '1',
    ...more,
  };
  const service = spawnServe(build, settings);
  await ready(origin, service);
  return {
    issuer: `${origin}/simulated`,
    build,
    pid: service.child.pid,
    adminKey: (await readFile(join(dataDir, 'admin-key'), 'utf8')).trim(),
    /** What the service wrote last, for whoever looks into a failure. */
    output: service.output,
    async stop() {
      // As Ctrl-C does: nobody here waits for a proxy to notice.
      service.child.kill('SIGINT');
      await service.ended;
    },
  };
}

/** `assay serve` of a build, whichever folder it lies in. A server's database is migrated before. */
function spawnServe(build, settings) {
  const entry = pathToFileURL(join(build, 'src', 'cli', 'main.js')).href;
  const migrates = settings.ASSAY_DATABASE_URL.startsWith('pglite:') ? '' : "(await main(['migrate'])) ||";
  const script = `const { main } = await import(${JSON.stringify(entry)}); process.exitCode = ${migrates} (await main(['serve']));`;
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('ASSAY_'));
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...Object.fromEntries(inherited), ...settings, NODE_ENV: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output = `${output}${text}`.slice(-10_000);
    });
  }
  return { child, output: () => output, ended: once(child, 'exit').then(([code]) => code) };
}

async function ready(origin, service) {
  const deadline = Date.now() + READY_WITHIN_MS;
  let ended = false;
  service.ended.then(() => {
    ended = true;
  });
  while (!ended && Date.now() < deadline) {
    const answer = await fetch(`${origin}/readyz`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  service.child.kill('SIGKILL');
  throw new Error(`the service did not become ready:\n${service.output()}`);
}
