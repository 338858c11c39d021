import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createTokenVerifier } from '../../src/client/index.js';
import { PROXY_LIMITS } from '../../src/client/proxy/limits.js';
import { startProxy } from '../../src/client/proxy/proxy.js';
import { type ProxyRig, startRig } from './proxy-rig.js';
import { makeHolder } from './sample-holder.js';
import { SAMPLE_AUDIENCE, SAMPLE_ISSUER, sampleDocument } from './sample-issuer.js';

let rig: ProxyRig;
beforeAll(async () => {
  rig = await startRig();
});
afterEach(() => {
  rig.broker.reached.length = 0;
  rig.broker.answer = null;
});
afterAll(() => rig.close());

const codeOf = async (response: Response) =>
  ((await response.json()) as { readonly code?: string }).code ?? null;

/** Sends what is given and nothing else. */
function ask(path: string, headers: Record<string, string>, method = 'GET'): Promise<Response> {
  return fetch(`${rig.url}${path}`, { method, headers });
}

describe('a request with token and proof', () => {
  test('reaches the broker as one with a bearer token', async () => {
    const response = await rig.send('POST', '/v1/keys/model?version=2', {
      body: 'which key',
      headers: { 'content-type': 'text/plain', 'x-request-id': 'abc' },
    });
    expect([response.status, await response.text()]).toEqual([200, 'released']);
    expect(response.headers.get('content-type')).toBe('text/plain');
    const [reached, ...more] = rig.broker.reached;
    expect(more).toEqual([]);
    expect(reached).toMatchObject({ method: 'POST', url: '/v1/keys/model?version=2' });
    expect(reached?.body.toString()).toBe('which key');
    expect(reached?.headers).toMatchObject({
      authorization: [`Bearer ${rig.token}`],
      host: [new URL(rig.broker.url).host],
      'content-type': ['text/plain'],
      'content-length': ['9'],
      'x-request-id': ['abc'],
      'x-forwarded-for': ['127.0.0.1'],
      via: ['1.1 assay'],
      connection: ['close'],
    });
    expect(reached?.headers.dpop).toBeUndefined();
  });

  test.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('by %s is passed on', async (method) => {
    const response = await rig.send(method, '/secret');
    expect([response.status, await response.text()]).toEqual([200, method === 'HEAD' ? '' : 'released']);
    expect(rig.broker.reached.map((one) => [one.method, one.body.length])).toEqual([[method, 0]]);
  });

  test('brings back the broker’s own answer', async () => {
    rig.broker.answer = (_request, response) => {
      response.writeHead(418, [
        ...['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'X-Inner', 'yes', 'Connection', 'x-hop'],
        ...['X-Hop', 'secret', 'Keep-Alive', 'timeout=5', 'Content-Type', 'text/plain'],
      ]);
      response.end('teapot');
    };
    const response = await rig.send('GET', '/tea');
    expect([response.status, await response.text()]).toEqual([418, 'teapot']);
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(response.headers.get('x-inner')).toBe('yes');
    expect(response.headers.get('x-hop')).toBeNull();
  });

  test('may be long, in both directions', async () => {
    const sent = randomBytes(8 * 1024 * 1024);
    rig.broker.answer = (request, response) => void request.pipe(response);
    const response = await rig.send('POST', '/echo', { body: sent });
    const got = Buffer.from(await response.arrayBuffer());
    const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
    expect(digest(got)).toBe(digest(sent));
  });

  test('may come in chunks, also where its method has no body as a rule', async () => {
    const path = '/chunks';
    const request = httpRequest(`${rig.url}${path}`, {
      method: 'DELETE',
      headers: {
        authorization: `DPoP ${rig.token}`,
        dpop: await rig.prove('DELETE', path),
        'transfer-encoding': 'chunked',
      },
    });
    request.write('GET /other HTTP/1.1\r\n');
    request.end('Host: x\r\n\r\n');
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(await text(response)).toBe('released');
    expect(rig.broker.reached).toHaveLength(1);
    expect(rig.broker.reached[0]?.body.toString()).toBe('GET /other HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(rig.broker.reached[0]?.headers['transfer-encoding']).toEqual(['chunked']);
  });

  test('keeps to itself what belongs to the connection or what nobody vouches for', async () => {
    const path = '/hop';
    const reply = await rig.wire(
      `GET ${path} HTTP/1.1\r\nHost: broker\r\n${await rig.credentials('GET', path)}` +
        'Connection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\nUpgrade: websocket\r\n' +
        'Proxy-Authorization: Basic YTpi\r\nForwarded: for=10.0.0.1\r\nX-Forwarded-For: 10.0.0.1\r\n' +
        'X-Forwarded-Host: evil\r\nX_Forwarded-Proto: https\r\nX-Real-IP: 10.0.0.1\r\nX-Kept: 1\r\nX-Kept: 2\r\n\r\n',
    );
    expect(reply).toMatch(/^HTTP\/1\.1 200 /u);
    const names = Object.keys(rig.broker.reached[0]?.headers ?? {}).sort();
    expect(names).toEqual(
      ['authorization', 'connection', 'content-length', 'host', 'via', 'x-forwarded-for', 'x-kept'].sort(),
    );
    expect(rig.broker.reached[0]?.headers['x-kept']).toEqual(['1', '2']);
  });

  test('is asked for its body only when the rest is good', async () => {
    const path = '/expect';
    const head = (credentials: string) =>
      `POST ${path} HTTP/1.1\r\nHost: b\r\n${credentials}Connection: close\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n`;
    const refused = await rig.wire(head(''));
    expect(refused).toMatch(/^HTTP\/1\.1 401 /u);
    const accepted = await rig.wire(`${head(await rig.credentials('POST', path))}body`);
    expect(accepted).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /u);
    expect(rig.broker.reached.map(({ body }) => body.toString())).toEqual(['body']);
  });
});

test('who speaks HTTP/1.0 is not told to go on', async () => {
  const path = '/expect';
  const head = `POST ${path} HTTP/1.0\r\nHost: b\r\n${await rig.credentials('POST', path)}`;
  const reply = await rig.wire(`${head}Expect: 100-continue\r\nContent-Length: 4\r\n\r\nbody`);
  expect(reply).toMatch(/^HTTP\/1\.1 200 /u);
  expect(rig.broker.reached.map(({ body }) => body.toString())).toEqual(['body']);
});

describe('a request that does not show who holds the token', () => {
  test('is refused with a challenge and a problem document, and does not reach the broker', async () => {
    const response = await ask('/v1/keys', { authorization: `DPoP ${rig.token}` });
    expect(response.status).toBe(401);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('www-authenticate')).toMatch(
      /^DPoP error="invalid_dpop_proof", .*algs="ES256 /u,
    );
    expect(await response.json()).toMatchObject({
      status: 401,
      code: 'proof_missing',
      title: 'Unauthorized',
    });
    expect(rig.broker.reached).toEqual([]);
  });

  test('with a stolen token: no proof, one by another key, or another scheme', async () => {
    const thief = await makeHolder();
    const path = '/v1/keys';
    const proof = await rig.prove('GET', path, {}, thief);
    expect(await codeOf(await ask(path, { authorization: `Bearer ${rig.token}` }))).toBe('proof_missing');
    expect(await codeOf(await ask(path, { authorization: `DPoP ${rig.token}`, dpop: proof }))).toBe(
      'key_mismatch',
    );
    expect(await codeOf(await ask(path, {}))).toBe('token_missing');
    expect(rig.broker.reached).toEqual([]);
  });

  test('is told so however long its body is', async () => {
    const body = Buffer.alloc(4_000_000);
    const response = await fetch(`${rig.url}/v1/keys`, { method: 'POST', body });
    expect([response.status, await codeOf(response)]).toEqual([401, 'token_missing']);
    expect(rig.broker.reached).toEqual([]);
  });

  test('with a proof for another address, method, time or token, relayed here', async () => {
    const path = '/v1/keys';
    const proofs = [
      await rig.prove('GET', '/v1/other'),
      await rig.prove('GET', path, { htu: `https://elsewhere.example${path}` }),
      await rig.prove('POST', path),
      await rig.prove('GET', path, { iat: 1_700_000_000 }),
      await rig.prove('GET', path, { ath: 'A'.repeat(43) }),
    ];
    const reasons = await Promise.all(
      proofs.map(async (dpop) => {
        const response = await ask(path, { authorization: `DPoP ${rig.token}`, dpop });
        const { code, reason } = (await response.json()) as { code: string; reason: string };
        return `${response.status} ${code} ${reason}`;
      }),
    );
    expect(reasons).toEqual(
      ['url', 'url', 'method', 'time', 'token'].map((word) => `401 proof_invalid ${word}`),
    );
    expect(rig.broker.reached).toEqual([]);
  });

  test('with a proof that was used', async () => {
    const path = '/v1/keys';
    const headers = { authorization: `DPoP ${rig.token}`, dpop: await rig.prove('GET', path) };
    expect((await ask(path, headers)).status).toBe(200);
    expect(await codeOf(await ask(path, headers))).toBe('proof_replayed');
    expect(rig.broker.reached).toHaveLength(1);
  });

  test('leaves neither token nor proof in the log', async () => {
    const path = '/v1/keys';
    const dpop = await rig.prove('GET', path);
    await ask(path, { authorization: `DPoP ${rig.token}`, dpop });
    await ask(path, { authorization: `DPoP ${rig.token}`, dpop });
    expect(rig.log.join('\n')).toContain('proof_replayed');
    for (const secret of [rig.token, dpop, rig.holder.jkt]) expect(rig.log.join('\n')).not.toContain(secret);
  });
});

