/** Clients that go while their requests wait, one behind the other on a connection: nothing of them stays behind. */
import type { ServerResponse } from 'node:http';
import { afterEach, expect, test } from '@jest/globals';
import { type BodyBudget, createBodyBudget } from '../../src/http/body-budget.js';
import type { HttpParts } from '../../src/http/parts.js';
import { type Listening, listen } from '../../src/http/server.js';
import { createLog } from '../../src/platform/log.js';
import { RefusalError } from '../../src/rats/refusal.js';
import { open, requestOf } from '../hostile/wire.js';
import { appAround } from './app-around.js';

/** Behind the one that is verified. */
const QUEUED = 30;
const BODY = JSON.stringify({
  challenge: 'c',
  audience: 'a',
  evidence: { cpu: { type: 'auto', bytes: 'AA' } },
});
const ATTEST = requestOf('POST', '/v1/attest', { 'Content-Type': 'application/json' }, BODY);
/** So many bodies and no more are held at once. */
const ROOM = (1 + QUEUED) * BODY.length;

interface Scene {
  readonly port: number;
  /** In the order of their requests. */
  readonly responses: readonly ServerResponse[];
  /** End the verifications that were begun. */
  readonly finishers: readonly (() => void)[];
  /** Lines about requests that have ended. */
  logged(): readonly Readonly<Record<string, unknown>>[];
  /** Shares that were opened, whatever became of them. */
  shares(): number;
  /** How many of the bytes are free: all or fewer. */
  budget(): 'empty' | 'full' | 'between';
  close(): Promise<void>;
}

let scene: Scene;
afterEach(() => scene.close());

async function begin(others: Partial<HttpParts> = {}): Promise<Scene> {
  const lines: string[] = [];
  const responses: ServerResponse[] = [];
  const finishers: (() => void)[] = [];
  const attest = () => new Promise((resolve) => finishers.push(() => resolve({ token: 't' })));
  const bounded = createBodyBudget({ perAddress: ROOM, altogether: ROOM });
  let shares = 0;
  const budget: BodyBudget = (source) => {
    shares += 1;
    return bounded(source);
  };
  const app = appAround({ attest }, (line) => void lines.push(line), {
    budget,
    gate: { places: 1, line: QUEUED, patience: 60_000, aside: 2 },
    ...others,
  });
  const listening: Listening = await listen(
    (request, response) => {
      responses.push(response);
      app(request, response);
    },
    {
      addresses: [{ host: '127.0.0.1', port: 0 }],
      tls: null,
      log: createLog({ write: () => {} }),
    },
  );
  const hasRoomFor = (bytes: number): boolean => {
    const share = bounded('somebody');
    try {
      share.take(bytes);
      return true;
    } catch (error) {
      if (error instanceof RefusalError) return false;
      throw error;
    } finally {
      share.giveBack();
    }
  };
  return {
    port: Number(new URL(listening.url).port),
    responses,
    finishers,
    logged: () => lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'request'),
    shares: () => shares,
    budget() {
      if (hasRoomFor(ROOM)) return 'empty';
      return hasRoomFor(1) ? 'between' : 'full';
    },
    close: () => listening.close(),
  };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('a connection that is reset gives back every response, place and body that waited on it', async () => {
  scene = await begin();
  const { port, responses, finishers, logged, budget } = scene;
  const socket = await open(port);
  socket.write(Buffer.concat(Array(1 + QUEUED).fill(Buffer.from(ATTEST.join('')))));
  await until(() => finishers.length === 1 && budget() === 'full');
  socket.resetAndDestroy();
  await until(() => logged().length === 1 + QUEUED);
  expect(new Set(logged().map(({ request_id }) => request_id)).size).toBe(1 + QUEUED);
  expect(new Set(logged().map(({ route, complete }) => `${route} ${complete}`))).toEqual(
    new Set(['/v1/attest false']),
  );
  // The work goes on, and the rest stand in line for it: their bodies are held.
  expect(budget()).toBe('full');
  finishers[0]?.();
  await until(() => budget() === 'empty');
  // Nobody has had a turn whose client had gone, and whoever comes has one at once.
  expect(finishers).toHaveLength(1);
  const reply = fetch(`http://127.0.0.1:${port}/v1/attest`, {
    method: 'POST',
    body: BODY,
    headers: { 'Content-Type': 'application/json' },
  });
  await until(() => finishers.length === 2);
  finishers[1]?.();
  expect((await reply).status).toBe(200);
  await until(() => logged().length === 2 + QUEUED);
  await scene.close();
  // Closing turns to those that are not answered yet: there is none.
  expect(responses.map(({ shouldKeepAlive }) => shouldKeepAlive)).toEqual(Array(2 + QUEUED).fill(true));
});

test('a client that goes before its body is looked at gives back the room for it', async () => {
  let count: () => void = () => {};
  const counted = new Promise<void>((resolve) => {
    count = resolve;
  });
  scene = await begin({
    rateLimit: 100,
    countRequest: async () => {
      await counted;
      return { consumedPoints: 1, remainingPoints: 99, msBeforeNext: 1000 };
    },
  });
  const { port, responses, finishers, logged, budget, shares } = scene;
  const socket = await open(port);
  socket.write(Buffer.from(ATTEST.join('')));
  await until(() => responses.length === 1);
  socket.resetAndDestroy();
  await until(() => logged().length === 1);
  count();
  await until(() => shares() === 1 && budget() === 'empty');
  expect(finishers).toHaveLength(0);
});
