/** Clients that take their time: each ends within the limits of connections.ts, and nobody else waits for them. */
import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { CONNECTION_LIMITS, type ConnectionLimits } from '../../src/http/connections.js';
import { type Listening, listen } from '../../src/http/server.js';
import { createLog } from '../../src/platform/log.js';
import { type Door, OPENING, openDoor } from './door.js';
import { ended, exchange, open, requestOf } from './wire.js';

/** Short ones of the same kind, in milliseconds. */
const SHORT: ConnectionLimits = {
  ...CONNECTION_LIMITS,
  headers: 400,
  request: 1_200,
  keepAlive: 500,
  silence: 2_000,
  checkEvery: 100,
};
/** Far beyond all of them, also on a machine that has other things to do. */
const FAR = 15_000;

let door: Door;
const listenings: Listening[] = [];
const sockets: Socket[] = [];
beforeAll(async () => {
  door = await openDoor('slow');
}, OPENING);
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(listenings.splice(0).map((listening) => listening.close()));
});
afterAll(() => door.close());

/** Another door of the same service. */
async function listenWith(
  limits: Partial<ConnectionLimits>,
  trustedProxies: readonly string[] = [],
): Promise<number> {
  const listening = await listen(door.service.app, {
    addresses: [{ host: '127.0.0.1', port: 0 }],
    tls: null,
    log: createLog({ write: () => undefined }),
    limits: { ...SHORT, ...limits },
    trustedProxies,
  });
  listenings.push(listening);
  return Number(new URL(listening.url).port);
}

async function hold(port: number, count: number): Promise<Socket[]> {
  const held = await Promise.all(Array.from({ length: count }, () => open(port)));
  sockets.push(...held);
  return held;
}

/** Writes the piece again and again until the other side has had enough. */
function drip(socket: Socket, piece: string, every: number): void {
  const timer = setInterval(() => socket.write(piece), every);
  socket.once('close', () => clearInterval(timer));
}

async function expectServed(port: number): Promise<void> {
  const { replies } = await exchange(port, requestOf('GET', '/livez', { Connection: 'close' }), {
    patience: FAR,
  });
  expect(replies.map(({ status }) => status)).toEqual([200]);
}

const HEAD = 'POST /simulated/v1/attest HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';

describe('slow_client_bounded: a client that', () => {
  test.each<[string, (socket: Socket) => void]>([
    ['says nothing', () => undefined],
    ['begins a header and stops', (socket) => void socket.write(`${HEAD}X: `)],
    [
      'sends a header one byte at a time',
      (socket) => {
        socket.write(`${HEAD}X: `);
        drip(socket, 'a', 20);
      },
    ],
    [
      'sends header lines without an end',
      (socket) => {
        socket.write(HEAD);
        drip(socket, 'X: a\r\n', 20);
      },
    ],
    ['begins a body and stops', (socket) => void socket.write(`${HEAD}Content-Length: 5000\r\n\r\n{`)],
    [
      'sends a body one byte at a time',
      (socket) => {
        socket.write(`${HEAD}Content-Length: 5000\r\n\r\n{`);
        drip(socket, ' ', 20);
      },
    ],
    [
      'sends chunks without an end',
      (socket) => {
        socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
        drip(socket, '1\r\n \r\n', 20);
      },
    ],
    [
      'sends megabytes without an end',
      (socket) => {
        socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
        drip(socket, `10000\r\n${' '.repeat(0x1_0000)}\r\n`, 5);
      },
    ],
    [
      'sends trailers without an end',
      (socket) => {
        socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n`);
        drip(socket, 'X: a\r\n', 20);
      },
    ],
    [
      'sends a body that nobody wants, without an end',
      (socket) => {
        socket.write('GET /livez HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n');
        drip(socket, `10000\r\n${' '.repeat(0x1_0000)}\r\n`, 5);
      },
    ],
    [
      'asks once and keeps the connection',
      (socket) => void socket.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    ],
    [
      'asks for much and never reads',
      (socket) => {
        socket.pause();
        // Pages of some thousand bytes, until no buffer on the way takes any more.
        drip(socket, 'GET /problems/not_found HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(20), 10);
      },
    ],
  ])(
    '%s is shown the door',
    async (_what, begin) => {
      const port = await listenWith({});
      const [socket] = await hold(port, 1);
      if (socket === undefined) throw new TypeError('no socket');
      begin(socket);
      await expectServed(port);
      expect(await ended(socket)).toBeLessThan(FAR);
    },
    2 * FAR,
  );

  test('is a thousand idle ones at once: a good request is answered meanwhile, and they are closed', async () => {
    const port = await listenWith({ headers: 4_000, request: 4_000 });
    const idle = await hold(port, 1_000);
    const started = performance.now();
    const { replies } = await exchange(port, requestOf('GET', '/livez', { Connection: 'close' }));
    expect(replies.map(({ status }) => status)).toEqual([200]);
    const waited = performance.now() - started;
    await door.expectUntouched();
    const times = await Promise.all(idle.map(ended));
    process.stdout.write(`[hostile] beside 1000 idle connections: ${Math.ceil(waited)} ms\n`);
    expect(Math.max(...times)).toBeLessThan(FAR);
    await expectServed(port);
  }, 60_000);
});

describe('connections of one address', () => {
  test('are so many and no more; the others are not touched', async () => {
    const port = await listenWith({ connectionsPerAddress: 20, headers: 10_000, request: 10_000 });
    await hold(port, 20);
    const turnedAway = await exchange(port, requestOf('GET', '/livez'));
    expect({ text: turnedAway.text, closed: turnedAway.closed }).toEqual({ text: '', closed: true });
    const other = await open(port, '127.0.0.1');
    expect(await ended(other)).toBeLessThan(FAR);
    // One that ends makes room for another.
    const [first] = sockets;
    first?.destroy();
    for (let tries = 0; tries < 100; tries += 1) {
      const { replies } = await exchange(port, requestOf('GET', '/livez', { Connection: 'close' }));
      if (replies[0]?.status === 200) return;
    }
    throw new Error('a connection that ended is still counted');
  });

  test('of a trusted proxy are not counted, since it speaks for many', async () => {
    for (const proxies of [['127.0.0.0/8'], ['::1', '127.0.0.1']]) {
      const port = await listenWith({ connectionsPerAddress: 5 }, proxies);
      await hold(port, 30);
      await expectServed(port);
    }
  });
});

test('afterwards', () => door.expectUntouched());
