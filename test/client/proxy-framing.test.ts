/** Requests that two readers could cut apart in two ways: refused, and what hides behind them reaches nobody. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type ProxyRig, startRig } from './proxy-rig.js';

let rig: ProxyRig;
beforeAll(async () => {
  rig = await startRig();
});
afterEach(() => {
  rig.broker.reached.length = 0;
});
afterAll(() => rig.close());

const HIDDEN = 'GET /hidden HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n';

/** Header lines and a body after good credentials. */
async function post(lines: string, body = '', path = '/keys'): Promise<string> {
  const head = `POST ${path} HTTP/1.1\r\nHost: b\r\n${await rig.credentials('POST', path)}`;
  return rig.wire(`${head}${lines}\r\n${body}`);
}

const statusesIn = (reply: string) =>
  [...reply.matchAll(/HTTP\/1\.1 (\d{3}) /gu)].map(([, status]) => status);

describe('framing', () => {
  test.each<[string, string, string]>([
    ['a length beside chunks', 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${HIDDEN}`],
    ['chunks beside a length', 'Transfer-Encoding: chunked\r\nContent-Length: 4\r\n', `0\r\n\r\n${HIDDEN}`],
    ['two lengths', 'Content-Length: 4\r\nContent-Length: 5\r\n', `body${HIDDEN}`],
    ['a list of lengths', 'Content-Length: 4, 4\r\n', `body${HIDDEN}`],
    ['a length with a sign', 'Content-Length: +4\r\n', `body${HIDDEN}`],
    ['two transfer codings', 'Transfer-Encoding: chunked, identity\r\n', `0\r\n\r\n${HIDDEN}`],
    ['an unknown transfer coding', 'Transfer-Encoding: gzip, chunked\r\n', `0\r\n\r\n${HIDDEN}`],
    ['chunked twice', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${HIDDEN}`],
    ['a space before a colon', 'Transfer-Encoding : chunked\r\n', `0\r\n\r\n${HIDDEN}`],
    ['a folded line', 'X-A: 1\r\n Content-Length: 4\r\n', HIDDEN],
    ['bare line feeds', 'X-A: 1\nX-B: 2\r\n', HIDDEN],
    ['a chunk size with a blank', 'Transfer-Encoding: chunked\r\n', `0 \r\n\r\n${HIDDEN}`],
    ['another expectation', 'Expect: 200-ok\r\nContent-Length: 0\r\n', HIDDEN],
  ])('with %s is refused', async (_name, lines, body) => {
    const reply = await post(lines, body);
    expect(statusesIn(reply)[0]).toBe('400');
    expect(rig.broker.reached).toEqual([]);
  });

  test('that is clear is passed on, and what follows is another request', async () => {
    const reply = await post('Content-Length: 4\r\n', `body${HIDDEN}`);
    expect(statusesIn(reply)).toEqual(['200', '401']);
    expect(rig.broker.reached.map(({ url, body }) => `${url} ${body}`)).toEqual(['/keys body']);
  });

  test('of HTTP/1.0 with chunks is refused', async () => {
    const head = `POST /keys HTTP/1.0\r\nHost: b\r\n${await rig.credentials('POST', '/keys')}`;
    const reply = await rig.wire(`${head}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`);
    expect(statusesIn(reply)[0]).toBe('400');
    expect(rig.broker.reached).toEqual([]);
  });
});

describe('a refusal', () => {
  const head = 'POST /keys HTTP/1.1\r\nHost: b\r\nContent-Length: ';

  test('reads the rest of the body, and no request out of it', async () => {
    const reply = await rig.wire(`${head}${HIDDEN.length}\r\n\r\n${HIDDEN}${HIDDEN}`);
    expect(statusesIn(reply)).toEqual(['401', '401']);
  });

  test('of a request that waits to be asked for its body is the last answer', async () => {
    const reply = await rig.wire(`${head}${HIDDEN.length}\r\nExpect: 100-continue\r\n\r\n`);
    expect(statusesIn(reply)).toEqual(['401']);
    expect(reply.toLowerCase()).toContain('\r\nconnection: close\r\n');
  });
});

describe('a header', () => {
  test.each<[string, string]>([
    ['with a second token', 'Authorization: Bearer other\r\n'],
    ['with a second proof', 'DPoP: other\r\n'],
    ['with a second host', 'Host: other\r\n'],
    ['with a hundred lines more', 'X-A: 1\r\n'.repeat(100)],
  ])('%s is refused', async (_name, lines) => {
    const reply = await post(`${lines}Connection: close\r\n`);
    expect(statusesIn(reply)).toEqual(['400']);
    expect(rig.broker.reached).toEqual([]);
  });

  test('that is too long is refused', async () => {
    const reply = await post(`X-A: ${'a'.repeat(33_000)}\r\n`);
    expect(statusesIn(reply)).toEqual(['431']);
  });
});

describe('a target', () => {
  test.each([
    ...['/keys/../admin', '/keys/%2e%2e/admin', '/keys/.', '/%6beys', '/keys\\admin', '//other.example/keys'],
    ...['http://other.example/keys', '/keys#fragment', '*', '/keys/%zz', '/k"eys'],
  ])('%s is refused', async (target) => {
    const proof = await rig.credentials('POST', '/admin');
    const reply = await rig.wire(
      `POST ${target} HTTP/1.1\r\nHost: b\r\n${proof}Connection: close\r\nContent-Length: 0\r\n\r\n`,
    );
    expect(statusesIn(reply)).toEqual(['400']);
    expect(rig.broker.reached).toEqual([]);
  });

  test.each(['/keys?access_token=a', '/keys?a=1&Access_Token=a', '/keys??&access%5Ftoken=a'])(
    '%s brings a second token and is refused',
    async (target) => {
      const credentials = await rig.credentials('GET', '/keys');
      const reply = await rig.wire(
        `GET ${target} HTTP/1.1\r\nHost: b\r\n${credentials}Connection: close\r\n\r\n`,
      );
      expect(statusesIn(reply)).toEqual(['400']);
      expect(rig.broker.reached).toEqual([]);
    },
  );

  test('that is longer than proofs name is refused', async () => {
    const reply = await rig.wire(
      `GET /${'a'.repeat(3000)} HTTP/1.1\r\nHost: b\r\n${await rig.credentials('GET', '/')}Connection: close\r\n\r\n`,
    );
    expect(statusesIn(reply)).toEqual(['400']);
  });

  test.each(['/keys/a%2Fb', '/keys/~x;v=1,2', '/?a=../b', '/keys/'])(
    '%s is passed on as it is',
    async (target) => {
      const path = target.split('?')[0] ?? '';
      const reply = await rig.wire(
        `GET ${target} HTTP/1.1\r\nHost: b\r\n${await rig.credentials('GET', path)}Connection: close\r\n\r\n`,
      );
      expect(statusesIn(reply)).toEqual(['200']);
      expect(rig.broker.reached.map(({ url }) => url)).toEqual([target]);
    },
  );

  test.each(['TRACE', 'PROPFIND'])('of the method %s is refused', async (method) => {
    const reply = await rig.wire(
      `${method} /keys HTTP/1.1\r\nHost: b\r\n${await rig.credentials(method, '/keys')}Connection: close\r\n\r\n`,
    );
    expect(statusesIn(reply)).toEqual(['400']);
  });

  test('of CONNECT gets no tunnel', async () => {
    const reply = await rig.wire(`CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n${HIDDEN}`);
    expect(statusesIn(reply)).not.toContain('200');
    expect(rig.broker.reached).toEqual([]);
  });
});
