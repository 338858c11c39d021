/** OpenBao's server in its development mode: everything in memory, unsealed, one root token. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { JsonObject } from '../../src/rats/result.js';
import { onFreePort, PortTaken, saysPortTaken } from './ports.js';

const ROOT_TOKEN = 'root-of-this-test';
const PATIENCE_MS = 60_000;

export interface BaoAnswer {
  readonly status: number;
  readonly body: JsonObject;
}

export interface BaoServer {
  readonly url: string;
  /** For its command line, as the operator. */
  readonly environment: Readonly<Record<string, string>>;
  /** Requests of its API, as the operator. */
  post(path: string, body: object): Promise<BaoAnswer>;
  get(path: string): Promise<BaoAnswer>;
  stop(): Promise<void>;
}

/** In development mode it takes the port after the one that it is given, too. */
async function freePair(): Promise<number> {
  for (;;) {
    const first = createServer().listen(0, '127.0.0.1');
    await once(first, 'listening');
    const address = first.address();
    if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
    const second = createServer();
    const both = await new Promise<boolean>((resolve) => {
      second.once('error', () => resolve(false));
      second.listen(address.port + 1, '127.0.0.1', () => resolve(true));
    });
    first.close();
    await once(first, 'close');
    if (!both) continue;
    second.close();
    await once(second, 'close');
    return address.port;
  }
}

export function startBao(program: string, home: string): Promise<BaoServer> {
  return onFreePort(() => startOnce(program, home));
}

async function startOnce(program: string, home: string): Promise<BaoServer> {
  const port = await freePair();
  const url = `http://127.0.0.1:${port}`;
  const args = [
    ...['server', '-dev', '-dev-no-store-token'],
    ...[`-dev-listen-address=127.0.0.1:${port}`, `-dev-root-token-id=${ROOT_TOKEN}`],
  ];
  const child = spawn(program, args, {
    env: { HOME: home, PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
    });
  }
  const exited = once(child, 'exit');
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    if (child.exitCode !== null) {
      const words = `bao ended with ${child.exitCode}:\n${said}`;
      throw saysPortTaken(said) ? new PortTaken(words) : new Error(words);
    }
    const health = await fetch(`${url}/v1/sys/health`).catch(() => null);
    if (health?.status === 200) break;
    if (Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`bao did not become ready:\n${said}`);
    }
    await pause(100);
  }
  const ask = async (method: string, path: string, body: string | null): Promise<BaoAnswer> => {
    const headers = { 'X-Vault-Token': ROOT_TOKEN };
    const reply = await fetch(`${url}/v1/${path}`, { method, headers, body });
    const text = await reply.text();
    return { status: reply.status, body: text === '' ? {} : JSON.parse(text) };
  };
  return {
    url,
    environment: { BAO_ADDR: url, BAO_TOKEN: ROOT_TOKEN },
    post: (path, body) => ask('POST', path, JSON.stringify(body)),
    get: (path) => ask('GET', path, null),
    async stop() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
