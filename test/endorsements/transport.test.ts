import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  createTransport,
  MAX_BODY_BYTES,
  type Resolve,
  type TransportWorld,
  type VendorNetwork,
} from '../../src/endorsements/transport.js';
import type { TransportOutcome, VendorTransport } from '../../src/endorsements/vendor-answer.js';
import { mintTlsPair } from '../tls-pair.js';
import { type LocalServer, startProxy, startRawServer, startServer } from './local-server.js';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function closing<T extends { close(): Promise<void> }>(thing: T): T {
  cleanups.push(() => thing.close());
  return thing;
}

const serving = async (...given: Parameters<typeof startServer>): Promise<LocalServer> =>
  closing(await startServer(...given));
const raw = async (...given: Parameters<typeof startRawServer>): Promise<LocalServer> =>
  closing(await startRawServer(...given));

/** Some ten kilobytes that become many megabytes. */
const BOMB = gzipSync(Buffer.alloc(64 * 1024 * 1024));

const LOOPBACK: Resolve = async () => [{ address: '127.0.0.1', family: 4 }];

/** One service `vendor`. Chosen by the operator unless said otherwise. */
function to(
  base: string,
  changes: Partial<VendorNetwork> & { chosen?: boolean } = {},
  world: TransportWorld = {},
) {
  const { chosen = true, ...network } = changes;
  return closing(
    createTransport(
      {
        services: [{ name: 'vendor', base, chosen }],
        proxy: null,
        authorities: null,
        userAgent: 'assay/0.0.0',
        ...network,
      },
      world,
    ),
  );
}

const toServer = ({ port }: LocalServer, path = ''): VendorTransport => to(`http://127.0.0.1:${port}${path}`);

/** Why it failed; `replied` when it did not. */
const faultOf = (outcome: TransportOutcome): string => (outcome.kind === 'failed' ? outcome.why : 'replied');

const fault = async (answer: RequestListener): Promise<string> =>
  faultOf(await toServer(await serving(answer)).get('vendor', '/crl'));

describe('a request', () => {
  test('goes to the base of its service, with the path after it and nothing of ours but a name', async () => {
    const server = await serving((_request, response) => {
      response.setHeader('TCB-Info-Issuer-Chain', 'chain');
      response.end('document');
    });
    const outcome = await toServer(server, '/mirror').get('vendor', '/vcek/v1/Milan/crl?a=1&b=2');
    expect(outcome).toMatchObject({
      kind: 'reply',
      reply: { status: 200, headers: { 'tcb-info-issuer-chain': 'chain' }, body: Buffer.from('document') },
    });
    const [request] = server.requests;
    expect([request?.method, request?.url]).toEqual(['GET', '/mirror/vcek/v1/Milan/crl?a=1&b=2']);
    expect(request?.headers).toEqual({
      host: `127.0.0.1:${server.port}`,
      connection: 'close',
      'accept-encoding': 'identity',
      'user-agent': 'assay/0.0.0',
    });
  });

  test('carries no cookie that an earlier reply set', async () => {
    const server = await serving((_request, response) => {
      response.setHeader('set-cookie', 'a=b');
      response.end();
    });
    const transport = toServer(server);
    await transport.get('vendor', '/one');
    await transport.get('vendor', '/two');
    expect(server.requests.map(({ url, headers }) => [url, headers.cookie])).toEqual([
      ['/one', undefined],
      ['/two', undefined],
    ]);
  });

  test.each([
    '',
    'crl',
    '//other.example/crl',
    '/a/../b',
    '/..',
    '/a#b',
    '/a\\b',
    '/a b',
    '/a\r\nx: y',
    '/%2e%2e',
    '/@',
  ])('with the path %j is a mistake of ours and is never sent', async (path) => {
    const server = await serving((_request, response) => void response.end());
    await expect(toServer(server).get('vendor', path)).rejects.toThrow(TypeError);
    expect(server.requests).toEqual([]);
  });

  test('with any path there is reaches the configured server or nobody', async () => {
    const server = await serving((_request, response) => void response.end());
    const transport = toServer(server);
    const paths = fc.oneof(
      fc.string().map((text) => `/${text}`),
      fc.webPath(),
      fc.webUrl({ withQueryParameters: true }),
      fc.webUrl().map((url) => url.replace(/^https?:/, '')),
    );
    await fc.assert(
      fc.asyncProperty(paths, async (path) => {
        const before = server.requests.length;
        const outcome = await transport.get('vendor', path).catch((error: unknown) => error);
        const sent = server.requests.slice(before);
        if (outcome instanceof TypeError) expect(sent).toEqual([]);
        else expect(sent.map(({ url }) => url)).toEqual([path]);
      }),
      { numRuns: 100 },
    );
  });

  test('to a service that is not configured is a mistake of ours', async () => {
    await expect(to('http://127.0.0.1:1').get('other', '/crl')).rejects.toThrow('other');
  });

  test.each([200, 400, 404, 410, 429, 460, 500, 503])('answered with %d is a reply', async (status) => {
    const server = await serving((_request, response) => {
      response.writeHead(status, { 'retry-after': '7' });
      response.end('why');
    });
    expect(await toServer(server).get('vendor', '/crl')).toMatchObject({
      kind: 'reply',
      reply: { status, headers: { 'retry-after': '7' }, body: Buffer.from('why') },
    });
  });
});

