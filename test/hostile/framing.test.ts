/**
 * Requests that two readers could cut apart in two ways, methods and targets of proxies, header floods, pipelines.
 * Behind each of the first kind a second request is smuggled: nobody may answer it.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Door, expectBareRefusal, OPENING, openDoor, refusedWith } from './door.js';
import { type Exchange, type Piece, requestOf } from './wire.js';

let door: Door;
beforeAll(async () => {
  door = await openDoor('framing');
}, OPENING);
afterAll(() => door.close());

/** How long a second answer would have to begin. */
const QUIET = 150;
const HOST = 'Host: localhost\r\n';
const JSON_TYPE = 'Content-Type: application/json\r\n';
const CHUNKED = 'Transfer-Encoding: chunked\r\n';
const DOORS = ['attest', 'appraise', 'endorsements/import', 'challenges'] as const;

/** Head of a POST that is framed as the lines say. */
function post(path: string, lines: string, version = '1.1'): string {
  const type = path.endsWith('import') ? 'Content-Type: application/x-tar\r\n' : JSON_TYPE;
  const authorization = `Authorization: Bearer ${door.service.adminKey}\r\n`;
  return `POST /simulated/v1/${path} HTTP/${version}\r\n${HOST}${type}${authorization}${lines}\r\n`;
}

const smuggled = (): string =>
  `GET /livez?${door.mark()} HTTP/1.1\r\n${HOST}X-Smuggled: ${door.mark()}\r\n\r\n`;

const send = (text: Piece): Promise<Exchange> => door.send([text], { quiet: QUIET });

/** Refused by the application, with its code, and nothing behind it is read. */
function expectProblem(answer: Exchange, code = 'request_invalid'): void {
  expect(refusedWith(answer)).toBe(code);
  expect(answer.closed).toBe(true);
}

describe('two lengths, or a length that is none', () => {
  test.each<[string, string, string]>([
    ['Content-Length before Transfer-Encoding', `Content-Length: 5\r\n${CHUNKED}`, '0\r\n\r\n'],
    ['Content-Length behind Transfer-Encoding', `${CHUNKED}Content-Length: 5\r\n`, '0\r\n\r\n'],
    ['Content-Length twice, the same', 'Content-Length: 2\r\nContent-Length: 2\r\n', '{}'],
    ['Content-Length twice, another', 'Content-Length: 2\r\nContent-Length: 50\r\n', '{}'],
    ['a list of lengths', 'Content-Length: 2, 2\r\n', '{}'],
    ['a length with a sign', 'Content-Length: +2\r\n', '{}'],
    ['a negative length', 'Content-Length: -2\r\n', '{}'],
    ['a length in hex', 'Content-Length: 0x2\r\n', '{}'],
    ['a length of two numbers', 'Content-Length: 2 2\r\n', '{}'],
    ['a length without digits', 'Content-Length:\r\n', '{}'],
    ['a length beyond 64 bits', 'Content-Length: 99999999999999999999999\r\n', '{}'],
    ['a length on the next line', 'Content-Length:\r\n 2\r\n', '{}'],
    ['a space before the colon', 'Content-Length : 2\r\n', '{}'],
    ['Transfer-Encoding twice', `${CHUNKED}${CHUNKED}`, '0\r\n\r\n'],
    ['chunked, then identity', `${CHUNKED}Transfer-Encoding: identity\r\n`, '0\r\n\r\n'],
    ['chunked that is not last', 'Transfer-Encoding: chunked, identity\r\n', '0\r\n\r\n'],
    ['Transfer-Encoding with a space before the colon', 'Transfer-Encoding : chunked\r\n', '0\r\n\r\n'],
    ['Transfer-Encoding behind a vertical tab', 'Transfer-Encoding: \x0bchunked\r\n', '0\r\n\r\n'],
    ['Transfer-Encoding on the next line', 'Transfer-Encoding:\r\n chunked\r\n', '0\r\n\r\n'],
    ['Transfer-Encoding behind a bare line feed', `X: x\n${CHUNKED}`, '0\r\n\r\n'],
    ['a header line that is folded', 'X: a\r\n b\r\nContent-Length: 2\r\n', '{}'],
    ['a bare carriage return', 'X: a\rContent-Length: 2\r\n', '{}'],
    ['a first header line that is indented', ' X: a\r\nContent-Length: 2\r\n', '{}'],
    ['a header line without a name', ': a\r\nContent-Length: 2\r\n', '{}'],
    ['a header name with a control byte', 'X\x01: a\r\nContent-Length: 2\r\n', '{}'],
    ['a header value with a zero byte', 'X: a\0b\r\nContent-Length: 2\r\n', '{}'],
  ])('%s', async (_what, lines, body) => {
    for (const path of DOORS) expectBareRefusal(await send(post(path, lines) + body + smuggled()), 400);
  });

  test.each<[string, string]>([
    ['an unknown coding', 'Transfer-Encoding: xchunked\r\n'],
    ['a coding in quotation marks', 'Transfer-Encoding: "chunked"\r\n'],
    ['identity, then chunked', 'Transfer-Encoding: identity, chunked\r\n'],
    ['gzip, then chunked', 'Transfer-Encoding: gzip, chunked\r\n'],
  ])('%s', async (_what, lines) => {
    for (const path of DOORS) {
      const answer = await send(`${post(path, lines)}0\r\n\r\n${smuggled()}`);
      // Node’s parser takes one half of them, framing.ts the other.
      if (answer.replies[0]?.body === '') expectBareRefusal(answer, 400);
      else expectProblem(answer);
    }
  });

  test('Transfer-Encoding in HTTP/1.0', async () => {
    expectBareRefusal(await send(`${post('attest', CHUNKED, '1.0')}0\r\n\r\n${smuggled()}`), 400);
  });
});