describe('what this proxy does not serve', () => {
  test('is genuine and refused with 403', async () => {
    const strict = await startRig({ verifier: { workload: 'other' } });
    try {
      const response = await strict.send('GET', '/');
      expect([response.status, await codeOf(response)]).toEqual([403, 'workload_unwanted']);
      expect(response.headers.get('www-authenticate')).toContain('error="insufficient_scope"');
    } finally {
      await strict.close();
    }
  });

  test('is undecided with 503 while the issuer does not answer', async () => {
    const alone = await startRig();
    alone.issuer.instead = () => Promise.reject(new TypeError('fetch failed'));
    try {
      const response = await alone.send('GET', '/');
      expect([response.status, await codeOf(response)]).toEqual([503, 'issuer_unreachable']);
      expect(response.headers.get('retry-after')).toBe('5');
    } finally {
      await alone.close();
    }
  });
});

describe('addresses', () => {
  test('of callers are those that proofs name, and paths are put together', async () => {
    const outside = await startRig({ publicUrl: 'https://keys.example/vault' });
    try {
      expect((await outside.send('GET', '/v1/model')).status).toBe(200);
      const own = await outside.prove('GET', '/v1/model', { htu: `${outside.url}/v1/model` });
      const headers = { authorization: `DPoP ${outside.token}`, dpop: own };
      const response = await fetch(`${outside.url}/v1/model`, { headers });
      expect(await codeOf(response)).toBe('proof_invalid');
    } finally {
      await outside.close();
    }
  });

  test('of the broker may have a path, which comes first', async () => {
    const inner = await startRig({ upstream: `${rig.broker.url}/inner` });
    try {
      expect((await inner.send('GET', '/a?b')).status).toBe(200);
      expect(rig.broker.reached.map(({ url }) => url)).toEqual(['/inner/a?b']);
    } finally {
      await inner.close();
    }
  });

  test.each([
    ['http://broker.example', null],
    ['ftp://127.0.0.1', null],
    ['http://127.0.0.1/', null],
    ['http://127.0.0.1', 'http://keys.example'],
  ])('%s behind and %s in front are a mistake', async (upstream, publicUrl) => {
    const verifier = createTokenVerifier({ issuer: SAMPLE_ISSUER, audience: SAMPLE_AUDIENCE });
    const listen = { host: '127.0.0.1', port: 0 };
    const log = { info: () => {}, error: () => {} };
    await expect(startProxy({ verifier, upstream, publicUrl, listen, log })).rejects.toThrow(TypeError);
  });
});

