// Three brokers: the one of the story in a process of its own, one whose clock is ahead, one for real hardware.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createBroker } from '../../examples/key-broker/broker.mjs';

const MAIN = fileURLToPath(new URL('../../examples/key-broker/main.mjs', import.meta.url));
const TEN_MINUTES = 600_000;

export async function openBrokers({ issuer, audience, workload, model, modelKey }) {
  const own = await spawnBroker({ issuer, audience, workload, model, modelKey });
  const keys = new Map([[model, { key: modelKey, workload }]]);
  const later = await listening(
    await createBroker({
      ...{ issuer, audience, keys, acceptSimulated: true },
      now: () => new Date(Date.now() + TEN_MINUTES),
    }),
  );
  const strict = await listening(await createBroker({ issuer, audience, keys, acceptSimulated: false }));
  return {
    url: own.url,
    laterUrl: later.url,
    strictUrl: strict.url,
    close: () => Promise.all([own.close(), later.close(), strict.close()]),
  };
}

async function listening(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** As an operator would run it: settings in the environment, the model's key in a file. */
async function spawnBroker({ issuer, audience, workload, model, modelKey }) {
  const dir = await mkdtemp(join(tmpdir(), 'assay-broker-'));
  const keyFile = join(dir, 'model.key');
  await writeFile(keyFile, modelKey, { mode: 0o600 });
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env.PATH,
      BROKER_ISSUER: issuer,
      BROKER_AUDIENCE: audience,
      BROKER_WORKLOAD: workload,
      BROKER_KEY_NAME: model,
      BROKER_KEY_FILE: keyFile,
      BROKER_PORT: '0',
      BROKER_ACCEPT_SIMULATED: 'yes',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const [first] = await Promise.race([
    once(child.stdout.setEncoding('utf8'), 'data'),
    ended.then(() => Promise.reject(new Error('the broker did not start'))),
  ]);
  return {
    url: /http:\S+/u.exec(first)[0],
    async close() {
      child.kill('SIGTERM');
      await ended;
      await rm(dir, { recursive: true, force: true });
    },
  };
}