describe('chunks', () => {
  test.each<[string, string, number]>([
    ['of a size with a prefix', '0x2\r\n{}\r\n0\r\n\r\n', 400],
    ['of a negative size', '-2\r\n{}\r\n0\r\n\r\n', 400],
    ['of a size beyond 64 bits', 'FFFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n', 400],
    ['of a size with a space', '2 \r\n{}\r\n0\r\n\r\n', 400],
    ['of a size behind a bare line feed', '2\n{}\r\n0\r\n\r\n', 400],
    ['without an end', '2\r\n{}XX0\r\n\r\n', 400],
    ['with an extension behind a bare line feed', '2;a\n{}\r\n0\r\n\r\n', 400],
    ['with an extension of 20,000 bytes', `2;${'a'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`, 413],
    ['with a length among the trailers', '2\r\n{}\r\n0\r\nContent-Length: 7\r\n\r\n', 400],
    ['with an encoding among the trailers', '2\r\n{}\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n', 400],
    ['with 100,000 trailers', `2\r\n{}\r\n0\r\n${'a: b\r\n'.repeat(100_000)}\r\n`, 431],
  ])('%s', async (_what, body, status) => {
    for (const path of DOORS) expectBareRefusal(await send(post(path, CHUNKED) + body + smuggled()), status);
  });

  test('with an extension, and with trailers that say nothing: as RFC 9112 has it', async () => {
    for (const body of ['2;a=b\r\n{}\r\n0\r\n\r\n', '2\r\n{}\r\n0\r\nX-Check: 1\r\n\r\n']) {
      expect(refusedWith(await send(post('challenges', CHUNKED) + body))).toBe('request_invalid');
    }
  });
});