describe('a reply that is refused', () => {
  test.each([301, 302, 303, 307, 308, 304])('a redirect (%d) is not followed', async (status) => {
    const elsewhere = await serving((_request, response) => void response.end('elsewhere'));
    expect(
      await fault((_request, response) => {
        response.writeHead(status, { location: `http://127.0.0.1:${elsewhere.port}/crl` });
        response.end();
      }),
    ).toBe('redirect');
    expect(elsewhere.requests).toEqual([]);
  });

  test('a body beyond the limit, announced', async () => {
    expect(
      await fault((_request, response) => {
        response.writeHead(200, { 'content-length': MAX_BODY_BYTES + 1 });
        response.write('x');
      }),
    ).toBe('too-large');
  });

  test('a body beyond the limit, in chunks that never end: no more is read than the limit', async () => {
    let written = 0;
    const chunk = Buffer.alloc(64 * 1024);
    const outcome = await fault((_request, response) => {
      const write = (): void => {
        while (!response.destroyed && response.write(chunk)) written += chunk.length;
        written += chunk.length;
      };
      response.on('drain', write);
      write();
    });
    expect(outcome).toBe('too-large');
    // What was under way in buffers of the system comes on top.
    expect(written).toBeLessThan(4 * MAX_BODY_BYTES);
  });

  test('a body of exactly the limit is read', async () => {
    const server = await serving((_request, response) => void response.end(Buffer.alloc(MAX_BODY_BYTES, 7)));
    const outcome = await toServer(server).get('vendor', '/crl');
    expect(outcome.kind === 'reply' ? outcome.reply.body.length : outcome).toBe(MAX_BODY_BYTES);
  });

  test('headers beyond the limit', async () => {
    const filler = `${'x-filler: '.padEnd(1000, 'x')}\r\n`.repeat(40);
    expect(
      faultOf(await toServer(await raw(`HTTP/1.1 200 OK\r\n${filler}\r\n`, false)).get('vendor', '/crl')),
    ).toBe('too-large');
  });

  test.each(['gzip', 'deflate', 'br', 'zstd', 'identity, gzip'])(
    'a compressed body (%s), whatever it would become',
    async (encoding) => {
      expect(
        await fault((_request, response) => {
          response.writeHead(200, { 'content-encoding': encoding });
          response.end(BOMB);
        }),
      ).toBe('encoded');
    },
  );

  test.each([
    ['that ends before its length', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort'],
    ['that ends within a chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\nshort'],
    ['with two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 3\r\n\r\nshort'],
    [
      'with a length and chunks',
      'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n5\r\nshort\r\n0\r\n\r\n',
    ],
    ['with a length that is no number', 'HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\nshort'],
    ['that is no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['of no bytes at all', ''],
  ])('one %s', async (_, bytes) => {
    const outcome = await toServer(await raw(bytes)).get('vendor', '/crl');
    expect([faultOf(outcome), JSON.stringify(outcome)]).toEqual([
      'unreachable',
      expect.not.stringContaining('short'),
    ]);
  });

  test('longer than its length is cut there, and the rest is nobody’s next reply', async () => {
    const server = await raw('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nshortHTTP/1.1 200 OK\r\n\r\nevil');
    const transport = toServer(server);
    const bodies = [await transport.get('vendor', '/one'), await transport.get('vendor', '/two')].map(
      (outcome) => (outcome.kind === 'reply' ? Buffer.from(outcome.reply.body).toString() : outcome.why),
    );
    expect(bodies).toEqual(['short', 'short']);
  });
});

describe('nobody there', () => {
  test('a closed port', async () => {
    const server = await startServer(() => {});
    await server.close();
    const outcome = await toServer(server).get('vendor', '/crl');
    expect(outcome).toEqual({
      kind: 'failed',
      why: 'unreachable',
      detail: 'no connection, or it broke (ECONNREFUSED)',
    });
  });

  test('a name that has no address', async () => {
    const nothing: Resolve = async () => {
      throw Object.assign(new Error('getaddrinfo ENOTFOUND kds.example'), { code: 'ENOTFOUND' });
    };
    const outcome = await to('https://kds.example', {}, { resolve: nothing }).get('vendor', '/crl');
    expect(outcome).toMatchObject({ why: 'unreachable', detail: expect.stringContaining('ENOTFOUND') });
  });

  test('a server that takes its time is given up, whether before the head or within the body', async () => {
    const silent = await serving(() => {});
    const dripping = await serving((_request, response) => {
      response.write('x');
      const timer = setInterval(() => response.write('x'), 10);
      response.on('close', () => clearInterval(timer));
    });
    const outcomes = await Promise.all(
      [silent, dripping].map(({ port }) =>
        to(`http://127.0.0.1:${port}`, {}, { totalMs: 500 }).get('vendor', '/crl'),
      ),
    );
    expect(outcomes.map(faultOf)).toEqual(['timeout', 'timeout']);
  });

  test('a transport that is closed ends what is under way', async () => {
    let asked = (): void => {};
    const reached = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const transport = toServer(await serving(() => asked()));
    const outcome = transport.get('vendor', '/crl');
    await reached;
    await transport.close();
    expect(faultOf(await outcome)).toBe('unreachable');
  });
});

describe('an address', () => {
  test.each(['127.0.0.1', '10.0.0.1', '169.254.169.254', '::1', 'fd00::1', '::ffff:127.0.0.1'])(
    'that is not public (%s) is not connected to under a vendor’s own name',
    async (address) => {
      const server = await serving((_request, response) => void response.end());
      const resolve: Resolve = async () => [{ address, family: address.includes(':') ? 6 : 4 }];
      const transport = to(`http://kds.example:${server.port}`, { chosen: false }, { resolve });
      expect(faultOf(await transport.get('vendor', '/crl'))).toBe('address-refused');
      expect(server.requests).toEqual([]);
    },
  );

  test('among public ones refuses them all', async () => {
    const both: Resolve = async () => [
      { address: '1.1.1.1', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ];
    const transport = to('http://kds.example', { chosen: false }, { resolve: both });
    expect(faultOf(await transport.get('vendor', '/crl'))).toBe('address-refused');
  });

  test('written into a base is looked at too', async () => {
    const server = await serving((_request, response) => void response.end());
    for (const host of ['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]']) {
      const transport = to(`http://${host}:${server.port}`, { chosen: false });
      expect([host, faultOf(await transport.get('vendor', '/crl'))]).toEqual([host, 'address-refused']);
    }
    expect(server.requests).toEqual([]);
  });

  test('is looked up anew for each connection, and judged each time', async () => {
    const looked: string[] = [];
    const server = await serving((_request, response) => void response.end());
    const changing: Resolve = async (name) => {
      looked.push(name);
      if (looked.length === 1) throw Object.assign(new Error('not yet'), { code: 'EAI_AGAIN' });
      return LOOPBACK(name);
    };
    const transport = to(`http://kds.example:${server.port}`, { chosen: false }, { resolve: changing });
    const faults = [await transport.get('vendor', '/crl'), await transport.get('vendor', '/crl')].map(
      faultOf,
    );
    expect(faults).toEqual(['unreachable', 'address-refused']);
    expect([looked, server.requests]).toEqual([['kds.example', 'kds.example'], []]);
  });

  test('is looked up once at a time, however many ask while its name server is silent', async () => {
    const looked: string[] = [];
    const silent: Resolve = (name) => {
      looked.push(name);
      return new Promise(() => {});
    };
    const transport = to('http://kds.example', {}, { resolve: silent, totalMs: 300 });
    const all = [1, 2, 3, 4, 5].map(() => transport.get('vendor', '/crl'));
    expect((await Promise.all(all)).map(faultOf)).toEqual(Array(5).fill('timeout'));
    expect(looked).toEqual(['kds.example']);
  });

  test('of a proxy is looked up in the same way, and may be anywhere', async () => {
    const looked: string[] = [];
    const local: Resolve = async (name) => {
      looked.push(name);
      return LOOPBACK(name);
    };
    const proxy = await serving((_request, response) => void response.end());
    const transport = to(
      'http://kds.example',
      { chosen: false, proxy: `http://proxy.example:${proxy.port}` },
      { resolve: local },
    );
    await transport.get('vendor', '/crl');
    expect(looked).toEqual(['proxy.example']);
  });

  test('is looked up once for a connection, and the connection goes to what was looked at', async () => {
    const server = await serving((_request, response) => void response.end('here'));
    let looked = 0;
    const counting: Resolve = async () => {
      looked += 1;
      return looked === 1 ? LOOPBACK('') : [{ address: '203.0.113.1', family: 4 }];
    };
    const transport = to(`http://pccs.example:${server.port}`, {}, { resolve: counting });
    expect(faultOf(await transport.get('vendor', '/crl'))).toBe('replied');
    expect([looked, server.requests[0]?.headers.host]).toEqual([1, `pccs.example:${server.port}`]);
  });
});

describe('TLS', () => {
  test('of an unknown authority is refused, and believed when the operator names it', async () => {
    const pair = await mintTlsPair();
    const server = await serving((_request, response) => void response.end('document'), pair);
    const base = `https://localhost:${server.port}`;
    const stranger = await to(base, {}, { resolve: LOOPBACK }).get('vendor', '/crl');
    expect(stranger).toMatchObject({ kind: 'failed', why: 'tls' });
    expect(server.requests).toEqual([]);
    const known = await to(base, { authorities: pair.cert }, { resolve: LOOPBACK }).get('vendor', '/crl');
    expect(known).toMatchObject({ kind: 'reply', reply: { body: Buffer.from('document') } });
  });

  test('of another name is refused, known authority or not', async () => {
    const pair = await mintTlsPair();
    const server = await serving((_request, response) => void response.end(), pair);
    const transport = to(
      `https://kds.example:${server.port}`,
      { authorities: pair.cert },
      { resolve: LOOPBACK },
    );
    expect(faultOf(await transport.get('vendor', '/crl'))).toBe('tls');
    expect(server.requests).toEqual([]);
  });

  test('that is expired is refused', async () => {
    const day = 86_400_000;
    const pair = await mintTlsPair(new Date(Date.now() - 3 * day), new Date(Date.now() - day));
    const server = await serving((_request, response) => void response.end(), pair);
    const transport = to(
      `https://localhost:${server.port}`,
      { authorities: pair.cert },
      { resolve: LOOPBACK },
    );
    expect(faultOf(await transport.get('vendor', '/crl'))).toBe('tls');
  });

  test('is not given up for a server without it', async () => {
    const server = await serving((_request, response) => void response.end());
    const outcome = await to(`https://localhost:${server.port}`, {}, { resolve: LOOPBACK }).get(
      'vendor',
      '/crl',
    );
    expect([faultOf(outcome), server.requests]).toEqual(['tls', []]);
  });
});

describe('a proxy', () => {
  test('is asked for a tunnel to the vendor, and sees nothing of what is in it', async () => {
    const pair = await mintTlsPair();
    const server = await serving((_request, response) => void response.end('document'), pair);
    const proxy = closing(await startProxy(server.port));
    const transport = to('https://localhost:444', {
      // The proxy looks names up, so whether an address is public is not asked here.
      chosen: false,
      proxy: `http://me:secret@127.0.0.1:${proxy.port}`,
      authorities: pair.cert,
    });
    const outcome = await transport.get('vendor', '/vcek/v1/Milan/crl');
    expect(outcome).toMatchObject({ kind: 'reply', reply: { body: Buffer.from('document') } });
    expect(proxy.requests.map(({ method, url }) => [method, url])).toEqual([['CONNECT', 'localhost:444']]);
    expect(proxy.requests[0]?.headers['proxy-authorization']).toBe(
      `Basic ${Buffer.from('me:secret').toString('base64')}`,
    );
    expect(server.requests.map(({ url, headers }) => [url, headers['proxy-authorization']])).toEqual([
      ['/vcek/v1/Milan/crl', undefined],
    ]);
  });

  test('cannot stand in for the vendor', async () => {
    const [vendors, others] = [await mintTlsPair(), await mintTlsPair()];
    const server = await serving((_request, response) => void response.end('forged'), others);
    const proxy = closing(await startProxy(server.port));
    const transport = to('https://localhost:444', {
      proxy: `http://127.0.0.1:${proxy.port}`,
      authorities: vendors.cert,
    });
    expect(faultOf(await transport.get('vendor', '/crl'))).toBe('tls');
    expect(server.requests).toEqual([]);
  });

  test('that refuses or is gone is a vendor that cannot be reached', async () => {
    const refusing = await serving((_request, response) => void response.end());
    const gone = await startServer(() => {});
    await gone.close();
    for (const { port } of [refusing, gone]) {
      const transport = to('https://kds.example', { proxy: `http://127.0.0.1:${port}` });
      expect(faultOf(await transport.get('vendor', '/crl'))).toBe('unreachable');
    }
  });
});
