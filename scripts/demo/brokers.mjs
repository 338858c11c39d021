// The broker of the story, in a process of its own, and one that reads the same keys by a clock that is ahead.
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram, startProgram } from './commands.mjs';
import { freePort } from './service.mjs';

const TEN_MINUTES = 600_000;

/**
 * `keys`: name → what its policy asks beyond issuer and audience. Makes the store in `store`, as an operator does; resolves when both
 * brokers listen.
 */
export async function openBrokers({ store, issuer, audience, keys }) {
  await runProgram('main.mjs', ['init', '--store', store]);
  for (const [name, asked] of Object.entries(keys)) {
    const policy = join(store, `${name}.wanted.json`);
    await writeFile(policy, `${JSON.stringify({ issuer, audience, ...asked }, null, 2)}\n`);
    await runProgram('main.mjs', ['add', name, '--store', store, '--policy', policy]);
  }
  const own = await spawnBroker(store);
  const later = await listenLater(store);
  return {
    url: own.url,
    laterUrl: later.url,
    close: () => Promise.all([own.stop(), later.close()]),
  };
}

async function spawnBroker(store) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const listen = ['--url', url, '--listen', `127.0.0.1:${port}`];
  return { url, ...(await startProgram('main.mjs', ['serve', '--store', store, ...listen])) };
}

/** In this process, since no clock of a program can be set. */
async function listenLater(store) {
  // After the build: the broker imports the client that it made.
  const [{ createBroker }, { createReleaser }, { loadKeys }, { openAudit }, { createReplayMemory }] =
    await Promise.all([
      import('../../examples/key-broker/broker.mjs'),
      import('../../examples/key-broker/release.mjs'),
      import('../../examples/key-broker/key-store.mjs'),
      import('../../examples/key-broker/audit.mjs'),
      import('assay/client'),
    ]);
  const now = () => new Date(Date.now() + TEN_MINUTES);
  const audit = await openAudit(join(store, 'later.jsonl'), now);
  const log = () => {};
  const keys = await loadKeys(store);
  const releaser = createReleaser({ keys, audit, log, now, replayStore: createReplayMemory(now()) });
  const url = `http://127.0.0.1:${await freePort()}`;
  const server = createBroker({ url, releaser, log });
  server.listen(Number(new URL(url).port), '127.0.0.1');
  await once(server, 'listening');
  return {
    url,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      await audit.close();
    },
  };
}