describe('request lines', () => {
  test.each<[string, (mark: string) => string]>([
    ['a space in the target', (mark) => `GET /livez /${mark} HTTP/1.1\r\n${HOST}\r\n`],
    ['a tab', (mark) => `GET\t/${mark}\tHTTP/1.1\r\n${HOST}\r\n`],
    ['a zero byte', (mark) => `GET /${mark}\0 HTTP/1.1\r\n${HOST}\r\n`],
    ['a control byte', (mark) => `GET /${mark}\x01 HTTP/1.1\r\n${HOST}\r\n`],
    ['a byte beyond ASCII', (mark) => `GET /${mark}\xff HTTP/1.1\r\n${HOST}\r\n`],
    ['a target without a slash', (mark) => `GET ${mark}.example:80 HTTP/1.1\r\n${HOST}\r\n`],
    ['a method that is none', (mark) => `${mark} /livez HTTP/1.1\r\n${HOST}\r\n`],
    ['a method in lowercase', (mark) => `get /${mark} HTTP/1.1\r\n${HOST}\r\n`],
    ['a version that does not exist', (mark) => `GET /${mark} HTTP/1.2\r\n${HOST}\r\n`],
    ['another protocol', (mark) => `GET /${mark} ICE/1.0\r\n${HOST}\r\n`],
    ['the preface of HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a TLS hello', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['bare line feeds', (mark) => `GET /${mark} HTTP/1.1\nHost: localhost\n\n`],
    ['no host', (mark) => `GET /livez?${mark} HTTP/1.1\r\n\r\n`],
  ])('%s', async (_what, write) => {
    const answer = await send(write(door.mark()));
    expect(answer.replies.map(({ status, body }) => ({ status, body }))).toEqual([{ status: 400, body: '' }]);
    expect(answer.closed).toBe(true);
  });

  test.each<[string, (mark: string) => string]>([
    ['two hosts', (mark) => `GET /livez HTTP/1.1\r\n${HOST}Host: ${mark}.example\r\n\r\n`],
    ['an empty host', () => 'GET /livez HTTP/1.1\r\nHost:\r\n\r\n'],
    ['a host that is none', (mark) => `GET /livez HTTP/1.1\r\nHost: ${mark} x/../@\r\n\r\n`],
    ['version 0.9', (mark) => `GET /livez?${mark}\r\n\r\n`],
    ['version 2.0', (mark) => `GET /livez?${mark} HTTP/2.0\r\n${HOST}\r\n`],
    ['another expectation', (mark) => `${post('attest', `Expect: ${mark}\r\nContent-Length: 2\r\n`)}{}`],
  ])('%s', async (_what, write) => {
    expectProblem(await send(write(door.mark()) + smuggled()));
  });

  test('the absolute form leads nowhere else', async () => {
    for (const target of [
      'http://evil.example/livez',
      'https://localhost/v1/attest',
      '//evil.example/livez',
    ]) {
      expect(refusedWith(await send(`GET ${target} HTTP/1.1\r\n${HOST}\r\n`))).toBe('not_found');
    }
    expect(refusedWith(await send(`OPTIONS * HTTP/1.1\r\n${HOST}\r\n`))).toBe('not_found');
  });

  test('CONNECT ends the connection', async () => {
    const answer = await send(`CONNECT ${door.mark()}.example:443 HTTP/1.1\r\n${HOST}\r\n${smuggled()}`);
    expect({ text: answer.text, closed: answer.closed }).toEqual({ text: '', closed: true });
  });

  test('TRACE gives nothing back', async () => {
    for (const path of ['/livez', '/simulated/v1/attest']) {
      const answer = await send(`TRACE ${path} HTTP/1.1\r\n${HOST}X-Secret: ${door.mark()}\r\n\r\n`);
      expect(refusedWith(answer)).toBe('method_not_allowed');
    }
  });

  test.each(['websocket', 'h2c', 'TLS/1.2'])('Upgrade to %s is not taken up', async (protocol) => {
    const lines = `Connection: Upgrade\r\nUpgrade: ${protocol}\r\nSec-WebSocket-Key: ${door.mark()}\r\n`;
    const answer = await send(`GET /nothing HTTP/1.1\r\n${HOST}${lines}\r\n`);
    expect(refusedWith(answer)).toBe('not_found');
    expect(answer.text).not.toMatch(/^HTTP\/1\.1 101|^upgrade:/im);
  });

  test('100-continue is met, and the body is still judged', async () => {
    const answer = await send(`${post('attest', 'Expect: 100-continue\r\nContent-Length: 2\r\n')}{}`);
    expect(answer.text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 400 /);
    expect(refusedWith(answer)).toBe('request_invalid');
  });
});

describe('floods', () => {
  const get = (lines: string): string => `GET /livez HTTP/1.1\r\n${HOST}${lines}\r\n`;

  test.each<[string, (mark: string) => string]>([
    ['one line of 5 MB', (mark) => get(`X: ${mark.repeat(250_000)}\r\n`)],
    ['lines without an end', (mark) => get(`X: ${mark}\r\n`.repeat(100_000))],
    ['a name of 20,000 bytes', () => get(`${'x'.repeat(20_000)}: 1\r\n`)],
    ['a target of 20,000 bytes', () => `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n${HOST}\r\n`],
    ['a cookie of 17,000 bytes', (mark) => get(`Cookie: ${mark}${'a'.repeat(17_000)}\r\n`)],
  ])('%s', async (_what, write) => {
    expectBareRefusal(await send(write(door.mark())), 431);
  });

  test('a line too many is refused, not forgotten', async () => {
    const lines = (count: number) =>
      Array.from({ length: count }, (_, index) => `X-${index}: 1\r\n`).join('');
    expect((await send(get(lines(63)))).replies.map(({ status }) => status)).toEqual([200]);
    expectProblem(await send(get(lines(64)) + smuggled()));
    expectProblem(await send(get(lines(1500)) + smuggled()));
  });

  test('a method of endless letters', async () => {
    const answer = await send('G'.repeat(1_000_000));
    expectBareRefusal(answer, 400);
  });
});

describe('pipelines', () => {
  test('are answered one by one, in their order', async () => {
    const paths = Array.from({ length: 32 }, (_, index) =>
      index % 2 === 0 ? '/livez' : `/nothing-${index}`,
    );
    const requests = paths.map((path) => `GET ${path} HTTP/1.1\r\n${HOST}\r\n`).join('');
    const { replies } = await send(requests);
    expect(replies.map(({ status }) => status)).toEqual(paths.map((path) => (path === '/livez' ? 200 : 404)));
    const instances = replies.map(({ body }) => /"instance":"([^"]+)"/.exec(body)?.[1] ?? '/livez');
    expect(instances).toEqual(paths);
  });

  test('of a thousand end the connection', async () => {
    const request = `GET /livez?${door.mark()} HTTP/1.1\r\n${HOST}\r\n`;
    const { closed, replies } = await door.send([request.repeat(1_000)]);
    expect(closed).toBe(true);
    expect(replies.length).toBeLessThan(1_000);
  });

  test('with nonsense in the middle end there', async () => {
    const good = `GET /livez HTTP/1.1\r\n${HOST}\r\n`;
    const { replies, closed } = await send(`${good}\0${door.mark()}\r\n\r\n${good}`);
    expect(closed).toBe(true);
    expect(replies.length).toBeLessThanOrEqual(2);
    expect(replies.at(-1)?.status).toBe(400);
  });

  test('behind a refused body are not read', async () => {
    const [head = '', body = ''] = requestOf(
      'POST',
      '/simulated/v1/attest',
      {
        'Content-Type': 'application/json',
        'Content-Length': '6000000',
      },
      'x'.repeat(100_000),
    );
    const answer = await door.send([head, body, smuggled(), Buffer.alloc(5_800_000, 0x20)], { quiet: QUIET });
    expect(answer.closed).toBe(true);
    expect(answer.replies.length).toBeLessThanOrEqual(1);
  });

  test('a body that the route has no use for ends the connection', async () => {
    const text = `GET /livez HTTP/1.1\r\n${HOST}Content-Length: 100000000000\r\n\r\n${door.mark()}`;
    const { replies, closed } = await send(text);
    expect({ statuses: replies.map(({ status }) => status), closed }).toEqual({
      statuses: [200],
      closed: true,
    });
  });
});

test('afterwards', () => door.expectUntouched());
