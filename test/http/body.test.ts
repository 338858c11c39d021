import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { receiveBody } from '../../src/http/body.js';
import { createBodyBudget } from '../../src/http/body-budget.js';
import { BYTES_TYPE, type Route } from '../../src/http/route.js';
import { refusalCodeOf } from '../contract/refused.js';

const MOST = 1000;
const ROUTE = { bodies: [{ mediaType: BYTES_TYPE, maxBytes: MOST, schema: null }] } as unknown as Route;

let server: Server;
let socket: Socket;
beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
});
afterEach(() => {
  socket.destroy();
  server.close();
});

/** The head of a request for so many bytes has come; none of them has been read. */
async function arrived(length: number): Promise<IncomingMessage> {
  const requested = once(server, 'request');
  socket.write(
    `POST / HTTP/1.1\r\nHost: a\r\nContent-Type: ${BYTES_TYPE}\r\nContent-Length: ${length}\r\n\r\n`,
  );
  const [request] = (await requested) as [IncomingMessage];
  return request;
}

const receive = (request: IncomingMessage) => receiveBody(request, ROUTE, createBodyBudget()('192.0.2.1'));

describe('bodies', () => {
  test('come whole, however they are cut', async () => {
    const request = await arrived(300);
    const received = receive(request);
    for (const [place, letter] of ['a', 'b', 'c'].entries()) {
      socket.write(letter.repeat(100));
      if (place === 0) await once(request, 'data');
    }
    const body = await received;
    expect(Buffer.from(body?.bytes ?? []).toString()).toBe(
      'a'.repeat(100) + 'b'.repeat(100) + 'c'.repeat(100),
    );
  });

  test('of which a part never comes are refused when the client goes', async () => {
    const request = await arrived(300);
    const received = receive(request);
    socket.write('a'.repeat(100));
    await once(request, 'data');
    socket.destroy();
    expect(await refusalCodeOf(received)).toBe('request_invalid');
  });

  test('whose client went before anybody read them are refused, and wait for nothing', async () => {
    const request = await arrived(300);
    socket.destroy();
    await new Promise((resolve) => request.on('close', resolve));
    expect(await refusalCodeOf(receive(request))).toBe('request_invalid');
  });

  test('that are too large are refused once they have come, and nobody listens to them any more', async () => {
    const request = await arrived(MOST + 1);
    const received = receive(request);
    socket.write('a'.repeat(MOST + 1));
    expect(await refusalCodeOf(received)).toBe('evidence_too_large');
    expect(request.listenerCount('data')).toBe(0);
    expect(request.listenerCount('close')).toBe(0);
  });

  test('beyond what an address may have under way are refused', async () => {
    const budget = createBodyBudget({ perAddress: 100, altogether: 1000 });
    const request = await arrived(300);
    const received = receiveBody(request, ROUTE, budget('192.0.2.1'));
    expect(await refusalCodeOf(received)).toBe('rate_limited');
  });
});
