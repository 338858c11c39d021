/** Sizes, rates, times and headers of requests, on a listening server. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Listening, listen } from '../../src/http/server.js';
import { createLog } from '../../src/platform/log.js';
import { startTestService, type TestService } from './service.js';

let service: TestService;
let listening: Listening;
beforeAll(async () => {
  service = await startTestService({ ASSAY_RATE_LIMIT: '50', ASSAY_TRUSTED_PROXIES: '127.0.0.0/8' });
  listening = await listen(service.app, {
    addresses: [
      { host: '127.0.0.1', port: 0 },
      { host: '::1', port: 0 },
    ],
    tls: null,
    log: createLog({ write: () => {} }),
  });
});
afterAll(async () => {
  await listening.close();
  await service.close();
});

const from = (address: string, path = '/problems/not_found') =>
  fetch(`${listening.url}${path}`, { headers: { 'X-Forwarded-For': address } });

describe('rates', () => {
  test('are counted per address, with headers that say what is left', async () => {
    const replies = await Promise.all(Array.from({ length: 60 }, () => from('192.0.2.1')));
    const limited = replies.filter((reply) => reply.status === 429);
    expect(limited.length).toBeGreaterThan(0);
    expect(limited.length).toBeLessThanOrEqual(10);
    expect(limited[0]?.headers.get('retry-after')).toBe('1');
    expect(limited[0]?.headers.get('ratelimit')).toMatch(/^"address";r=0;t=1$/);
    expect(replies[0]?.headers.get('ratelimit-policy')).toBe('"address";q=50;w=1');
    expect((await from('192.0.2.2')).status).toBe(200);
  });

  test('an IPv6 subscriber is one address', async () => {
    const replies = await Promise.all(
      Array.from({ length: 60 }, (_, index) => from(`2001:db8::${index + 1}`)),
    );
    expect(replies.some((reply) => reply.status === 429)).toBe(true);
    expect((await from('2001:db8:0:1::1')).status).toBe(200);
  });

  test('do not concern probes', async () => {
    const replies = await Promise.all(Array.from({ length: 60 }, () => from('192.0.2.9', '/livez')));
    expect(new Set(replies.map((reply) => reply.status))).toEqual(new Set([200]));
  });
});

describe('bodies', () => {
  const post = (path: string, body: string | Buffer, headers: Record<string, string>) =>
    fetch(`${listening.url}${path}`, { method: 'POST', body, headers });
  const codeOf = async (reply: Response) => ({
    status: reply.status,
    code: ((await reply.json()) as { code: string }).code,
  });

  test('too large is 413, with the connection closed', async () => {
    const reply = await post('/v1/challenges', Buffer.alloc(64 * 1024, 0x20), {
      'Content-Type': 'application/json',
    });
    expect(await codeOf(reply)).toEqual({ status: 413, code: 'evidence_too_large' });
    const evidence = await post('/v1/attest?challenge=x&audience=y', Buffer.alloc(200 * 1024), {
      'Content-Type': 'application/octet-stream',
    });
    expect(await codeOf(evidence)).toEqual({ status: 413, code: 'evidence_too_large' });
  });

  test.each([
    ['no type', {}],
    ['another type', { 'Content-Type': 'text/plain' }],
    ['another character set', { 'Content-Type': 'application/json; charset=utf-16' }],
    ['compression', { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }],
  ])('%s is 415', async (_what, headers) => {
    const reply = await post('/v1/challenges', Buffer.from('{}'), headers as Record<string, string>);
    expect(await codeOf(reply)).toEqual({ status: 415, code: 'media_type_unsupported' });
  });

  test.each([
    ['not JSON', 'nonsense', 'evidence_encoding_invalid'],
    ['nothing', '', 'evidence_encoding_invalid'],
    ['two documents', '{} {}', 'evidence_encoding_invalid'],
    ['an array', '[]', 'request_invalid'],
    ['another type of member', '{"audience":null}', 'request_invalid'],
    ['__proto__', '{"audience":"a","__proto__":{}}', 'member_unknown'],
  ])('%s is refused', async (_what, text, code) => {
    const reply = await post('/v1/challenges', text, { 'Content-Type': 'application/json; charset=UTF-8' });
    expect(await codeOf(reply)).toEqual({ status: 400, code });
  });

  test.each<[object, string]>([
    [{}, '`audience` is missing: it must be text.'],
    [{ audience: 7 }, '`audience` must be text.'],
    [{ audience: 'a b' }, '`audience` must be 1 to 255 printable ASCII characters without spaces.'],
    [
      { audience: 'a', rp_nonce: 'short' },
      '`rp_nonce` must be 8 to 88 printable ASCII characters without spaces.',
    ],
    [{ audience: 'a', binding: '' }, '`binding` must have 1 to 32 characters.'],
  ])('%j is refused in words of its own', async (body, detail) => {
    const reply = await post('/v1/challenges', JSON.stringify(body), { 'Content-Type': 'application/json' });
    expect(await reply.json()).toMatchObject({ code: 'request_invalid', detail });
  });

  test('with JSON, the query of attest must be empty', async () => {
    const reply = await post('/v1/attest?audience=x', '{}', { 'Content-Type': 'application/json' });
    expect(await codeOf(reply)).toEqual({ status: 400, code: 'member_unknown' });
  });
});

describe('a slow or broken client', () => {
  test('hinders nobody', async () => {
    const port = Number(new URL(listening.url).port);
    const socket = connect(port, '127.0.0.1');
    socket.write(
      'POST /v1/challenges HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    );
    expect((await from('192.0.2.20')).status).toBe(200);
    socket.destroy();
    while (!service.logLines.some((line) => line.includes('"complete":false'))) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(service.logLines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
    const garbage = connect(port, '127.0.0.1');
    const answer = await new Promise<string>((resolve) => {
      garbage.once('data', (bytes) => resolve(bytes.toString('latin1')));
      garbage.write('GARBAGE\r\n\r\n');
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect((await from('192.0.2.20')).status).toBe(200);
  });
});

describe('headers', () => {
  test('every reply has an id and a trace that go on from the caller’s', async () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const reply = await fetch(`${listening.url}/livez`, {
      headers: { 'X-Request-Id': 'caller-0001', traceparent: `00-${trace}-00f067aa0ba902b7-01` },
    });
    expect(reply.headers.get('x-request-id')).toBe('caller-0001');
    const traceparent = reply.headers.get('traceparent') ?? '';
    expect(traceparent).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`));
    expect(traceparent).not.toContain('00f067aa0ba902b7');
    const own = await fetch(`${listening.url}/livez`, {
      headers: { 'X-Request-Id': 'not fit for a log', traceparent: '00-0-0-0' },
    });
    expect(own.headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{24}$/);
    expect(own.headers.get('traceparent')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  });

  test('security headers are set, and nothing names the framework', async () => {
    const { headers } = await fetch(`${listening.url}/livez`);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('strict-transport-security')).toBeNull();
  });

  test('a wrong method is told the right ones', async () => {
    const reply = await fetch(`${listening.url}/v1/workloads`, { method: 'DELETE' });
    expect(reply.status).toBe(405);
    expect(reply.headers.get('allow')?.split(', ').sort()).toEqual(['GET', 'HEAD', 'POST']);
  });

  test.each(['/%', '/v1/workloads/%E0%A4%A', '/problems/..%2f..', '//v1/challenges', '/v1/workloads/'])(
    'the path %s leads nowhere',
    async (path) => {
      const reply = await fetch(`${listening.url}${path}`);
      expect(reply.status).toBeGreaterThanOrEqual(400);
      expect(reply.status).toBeLessThan(500);
    },
  );
});
