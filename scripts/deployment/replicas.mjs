// Services of the Compose file, run from the image by hand on ports of this machine.
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { runFromImage, spawnFromImage } from './image.mjs';
import { require, until } from './requests.mjs';

export async function findPorts(count) {
  const probes = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(probes.map((probe) => once(probe, 'listening')));
  const ports = probes.map((probe) => probe.address().port);
  await Promise.all(probes.map((probe) => new Promise((resolve) => probe.close(resolve))));
  return ports;
}

/** The job that must end before replicas start. */
export async function migrate({ image, compose, database }) {
  const service = compose.services.migrate;
  const { code, out, err } = await runFromImage(image, settingsOf(service, database, {}));
  require(code === 0, `migrate ends with 0 (${code}: ${out}${err})`);
}

/** Without an engine there is no network of names: addresses differ, and nothing else. */
function settingsOf(service, database, extra) {
  const overrides = { ASSAY_DATABASE_URL: database.urlOf(service.environment.ASSAY_DATABASE_URL), ...extra };
  return { service, overrides, secrets: database.secrets };
}

/**
 * Starts a replica and resolves once its health check passes: `{ port, process, run(command), stop(signal) }`.
 * `extra`: further settings; `stop` resolves to the exit code.
 */
export async function startReplica({ image, compose, database, name, port, extra = {} }) {
  const service = compose.services[name];
  const settings = settingsOf(service, database, {
    ASSAY_LISTEN: `127.0.0.1:${port}`,
    ASSAY_TRUSTED_PROXIES: '127.0.0.1',
    ...extra,
  });
  const run = (command) => runFromImage(image, { ...settings, command });
  const before = await run(image.healthcheck);
  require(before.code === 1 && /not healthy/u.test(before.err), `${name} is not healthy before it runs`);
  const child = spawnFromImage(image, { ...settings, stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    log += text;
  });
  const healthy = async () => {
    require(child.exitCode === null, `${name} goes on running (${log})`);
    return (await run(image.healthcheck)).code === 0;
  };
  await until(healthy, `${name} becomes healthy`);
  return {
    port,
    run,
    log: () => log,
    async stop(signal) {
      const exit = once(child, 'exit');
      child.kill(signal);
      const [code] = await exit;
      return code;
    },
  };
}

/** What a process from the image may write: its temporary folder, and nothing else. */
export async function tryToWrite(replica) {
  const tries =
    "for (const path of ['/app/x', '/x', '/etc/x', '/usr/local/bin/x', '/run/secrets/kek', '/tmp/x']) {";
  const body =
    "try { fs.appendFileSync(path, ''); console.log(path) } catch (error) { console.log(error.code) } }";
  const { code, out } = await replica.run(['/usr/local/bin/node', '-e', `${tries} ${body}`]);
  const [written, ...rest] = out.trim().split('\n').reverse();
  require(code === 0 && written === '/tmp/x', '/tmp can be written');
  require(rest.length === 5 &&
    rest.every((word) => /^E(ROFS|ACCES|PERM)$/u.test(word)), `nothing else can (${out})`);
}

/** The first admin key: printed alone, once. */
export async function bootstrap(replica) {
  const command = ['/usr/local/bin/node', 'bin/assay.js', 'keys', 'bootstrap'];
  const first = await replica.run(command);
  require(first.code === 0 && /^ak_\S+\n$/u.test(first.out), `keys bootstrap prints a key (${first.err})`);
  const second = await replica.run(command);
  require(second.code === 1 && second.out === '', 'and refuses to do it twice');
  return first.out.trim();
}

/** A certificate for localhost, in the form that Assay reads and in the one that the proxy reads. */
export function writeCertificate(secrets, { cert, key }) {
  for (const [name, text] of Object.entries({ 'tls.crt': cert, 'tls.key': key, 'tls.pem': cert + key })) {
    writeFileSync(join(secrets, name), text, { mode: 0o444 });
  }
}
