import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

interface Connection {
  exchange(request: string): Promise<{ readonly status: number; readonly body: string }>;
  readonly usable: boolean;
  close(): void;
}

let server: Server;
let answer: (socket: Socket) => void;
let connection: Connection;

beforeEach(async () => {
  server = createServer((socket) => socket.on('data', () => answer(socket)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  /** A plain script, seen from the built test. */
  const { openConnection } = await import(new URL('../../../bench/connection.mjs', import.meta.url).href);
  connection = openConnection({ host: '127.0.0.1', port: address.port });
});

afterEach(async () => {
  connection.close();
  await new Promise((resolve) => server.close(resolve));
});

test('an answer may come in pieces, and the next goes over the same connection', async () => {
  answer = (socket) => {
    socket.write('HTTP/1.1 201 Created\r\nContent-Le');
    setImmediate(() => socket.write('ngth: 4\r\n\r\nca'));
    setImmediate(() => setImmediate(() => socket.write('fé'.slice(1))));
  };
  // “fé” without its f is two bytes.
  expect(await connection.exchange('one')).toEqual({ status: 201, body: 'caé' });
  answer = (socket) => socket.write('HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n');
  expect(await connection.exchange('two')).toEqual({ status: 503, body: '' });
});

test.each([
  ['no length', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 'no answer with a length'],
  ['something else', 'SSH-2.0-x\r\n\r\n', 'no answer with a length'],
  ['two answers', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab', 'more than one answer'],
])('%s is a failure, and the connection is of no more use', async (_name, text, words) => {
  answer = (socket) => socket.write(text);
  await expect(connection.exchange('one')).rejects.toThrow(words);
  expect(connection.usable).toBe(false);
  await expect(connection.exchange('two')).rejects.toThrow(words);
});

test('a connection that ends and one that is busy reject', async () => {
  answer = (socket) => socket.end();
  const first = connection.exchange('one');
  await expect(connection.exchange('two')).rejects.toThrow('in use');
  await expect(first).rejects.toThrow('ended the connection');
});
