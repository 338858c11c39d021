// Verifiers by others (scripts/peers.mjs) and Assay on the same genuine evidence. A peer remembers nothing from one
// verification to the next: what it does again is the whole work. Assay is measured both ways.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { programOf } from '../scripts/peers.mjs';
import { ROOT } from '../scripts/prepare.mjs';
import { cpuMsOf } from './processes.mjs';

const execute = promisify(execFile);
const builtFile = (name) => join(ROOT, 'build', 'bench', 'peers', name);

/** Verifications before the measured ones; the first shows how many to ask for. */
const WARM_UP = 10;

/** `addon`: it is built. Null, with a word to `say`, where there is no genuine evidence or a peer is not built. */
export async function measurePeers({ size: { milliseconds, rounds }, addon, say }) {
  const { stdout } = await execute(process.execPath, [builtFile('questions.js')], { maxBuffer: 2 ** 26 });
  const subjects = JSON.parse(stdout);
  if (subjects === null) return leftOut(say, 'no genuine evidence (ASSAY_VECTORS)');
  const names = Object.values(subjects).flatMap(({ questions }) => Object.keys(questions));
  const missing = names.filter((name) => !existsSync(programOf(name)));
  if (missing.length > 0) return leftOut(say, `${missing.join(', ')} not built (node scripts/peers.mjs)`);
  const measured = {};
  for (const [tee, { name, questions }] of Object.entries(subjects)) {
    say(`verifiers by others, ${tee}`);
    const assay = {};
    for (const crypto of addon ? ['node', 'native'] : ['node']) {
      assay[crypto] = await measureAssay(tee, milliseconds * rounds, crypto);
    }
    const peers = {};
    for (const [peer, question] of Object.entries(questions)) {
      peers[peer] = await measurePeer(programOf(peer), question, { milliseconds, rounds });
    }
    measured[tee] = { vector: name, assay, peers };
  }
  return measured;
}

function leftOut(say, why) {
  say(`verifiers by others are left out: ${why}`);
  return null;
}

async function measureAssay(tee, milliseconds, crypto) {
  const { stdout } = await execute(process.execPath, [builtFile('assay.js'), tee, String(milliseconds)], {
    env: { ...process.env, ASSAY_CRYPTO: crypto },
  });
  return JSON.parse(stdout);
}

/** CPU milliseconds: `first`, from the start of its process to its first answer, and `each` of those that follow. */
async function measurePeer(program, question, { milliseconds, rounds }) {
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (repeat) => {
    child.stdin.write(`${JSON.stringify({ ...question, id: '0', repeat })}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error(`${program} ended`);
    const { verdict, reason } = JSON.parse(value);
    if (verdict !== 'accept') throw new Error(`${program} does not accept: ${reason}`);
    return cpuMsOf(child.pid);
  };
  try {
    const first = await ask(1);
    const warm = await ask(WARM_UP);
    const count = Math.max(1, Math.ceil((milliseconds * WARM_UP) / Math.max(1, warm - first)));
    const costs = [];
    for (let round = 0, before = warm; round < rounds; round += 1) {
      const after = await ask(count);
      costs.push((after - before) / count);
      before = after;
    }
    return { first, each: Math.min(...costs), count: count * rounds };
  } finally {
    child.stdin.end();
    await once(child, 'close');
  }
}
