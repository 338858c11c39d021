import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { readArguments } from '../../src/agent/arguments.js';
import { AgentFailed, EXIT, TryAgain } from '../../src/agent/ending.js';
import { createExchange } from '../../src/agent/exchange.js';
import { submit, takeChallenge } from '../../src/agent/service.js';
import { localhostCertificate } from '../localhost-certificate.js';
import { type Listening, listen, problem } from './serving.js';

const open: Listening[] = [];
afterEach(async () => {
  for (const listening of open.splice(0)) await listening.close();
});

const NONCE = Buffer.alloc(64, 7).toString('base64url');
const ISSUER = 'https://attest.example';
const GOOD = {
  challenge: 'abc.def',
  nonce: NONCE,
  issuer: ISSUER,
  audience: 'open',
  binding: 'raw-nonce',
  expires_at: '2026-11-20T12:05:00Z',
  report_data: '07'.repeat(64),
};

const say =
  (status: number, body: string, headers: Readonly<Record<string, string>> = {}): RequestListener =>
  (_request, response) =>
    response.writeHead(status, headers).end(body);

async function challengeFrom(
  listener: RequestListener,
  stop = new AbortController().signal,
): Promise<unknown> {
  const listening = await listen(listener);
  open.push(listening);
  const args = ['--server', listening.url, '--issuer', ISSUER, '--audience', 'open', '--no-key', '--once'];
  const options = readArguments(args);
  if (options === null) throw new Error('no help was asked for');
  const exchange = createExchange({ authorities: null, stop });
  return takeChallenge(exchange, options, 'raw-nonce').catch((error: unknown) => error);
}

test('the documented shape', async () => {
  expect(await challengeFrom(say(201, JSON.stringify(GOOD)))).toEqual({
    challenge: 'abc.def',
    nonce: NONCE,
    nonceBytes: new Uint8Array(64).fill(7),
  });
});

test.each<[string, string]>([
  ['garbage', '<html>'],
  ['nothing', ''],
  ['no object', '[]'],
  ['with a member twice', JSON.stringify(GOOD).replace('}', `,"nonce":"${NONCE}"}`)],
  ['for another audience', JSON.stringify({ ...GOOD, audience: 'vault' })],
  ['of another binding', JSON.stringify({ ...GOOD, binding: 'v1' })],
  ['with a short nonce', JSON.stringify({ ...GOOD, nonce: 'AAAA' })],
  ['with a nonce that is none', JSON.stringify({ ...GOOD, nonce: 7 })],
  ['with other report data than its nonce', JSON.stringify({ ...GOOD, report_data: '08'.repeat(64) })],
  ['without report data', JSON.stringify({ ...GOOD, report_data: undefined })],
  ['with signs that none has', JSON.stringify({ ...GOOD, challenge: 'a b' })],
  ['too long', JSON.stringify({ ...GOOD, challenge: 'a'.repeat(2_049) })],
  ['endless', 'x'.repeat(300 * 1024)],
])('a challenge that is %s is not believed, and may be better next time', async (_name, body) => {
  expect(await challengeFrom(say(201, body))).toBeInstanceOf(TryAgain);
});

test('the challenge of another issuer is not signed', async () => {
  const error = await challengeFrom(say(201, JSON.stringify({ ...GOOD, issuer: 'https://other.example' })));
  expect(error).toBeInstanceOf(AgentFailed);
  expect(error).toMatchObject({
    exitCode: EXIT.usage,
    message: expect.stringContaining('https://other.example'),
  });
});

test('no redirect is followed', async () => {
  let asked = 0;
  const error = await challengeFrom((_request, response) => {
    asked += 1;
    response.writeHead(307, { Location: '/v1/elsewhere' }).end();
  });
  expect(error).toBeInstanceOf(TryAgain);
  expect(asked).toBe(1);
});