describe('a broker that fails', () => {
  test('by not being there is 502', async () => {
    const gone = await startRig();
    await gone.broker.close();
    for (const body of [undefined, 'x'.repeat(2_000_000)]) {
      const response = await gone.send('POST', '/', body === undefined ? {} : { body });
      expect([response.status, await codeOf(response)]).toEqual([502, 'upstream_unreachable']);
    }
    await gone.close();
  });

  test('by hanging up, or by speaking something else, is 502', async () => {
    for (const answer of [
      (request: IncomingMessage) => void request.socket.destroy(),
      (request: IncomingMessage) => void request.socket.end('SSH-2.0-OpenSSH\r\n'),
      (request: IncomingMessage) =>
        void request.socket.end(
          'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
        ),
      (request: IncomingMessage) =>
        void request.socket.end(
          'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n',
        ),
    ]) {
      rig.broker.answer = answer;
      const response = await rig.send('GET', '/');
      expect([response.status, await codeOf(response)]).toEqual([502, 'upstream_unreachable']);
    }
  });

  const EXTRA = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhidden';
  test.each<[string, string, string, number, string]>([
    ['a body where there is none', 'HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody', 200, ''],
    ['more than its length', 'GET', `HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody${EXTRA}`, 200, 'body'],
    ['a body after 204', 'GET', `HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nbody`, 204, ''],
  ])('by sending %s loses what is too much', async (_name, method, reply, status, body) => {
    rig.broker.answer = (request) => void request.socket.write(reply);
    const response = await rig.send(method, '/');
    expect([response.status, await response.text()]).toEqual([status, body]);
    rig.broker.answer = null;
    expect(await (await rig.send('GET', '/')).text()).toBe('released');
  });

  test('by chunks that are none is cut off, and the proxy serves on', async () => {
    const reply = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nbody\r\n0\r\n\r\n';
    rig.broker.answer = (request) => void request.socket.write(reply);
    await expect(rig.send('GET', '/').then((response) => response.text())).rejects.toThrow();
    rig.broker.answer = null;
    expect(await (await rig.send('GET', '/')).text()).toBe('released');
  });

  test('by silence is 504', async () => {
    const impatient = await startRig({ limits: { silence: 100 } });
    impatient.broker.answer = () => {};
    try {
      const response = await impatient.send('GET', '/');
      expect([response.status, await codeOf(response)]).toEqual([504, 'upstream_slow']);
    } finally {
      await impatient.close();
    }
  });

  test('in the middle of a reply cuts the reply off', async () => {
    rig.broker.answer = (request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => request.socket.destroy());
    };
    const response = await rig.send('GET', '/');
    await expect(response.text()).rejects.toThrow();
  });

  test('is left alone once its caller has gone', async () => {
    const dropped = new Promise<void>((resolve) => {
      rig.broker.answer = (_request, response) => void response.once('close', resolve);
    });
    const asked = new Promise<void>((resolve) => {
      const { answer } = rig.broker;
      rig.broker.answer = (request, response) => {
        answer?.(request, response);
        resolve();
      };
    });
    const socket = connect(Number(new URL(rig.url).port), '127.0.0.1');
    socket.write(`GET /slow HTTP/1.1\r\nHost: b\r\n${await rig.credentials('GET', '/slow')}\r\n`);
    await asked;
    socket.destroy();
    await dropped;
  });
});

