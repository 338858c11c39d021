// The proxy of the Compose file, by hand: HAProxy with its configuration, in front of replicas on this machine.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ROOT } from '../prepare.mjs';
import { require, send, sendJson, until } from './requests.mjs';

const CONFIGURATION = join(ROOT, 'deploy', 'haproxy', 'haproxy.cfg');
const CHALLENGE = '/v1/challenges';

/** Resolves once the proxy sees a replica that is ready: `{ url, healthcheck(), stop() }`. `tls`: `{ port, file }` or null. */
export async function startProxy({ compose, port, replicas, tls }) {
  const { environment, healthcheck } = compose.services.proxy;
  const places = Object.fromEntries(replicas.map((at, index) => [`REPLICA_${index + 1}`, `127.0.0.1:${at}`]));
  require(Object.keys(places).every((name) => name in environment), 'the Compose file names each replica');
  const env = {
    PATH: process.env.PATH,
    ...places,
    BIND_HTTP: `127.0.0.1:${port}`,
    ...(tls === null ? {} : { BIND_HTTPS: `127.0.0.1:${tls.port}`, TLS_CERT: tls.file }),
  };
  const check = spawnSync('haproxy', ['-c', '-f', CONFIGURATION], { env, encoding: 'utf8' });
  require(check.status === 0 &&
    !/WARNING/u.test(check.stderr), `haproxy accepts its configuration (${check.stderr})`);
  const child = spawn('haproxy', ['-W', '-db', '-f', CONFIGURATION], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let log = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    log += text;
  });
  const [form, ...command] = healthcheck.test;
  require(form === 'CMD', 'the proxy’s health check is a command');
  const probe = command.map((word) => word.replace('/8080', `/${port}`));
  const healthy = () => spawnSync(probe[0], probe.slice(1)).status === 0;
  await until(healthy, 'the proxy becomes healthy');
  return {
    url: `http://127.0.0.1:${port}`,
    healthy,
    log: () => log,
    async stop() {
      const exit = once(child, 'exit');
      child.kill('SIGUSR1');
      await exit;
    },
  };
}

async function challengesServedBy({ port }) {
  const { text } = await send(`http://127.0.0.1:${port}/metrics`);
  const counts = [...text.matchAll(/^assay_challenges_total\{[^}]*\} (\d+)$/gmu)].map(([, count]) =>
    Number(count),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Requests reach both replicas; figures stay inside. */
export async function checkSpread(proxy, replicas) {
  for (let index = 0; index < 20; index += 1) {
    const { status } = await sendJson(`${proxy.url}${CHALLENGE}`, { audience: 'broker' });
    require(status === 201, `a challenge through the proxy (${status})`);
  }
  const counts = await Promise.all(replicas.map(challengesServedBy));
  require(counts.every((count) => count > 0), `both replicas serve (${counts.join(' and ')})`);
  for (const path of ['/metrics', '/%6detrics', '/metrics/', '/metrics?x']) {
    const { status, text } = await send(`${proxy.url}${path}`);
    require(status === 404 && !text.includes('assay_'), `${path} is not served outside (${status})`);
  }
  return counts;
}

/** The limit counts the client's address: not the proxy's, and not the one that the client claims. */
export async function checkClientAddress(proxy, limit) {
  const ask = (from, claimed) =>
    sendJson(
      `${proxy.url}${CHALLENGE}`,
      { audience: 'broker' },
      { from, headers: { 'X-Forwarded-For': claimed } },
    );
  const many = Array.from({ length: limit * 12 }, (_, index) => ask('127.0.0.2', `203.0.113.${index}`));
  const [other, ...flood] = await Promise.all([ask('127.0.0.3', '127.0.0.2'), ...many]);
  const limited = flood.filter(({ status }) => status === 429).length;
  require(limited > 0, 'a client that claims another address with each request is limited');
  require(other.status === 201, `another client meanwhile is not (${other.status})`);
  return limited;
}

/** Requests without a pause while `disturb` runs: all are answered. Resolves to how many there were. */
export async function checkUndisturbed(proxy, what, disturb) {
  let going = true;
  const wrong = [];
  let count = 0;
  const client = async (from) => {
    while (going) {
      count += 1;
      const { status } = await sendJson(`${proxy.url}${CHALLENGE}`, { audience: 'broker' }, { from }).catch(
        (error) => ({ status: error.message }),
      );
      if (status !== 201) wrong.push(status);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  };
  const clients = ['127.0.0.11', '127.0.0.12', '127.0.0.13', '127.0.0.14'].map(client);
  await new Promise((resolve) => setTimeout(resolve, 500));
  await disturb();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  going = false;
  await Promise.all(clients);
  require(wrong.length ===
    0, `${what}: every request is answered (${wrong.length} of ${count}: ${wrong[0]})`);
  return count;
}

/** With a certificate: https works, http leads there, and only the health check is answered without. */
export async function checkTls({ url }, tls) {
  const secure = await send(`https://127.0.0.1:${tls.port}/livez`, { ca: tls.ca });
  require(secure.status === 200, `https is served (${secure.status})`);
  const plain = await send(`${url}/livez`);
  require(plain.status === 308 && plain.headers.location.startsWith('https://'), 'http leads to https');
  require((await send(`${url}/readyz`)).status === 200, 'the health check is answered over http');
}
