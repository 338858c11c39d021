/** The broker's commands: a store of keys, the service, sealing a model, the audit. */
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createReplayMemory } from 'assay/client';
import { openAudit, readChain } from './audit.mjs';
import { createBroker } from './broker.mjs';
import { addKey, createStore, loadKeys } from './key-store.mjs';
import { createReleaser } from './release.mjs';
import { sealStream, writeStream } from './streaming.mjs';

const USAGE = `Usage: node main.mjs COMMAND --store DIR
  init                                      make the directory and its key encryption key
  add NAME --policy FILE                    make a data key with its policy
  seal NAME --model FILE --out FILE         encrypt a model under it
  serve --url URL [--listen HOST:PORT]      release keys; SIGHUP reads the store again
  audit verify [--contains DIGEST]          read the whole audit, and check that it is one chain`;

const OPTIONS = ['store', 'policy', 'model', 'out', 'url', 'listen', 'contains'];
/** Milliseconds between two notes about refusals without a line. */
const NOTED_EVERY = 60_000;

const COMMANDS = {
  init: async ({ store }) => createStore(store),

  async add({ store, policy }, [name]) {
    console.log(`added ${name}, ${await addKey(store, name, await readFile(policy))}`);
  },

  async seal({ store, model, out }, [name]) {
    const entry = (await loadKeys(store)).get(name);
    if (entry === undefined) throw new Error(`there is no key ${name}`);
    const dataKey = Buffer.from(entry.jwk.k, 'base64url');
    await writeStream(model, out, (pieces) => sealStream(pieces, { dataKey, name }));
  },

  async serve({ store, url, listen = '127.0.0.1:8090' }) {
    const [, host, port] = /^(.*):(\d+)$/u.exec(listen) ?? [];
    if (port === undefined) throw new Error('--listen takes HOST:PORT');
    const log = (note) => console.error(JSON.stringify({ at: new Date().toISOString(), ...note }));
    const audit = await openAudit(join(store, 'audit.jsonl'));
    const releaser = createReleaser({
      ...{ audit, log, replayStore: createReplayMemory(new Date()) },
      keys: await loadKeys(store, noteUnfinished(log)),
    });
    const server = createBroker({ url, releaser, log });
    // One after another: the store as it is last counts.
    let turn = Promise.resolve();
    process.on('SIGHUP', () => {
      turn = turn.then(() => reload({ store, releaser, log }));
    });
    const noting = setInterval(() => noteUnrecorded(server, log), NOTED_EVERY);
    for (const signal of ['SIGINT', 'SIGTERM']) {
      process.once(signal, () => {
        clearInterval(noting);
        noteUnrecorded(server, log);
        server.close(() => audit.close());
        server.closeIdleConnections();
      });
    }
    server.listen(Number(port), host, () => {
      console.log(`broker listening on http://${host}:${server.address().port} for ${url}`);
    });
  },

  async audit({ store, contains = null }, [verb]) {
    if (verb !== 'verify') throw new Error(USAGE);
    const handle = await open(join(store, 'audit.jsonl'));
    try {
      const { size } = await handle.stat();
      const { entries, head, sound } = await readChain(handle, { contains });
      if (sound < size) throw new Error(`after line ${entries} there is one without an end`);
      console.log(`one chain, lines: ${entries}, head ${head}`);
    } finally {
      await handle.close();
    }
  },
};

const noteUnfinished = (log) => (key) =>
  log({ event: 'unfinished', key, detail: 'there is a policy and no key: take it away and add both' });

/** A store with one mistake in it changes nothing. */
async function reload({ store, releaser, log }) {
  try {
    const keys = await loadKeys(store, noteUnfinished(log));
    releaser.use(keys);
    log({ event: 'reloaded', keys: keys.size });
  } catch (error) {
    log({ event: 'not_reloaded', detail: error.message });
  }
}

function noteUnrecorded({ unrecorded }, log) {
  if (unrecorded.size > 0) log({ event: 'unrecorded', refused: Object.fromEntries(unrecorded) });
  unrecorded.clear();
}

async function main(args) {
  const options = Object.fromEntries(OPTIONS.map((name) => [name, { type: 'string' }]));
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const [command, ...rest] = positionals;
  if (!Object.hasOwn(COMMANDS, command ?? '') || values.store === undefined) throw new Error(USAGE);
  await COMMANDS[command](values, rest);
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