test('a caller that hangs up while its token is looked at reaches nobody', async () => {
  const slow = await startRig();
  const { issuer, broker, log } = slow;
  let release: () => void = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const asked = new Promise<void>((resolve) => {
    issuer.instead = async (url) => {
      resolve();
      await released;
      return sampleDocument(url, issuer.keys);
    };
  });
  try {
    const socket = connect(Number(new URL(slow.url).port), '127.0.0.1');
    socket.write(`GET / HTTP/1.1\r\nHost: b\r\n${await slow.credentials('GET', '/')}\r\n`);
    await asked;
    socket.resetAndDestroy();
    // Comes after the end of the other connection, and so is answered after it.
    expect((await fetch(`${slow.url}/`)).status).toBe(401);
    release();
    expect((await slow.send('GET', '/next')).status).toBe(200);
    expect(broker.reached.map(({ url }) => url)).toEqual(['/next']);
    expect(log.filter((line) => line.startsWith('cut off'))).toEqual([
      'cut off {"method":"GET","why":"the caller hung up"}',
    ]);
  } finally {
    await slow.close();
  }
});

test('a header that does not end is cut off soon after its time', async () => {
  const impatient = await startRig({ limits: { headers: 100, look: 50 } });
  try {
    expect(await impatient.wire('GET / HTTP/1.1\r\nHost: b\r\n')).toMatch(/^HTTP\/1\.1 408 /u);
  } finally {
    await impatient.close();
  }
  expect(PROXY_LIMITS.look).toBeLessThanOrEqual(PROXY_LIMITS.headers / 10);
}, 20_000); // Node looks every 30 seconds where it is not told otherwise.

describe('a body that is too long', () => {
  test('is refused by its length, or when it has become so', async () => {
    const small = await startRig({ limits: { bodyBytes: 1000 } });
    try {
      expect((await small.send('POST', '/', { body: 'x'.repeat(1000) })).status).toBe(200);
      const long = await small.send('POST', '/', { body: 'x'.repeat(1001) });
      expect([long.status, await codeOf(long)]).toEqual([413, 'body_too_large']);
      const head = `POST /c HTTP/1.1\r\nHost: b\r\n${await small.credentials('POST', '/c')}Connection: close\r\n`;
      const chunk = `3e9\r\n${'x'.repeat(1001)}\r\n`;
      const reply = await small.wire(`${head}Transfer-Encoding: chunked\r\n\r\n${chunk}0\r\n\r\n`);
      expect(reply).toMatch(/^HTTP\/1\.1 413 /u);
      expect(small.broker.reached.map(({ body }) => body.length)).toEqual([1000]);
    } finally {
      await small.close();
    }
  });
});

describe('an end', () => {
  test('lets the request under way finish, and takes no more', async () => {
    const ending = await startRig();
    let release: () => void = () => {};
    const asked = new Promise<void>((resolve) => {
      ending.broker.answer = (_request, response) => {
        release = () => void response.end('late');
        resolve();
      };
    });
    const response = ending.send('GET', '/');
    await asked;
    const closed = ending.close();
    release();
    expect(await (await response).text()).toBe('late');
    await closed;
    await expect(ending.send('GET', '/')).rejects.toThrow();
  });
});