test.each<[number, number | null]>([
  [400, EXIT.usage],
  [401, EXIT.usage],
  [403, EXIT.denied],
  [404, EXIT.usage],
  [409, null],
  [413, EXIT.usage],
  [422, EXIT.refused],
  [429, null],
  [500, null],
  [503, null],
])('a problem with status %i', async (status, exitCode) => {
  const error = await challengeFrom(problem(status, 'some_code', 9));
  if (exitCode === null) {
    expect(error).toBeInstanceOf(TryAgain);
    expect(error).toMatchObject({ retryAfter: 9 });
  } else {
    expect(error).toBeInstanceOf(AgentFailed);
    expect(error).toMatchObject({ exitCode });
  }
  expect(error).toMatchObject({
    message: 'no challenge: some_code: So it is.',
    facts: { status, code: 'some_code', request_id: 'req_1' },
  });
});

test.each<[string, RequestListener]>([
  ['a page of a proxy', say(403, 'Forbidden')],
  ['a code that none has', say(422, '{"code":"\\u001b[2J"}')],
  ['a status that none has', say(204, '')],
])('%s is not a verdict', async (_name, listener) => {
  expect(await challengeFrom(listener)).toBeInstanceOf(TryAgain);
});

test('a date as Retry-After is no number of seconds', async () => {
  const error = await challengeFrom(say(503, '', { 'Retry-After': 'Fri, 20 Nov 2026 12:00:00 GMT' }));
  expect(error).toMatchObject({ retryAfter: null });
});

test('an answer that is cut short', async () => {
  const error = await challengeFrom((_request, response) => {
    response.writeHead(201, { 'Content-Length': '100' }).write('{');
    response.destroy();
  });
  expect(error).toBeInstanceOf(TryAgain);
});

test('an answer that switches protocols is none', async () => {
  const error = await challengeFrom((request) => {
    request.socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n');
  });
  expect(error).toBeInstanceOf(TryAgain);
  expect(error).toMatchObject({ message: 'the service does not answer: it speaks another protocol' });
});

test('a request that is under way when the agent is asked to stop', async () => {
  const stopping = new AbortController();
  const error = await challengeFrom(() => stopping.abort(), stopping.signal);
  expect(error).toBeInstanceOf(TryAgain);
});

const REPLY = {
  token: 'a.b.c',
  token_type: 'Bearer',
  expires_in: 300,
  expires_at: '2026-11-20T12:05:00Z',
  status: 'affirming',
  workload: 'llm-serving',
  reference_version: 1,
  decision: 'dec_1',
  warnings: [],
};

test.each<[string, object]>([
  ['no token', { ...REPLY, token: undefined }],
  ['a type that is not known', { ...REPLY, token_type: 'MAC' }],
  ['no life', { ...REPLY, expires_in: 0 }],
  ['too long a life', { ...REPLY, expires_in: 3_601 }],
  ['a life that is no number', { ...REPLY, expires_in: '300' }],
])('a reply with %s is not believed', async (_name, body) => {
  const listening = await listen(say(200, JSON.stringify(body)));
  open.push(listening);
  const exchange = createExchange({ authorities: null, stop: new AbortController().signal });
  await expect(submit(exchange, listening.url, {})).rejects.toBeInstanceOf(TryAgain);
  const good = await listen(say(200, JSON.stringify(REPLY)));
  open.push(good);
  expect(await submit(exchange, good.url, {})).toEqual({
    token: 'a.b.c',
    tokenType: 'Bearer',
    expiresIn: 300,
    workload: 'llm-serving',
    decision: 'dec_1',
  });
});

test('over TLS: the authority that is named, and no other', async () => {
  const { key, cert } = await localhostCertificate();
  const asked: string[] = [];
  const server = createHttpsServer({ key, cert }, (request, response) => {
    asked.push(request.url ?? '');
    response.end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `https://localhost:${(server.address() as AddressInfo).port}/v1/challenges`;
  const stop = new AbortController().signal;
  const request = { method: 'POST' as const, url, json: {}, accept: 'application/json' };
  try {
    const answer = await createExchange({ authorities: cert, stop })(request);
    expect(answer).toMatchObject({ status: 200, retryAfter: null });
    await expect(createExchange({ authorities: null, stop })(request)).rejects.toThrow(/SELF_SIGNED/u);
    expect(asked).toEqual(['/v1/challenges']);
  } finally {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});
