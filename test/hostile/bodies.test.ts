/** Bodies of attest and appraise that no client in its right mind sends. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JsonObject, JsonValue } from '../../src/rats/result.js';
import { type Door, noise, OPENING, openDoor, refusedWith } from './door.js';
import { goodBody, isNotGenuine, JSON_DOORS, type JsonDoor } from './doors.js';
import { type Piece, requestOf } from './wire.js';

let door: Door;
beforeAll(async () => {
  door = await openDoor('bodies');
}, OPENING);
afterAll(() => door.close());

const MEGABYTE = 1024 * 1024;

/** Every place of a value in a JSON value, outermost first. */
function placesIn(value: JsonValue, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([name, item]) => placesIn(item, [...path, name]))];
}

function replaced(value: JsonValue, [name, ...rest]: readonly string[], by: JsonValue): JsonValue {
  if (name === undefined) return by;
  if (Array.isArray(value)) {
    return value.map((item: JsonValue, index) => (String(index) === name ? replaced(item, rest, by) : item));
  }
  const object = value as JsonObject;
  return { ...object, [name]: replaced(object[name] ?? null, rest, by) };
}

/** The text with something put behind the brace of every object in it, one after another. */
function withMember(text: string, member: string): readonly string[] {
  return [...text.matchAll(/\{/g)].map(({ index }) => {
    const rest = text.slice(index + 1);
    return `${text.slice(0, index + 1)}${member}${rest.startsWith('}') ? '' : ','}${rest}`;
  });
}

describe.each(JSON_DOORS)('%s', (name: JsonDoor) => {
  const refusalOf = async (body: Piece | object): Promise<string> => {
    const { request } = await goodBody(door, name);
    return refusedWith(await door.send(request(body)));
  };

  test('a value of a wrong type, at every place', async () => {
    const { body, request } = await goodBody(door, name);
    const mark = door.mark();
    // A key may have members that nobody here has heard of, as RFC 7517 wants it.
    const values: readonly JsonValue[] = [null, true, 7, -0.5, 1e300, [], {}, [mark], { x: mark }, mark, ''];
    for (const place of placesIn(body)) {
      for (const value of values) {
        const code = refusedWith(await door.send(request(replaced(body, place, value) as object)));
        expect(code).toMatch(
          /^(?:request_invalid|member_unknown|evidence_|key_invalid|challenge_|audience_|key_binding_required|snp_|report_data_mismatch|workload_)/,
        );
      }
    }
  });

  test('an unknown member, in every object', async () => {
    const { body, request } = await goodBody(door, name);
    const texts = withMember(JSON.stringify(body), `"extra":"${door.mark()}"`);
    const codes = await Promise.all(texts.map(async (text) => refusedWith(await door.send(request(text)))));
    // The last object of an attest body is a key: see above.
    expect(codes.slice(0, 3)).toEqual(Array(3).fill('member_unknown'));
  });

  test('thousands of unknown members are not all called by name', async () => {
    const members = Array.from({ length: 5000 }, (_, index) => `"surplus-${index}":0`);
    const { request } = await goodBody(door, name);
    const answer = await door.send(request(`{${members.join(',')}}`));
    expect(refusedWith(answer)).toBe('member_unknown');
    expect(answer.text.length).toBeLessThan(4096);
  });

  test('a member twice, in every object', async () => {
    const { body, request } = await goodBody(door, name);
    const member = `"twice":"${door.mark()}"`;
    for (const text of withMember(JSON.stringify(body), `${member},${member}`)) {
      expect(refusedWith(await door.send(request(text)))).toBe('member_duplicate');
    }
    for (const spelt of ['"evidence"', '"\\u0065vidence"']) {
      const text = JSON.stringify(body).replace('{', `{${spelt}:{},`);
      expect(refusedWith(await door.send(request(text)))).toBe('member_duplicate');
    }
  });

  test.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
    'a member called %s',
    async (member) => {
      const { body } = await goodBody(door, name);
      const text = JSON.stringify(body).replace('{', `{"${member}":{"evidence":"${door.mark()}"},`);
      expect(await refusalOf(text)).toBe('member_unknown');
    },
  );

  test.each<[string, (mark: string) => Piece, string]>([
    ['nothing', () => '', 'evidence_encoding_invalid'],
    ['space', () => ' \n\t', 'evidence_encoding_invalid'],
    ['text', (mark) => mark, 'evidence_encoding_invalid'],
    ['a string', (mark) => `"${mark}"`, 'request_invalid'],
    ['an array', (mark) => `["${mark}"]`, 'request_invalid'],
    ['two documents', (mark) => `{}{"a":"${mark}"}`, 'evidence_encoding_invalid'],
    ['a comment', (mark) => `{/* ${mark} */}`, 'evidence_encoding_invalid'],
    ['a byte order mark', (mark) => `\xef\xbb\xbf{"a":"${mark}"}`, 'evidence_encoding_invalid'],
    ['UTF-16', (mark) => Buffer.from(`{"a":"${mark}"}`, 'utf16le'), 'evidence_encoding_invalid'],
    ['bytes that are no UTF-8', (mark) => `{"a":"${mark}\xc3\x28"}`, 'evidence_encoding_invalid'],
    ['UTF-8 longer than needed', (mark) => `{"a":"${mark}\xc0\x80"}`, 'evidence_encoding_invalid'],
    ['half of a surrogate pair', (mark) => `{"a":"${mark}\\ud800"}`, 'evidence_encoding_invalid'],
    ['a control character', (mark) => `{"a":"${mark}\x00"}`, 'evidence_encoding_invalid'],
    ['a string without an end', (mark) => `{"a":"${mark}`, 'evidence_encoding_invalid'],
    ['a number out of range', (mark) => `{"${mark}":1e999}`, 'evidence_encoding_invalid'],
    ['a number of 400,000 digits', () => `{"a":${'9'.repeat(400_000)}}`, 'evidence_encoding_invalid'],
    ['a bomb of arrays', (mark) => `${'['.repeat(400_000)}"${mark}"`, 'json_too_deep'],
    ['a bomb of objects', (mark) => `${'{"a":'.repeat(80_000)}"${mark}"`, 'json_too_deep'],
    ['a bomb that ends', () => `${'['.repeat(200_000)}${']'.repeat(200_000)}`, 'json_too_deep'],
    ['a quarter of a million values', (mark) => `["${mark}"${',0'.repeat(250_000)}]`, 'evidence_too_large'],
    ['fifty thousand members', () => `{${manyMembers(50_000)}}`, 'evidence_too_large'],
    ['10 MB of JSON', (mark) => `{"a":"${mark.repeat(500_000)}"}`, 'evidence_too_large'],
  ])('%s', async (_what, write, code) => {
    const mark = door.mark();
    const { request } = await goodBody(door, name);
    const answer = await door.send(request(write(mark)));
    // With megabytes still under way the reset may overtake the answer.
    if (code === 'evidence_too_large' && answer.replies.length === 0) expect(answer.closed).toBe(true);
    else expect(refusedWith(answer)).toBe(code);
  });

  test('10 MB in chunks', async () => {
    const { request } = await goodBody(door, name);
    const [head = ''] = request('');
    const chunked = head.toString().replace(/Content-Length: \d+/, 'Transfer-Encoding: chunked');
    const chunk = Buffer.concat([
      Buffer.from('100000\r\n'),
      Buffer.alloc(MEGABYTE, 0x20),
      Buffer.from('\r\n'),
    ]);
    const answer = await door.send([chunked, ...Array(10).fill(chunk), '0\r\n\r\n']);
    expect(answer.closed).toBe(true);
    if (answer.replies.length > 0) expect(refusedWith(answer)).toBe('evidence_too_large');
  });

  test('a body in a hundred thousand chunks of one byte', async () => {
    const { request } = await goodBody(door, name);
    const [head = ''] = request('');
    const chunked = head.toString().replace(/Content-Length: \d+/, 'Transfer-Encoding: chunked');
    const answer = await door.send([chunked, '1\r\n \r\n'.repeat(100_000), '0\r\n\r\n']);
    expect(answer.closed).toBe(true);
    if (answer.replies.length > 0) expect(refusedWith(answer)).toBe('request_invalid');
  });

  test('random bytes', async () => {
    for (let round = 0; round < 40; round += 1) {
      const bytes = noise(`${name} ${round}`, 16 + round * 97);
      door.plant(bytes.subarray(0, 16));
      expect(await refusalOf(bytes)).toBe('evidence_encoding_invalid');
    }
  });

  test.each<[string, (text: string) => string]>([
    ['of both alphabets at once', (text) => `${text.slice(0, 8)}-+${text.slice(10)}`],
    ['of the URL alphabet, padded', (text) => `${text.slice(0, -4)}_A==`],
    ['of the standard alphabet, without padding', (text) => `${text.slice(0, -2)}+A`],
    ['with a line feed', (text) => `${text.slice(0, 64)}\n${text.slice(64)}`],
    ['with a space behind it', (text) => `${text} `],
    ['with padding in the middle', (text) => `${text.slice(0, 8)}==${text.slice(8)}`],
    ['of padding alone', () => '===='],
    ['with bits of a byte that is not there', (text) => `${text.slice(0, -(text.length % 4))}AB`],
    ['of one digit too many', (text) => `${text.slice(0, -(text.length % 4))}A`],
    ['that is hex with a prefix', (text) => `0x:${text.slice(0, 64)}`],
    ['in a data URL', (text) => `data:;base64,${text}`],
    ['beyond ASCII', (text) => `${text.slice(0, 8)}\u0410${text.slice(8)}`],
  ])('base64 %s', async (_what, spoil) => {
    const { body, request } = await goodBody(door, name);
    const text = noise(_what, 3001);
    const spoilt = spoil(Buffer.from(text).toString('base64url').replace(/[-_]/g, 'A'));
    for (const place of [
      ['evidence', 'cpu', 'bytes'],
      ['evidence', 'cpu', 'certificates', '0'],
    ]) {
      const changed = Buffer.from(JSON.stringify(replaced(body, place, spoilt)), 'utf8');
      expect(refusedWith(await door.send(request(changed)))).toBe('evidence_encoding_invalid');
    }
  });

  test.each([
    'text/plain',
    'application/xml',
    'multipart/form-data; boundary=x',
    'application/json; charset=utf-7',
    '',
  ])('the media type “%s”', async (type) => {
    const path = `/simulated/v1/${name}`;
    const headers = { 'Content-Type': type, Authorization: `Bearer ${door.service.adminKey}` };
    const answer = await door.send(requestOf('POST', path, headers, `{"a":"${door.mark()}"}`));
    expect(refusedWith(answer)).toBe('media_type_unsupported');
  });

  test('afterwards', () => door.expectUntouched());
});

describe('attest, octets', () => {
  const path = '/simulated/v1/attest?challenge=x&audience=open';
  const type = { 'Content-Type': 'application/octet-stream' };

  test('with a query that is repeated, unknown or missing', async () => {
    const evidence = noise('query', 1184);
    const codes = [];
    for (const query of [
      '',
      '?challenge=x',
      '?challenge=x&challenge=y&audience=open',
      '?a=b',
      '?%00=%ff&&=',
    ]) {
      codes.push(
        refusedWith(await door.send(requestOf('POST', `/simulated/v1/attest${query}`, type, evidence))),
      );
    }
    expect(codes).toEqual([
      'request_invalid',
      'request_invalid',
      'member_duplicate',
      'member_unknown',
      'member_unknown',
    ]);
  });

  test('with 10 MB', async () => {
    const answer = await door.send(requestOf('POST', path, type, Buffer.alloc(10 * MEGABYTE, 1)));
    expect(answer.closed).toBe(true);
    if (answer.replies.length > 0) expect(refusedWith(answer)).toBe('evidence_too_large');
  });

  test('with a challenge that is none', async () => {
    for (const challenge of ['', '.', 'assay-c1.a.b.c', 'A'.repeat(2000), '%00', '%F0%9F%92%A9']) {
      const query = `?challenge=${challenge}&audience=open`;
      const answer = await door.send(
        requestOf('POST', `/simulated/v1/attest${query}`, type, noise('c', 1184)),
      );
      const code = refusedWith(answer);
      expect(isNotGenuine(code) || code === 'challenge_invalid').toBe(true);
    }
  });

  test('afterwards', () => door.expectUntouched());
});

function manyMembers(count: number): string {
  return Array.from({ length: count }, (_, index) => `"${index.toString(36)}":0`).join(',');
}
