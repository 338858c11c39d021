/** Whose key an endpoint uses: over real TLS on this machine, with an authority that certifies whoever the test says. */
import { createHash, createPublicKey } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { EndpointLimits } from '../../src/client/endpoint/limits.js';
import { type EndpointOptions, verifyEndpoint } from '../../src/client/index.js';
import { ENDPOINT_PATH, ENDPOINT_TYPE, endpointDocument } from '../../src/rats/endpoint-document.js';
import { makeTlsAuthority, makeTlsKey, type TlsAuthority, type TlsIdentity } from '../tls-authority.js';
import { sendDocument, startEndpoint, type TlsEndpoint, thumbprintOf, verifierFor } from './endpoint-rig.js';
import { outcomeOf, refusalOf } from './refused.js';
import {
  type Changes,
  makeSampleIssuer,
  SAMPLE_AT,
  SAMPLE_ATT,
  SAMPLE_AUDIENCE,
  SAMPLE_ISSUER,
  type SampleIssuer,
  sampleClaims,
} from './sample-issuer.js';

let authority: TlsAuthority;
let issuer: SampleIssuer;
let identity: TlsIdentity;
let endpoint: TlsEndpoint;
beforeAll(async () => {
  authority = await makeTlsAuthority();
  issuer = await makeSampleIssuer();
  identity = await authority.issue('localhost');
});
beforeEach(async () => {
  endpoint = await startEndpoint(identity);
  endpoint.token = await tokenFor(identity);
});
afterEach(() => endpoint.close());

/** Bound to the key of a server, with claims replaced. */
async function tokenFor({ keyObject }: TlsIdentity, claims: Changes = {}): Promise<string> {
  return issuer.token({ ...sampleClaims(await thumbprintOf(keyObject)), ...claims });
}

const verifier = (options?: Partial<EndpointOptions>, limits?: Partial<EndpointLimits>) =>
  verifierFor(issuer, authority.ca, options, limits);

describe('an endpoint with an attested key', () => {
  test('is proven: whose key it is, in the words of the token', async () => {
    const proven = await verifier().verify(endpoint.url);
    const spki = createPublicKey(identity.keyObject).export({ type: 'spki', format: 'der' });
    expect(proven).toMatchObject({
      url: endpoint.url,
      keyThumbprint: await thumbprintOf(identity.keyObject),
      keyPin: `sha256//${createHash('sha256').update(spki).digest('base64')}`,
      token: {
        audience: SAMPLE_AUDIENCE,
        keyThumbprint: proven.keyThumbprint,
        att: { workload: 'llm-serving' },
      },
      certificate: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/u), notAfter: expect.any(Date) },
    });
  });

  test('is proven in one call, and whoever the audience has beside the workload is no matter', async () => {
    const options = { issuer: SAMPLE_ISSUER, audience: SAMPLE_AUDIENCE, ca: authority.ca };
    const rest = { fetch: issuer.fetch, now: () => SAMPLE_AT };
    const work = verifyEndpoint(endpoint.url, { ...options, ...rest, workload: ['other', 'llm-serving'] });
    expect((await work).token.att.workload).toBe('llm-serving');
  });

  test.each(['P-384', 'Ed25519'] as const)('may have a key on %s', async (kind) => {
    const other = await authority.issue('localhost', { key: makeTlsKey(kind) });
    endpoint.use(other);
    endpoint.token = await tokenFor(other);
    expect((await verifier().verify(endpoint.url)).keyThumbprint).toBe(await thumbprintOf(other.keyObject));
  });

  test('may be named by its address', async () => {
    const numbered = await authority.issue('127.0.0.1');
    endpoint.use(numbered);
    endpoint.token = await tokenFor(numbered);
    const url = endpoint.url.replace('localhost', '127.0.0.1');
    expect(await outcomeOf(verifier().verify(url))).toBe('accepted');
    expect(await outcomeOf(verifier().verify(endpoint.url))).toBe('endpoint_untrusted');
  });

  test('asks the issuer once for many looks', async () => {
    const kept = verifier();
    const before = issuer.asked.length;
    await kept.verify(endpoint.url);
    await kept.verify(endpoint.url);
    expect(issuer.asked.length - before).toBe(2);
  });
});

describe('a man in the middle', () => {
  test('with a valid certificate for the name, who relays the genuine document, is refused', async () => {
    const middle = await startEndpoint(await authority.issue('localhost'));
    try {
      middle.token = endpoint.token;
      const refused = await refusalOf(verifier().verify(middle.url));
      expect([refused.code, refused.kind]).toEqual(['key_mismatch', 'refused']);
    } finally {
      await middle.close();
    }
  });

  test('with a genuine token of his own for another workload is refused', async () => {
    const own = await authority.issue('localhost');
    const att = { ...SAMPLE_ATT, workload: 'scraper' };
    endpoint.use(own);
    endpoint.token = await tokenFor(own, { att, sub: 'tenant:acme:workload:scraper' });
    expect(await outcomeOf(verifier().verify(endpoint.url))).toBe('workload_unwanted');
  });
});

describe('a token in the document', () => {
  test.each<[string, Changes, string]>([
    ['that has ended', { exp: SAMPLE_AT.getTime() / 1000 - 6 }, 'token_expired'],
    ['for another audience', { aud: 'vault-dev' }, 'token_audience'],
    ['of another issuer', { iss: 'https://attest.example/t/globex' }, 'token_issuer'],
    ['that is bound to no key', { cnf: undefined }, 'token_unbound'],
    ['of simulated evidence', { att: { ...SAMPLE_ATT, simulated: true } }, 'simulated_unwanted'],
    ['of a guest that its host can read', { att: { ...SAMPLE_ATT, debug: true } }, 'debug_unwanted'],
  ])('%s proves nothing', async (_name, claims, code) => {
    endpoint.token = await tokenFor(identity, claims);
    expect(await outcomeOf(verifier().verify(endpoint.url))).toBe(code);
  });

  test('is none, or signed by somebody else', async () => {
    endpoint.token = 'e30.e30.e30';
    expect(await outcomeOf(verifier().verify(endpoint.url))).toBe('token_algorithm');
  });

  test('is not judged while the issuer cannot be asked', async () => {
    const fetch = () => Promise.reject(new TypeError('fetch failed'));
    expect(await outcomeOf(verifier({ fetch }).verify(endpoint.url))).toBe('issuer_unreachable');
  });
});

describe('the document', () => {
  test.each<[string, NonNullable<TlsEndpoint['answer']>]>([
    ['is not there', (_request, response) => void response.writeHead(404).end()],
    [
      'is elsewhere',
      (_request, response) => void response.writeHead(302, { Location: `${endpoint.url}/document` }).end(),
    ],
    ['is longer than any', (_request, response) => sendDocument(response, ' '.repeat(10_241))],
    [
      'has a header without end',
      (_request, response) => void response.writeHead(200, { X: 'x'.repeat(20_000) }).end(),
    ],
    ['is no JSON', (_request, response) => sendDocument(response, 'eyJ')],
    ['says a thing twice', (_request, response) => sendDocument(response, '{"v":1,"v":1,"token":"a.b.c"}')],
    [
      'says more than it may',
      (_request, response) => sendDocument(response, '{"v":1,"token":"a.b.c","next":1}'),
    ],
    ['is of another version', (_request, response) => sendDocument(response, '{"v":2,"token":"a.b.c"}')],
    ['has no token', (_request, response) => sendDocument(response, '{"v":1,"token":null}')],
    [
      'comes as something else',
      (_request, response) => sendDocument(response, endpointDocument(endpoint.token), 'application/json'),
    ],
    [
      'comes compressed',
      (_request, response) =>
        void response.writeHead(200, { 'Content-Type': ENDPOINT_TYPE, 'Content-Encoding': 'gzip' }).end('x'),
    ],
    ['breaks off', (_request, response) => void response.writeHead(200).write('{', () => response.destroy())],
    [
      'turns into another protocol',
      (request) =>
        void request.socket.end('HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n'),
    ],
    ['is no HTTP', (request) => void request.socket.end('220 mail.example\r\n')],
  ])('%s: refused', async (_name, answer) => {
    endpoint.answer = answer;
    const refused = await refusalOf(verifier().verify(endpoint.url));
    expect(refused.code).toBe('endpoint_document_invalid');
    expect(refused.message).toContain(ENDPOINT_PATH);
  });

  test('may name a parameter of its type', async () => {
    endpoint.answer = (_request, response) =>
      sendDocument(response, endpointDocument(endpoint.token), `${ENDPOINT_TYPE}; charset=utf-8`);
    expect(await outcomeOf(verifier().verify(endpoint.url))).toBe('accepted');
  });

  test.each<[string, NonNullable<TlsEndpoint['answer']>]>([
    ['never begins', () => undefined],
    [
      'never ends',
      (_request, response) => void response.writeHead(200, { 'Content-Type': ENDPOINT_TYPE }).write('{'),
    ],
  ])('that %s is waited for no longer than the limit', async (_name, answer) => {
    endpoint.answer = answer;
    expect(await outcomeOf(verifier({}, { document: 50 }).verify(endpoint.url))).toBe('endpoint_slow');
  });

  test('comes over the very connection whose key is looked at', async () => {
    await verifier().verify(endpoint.url);
    expect(endpoint.resumed).toEqual([false]);
  });
});

describe('a connection', () => {
  let plain: Server;
  afterAll(() => void plain.close());

  test.each<[string, () => Promise<string>]>([
    [
      'of an authority that nobody trusts',
      async () => verifierOutcome({ ca: (await makeTlsAuthority()).ca }),
    ],
    ['by a certificate that has ended', async () => certified('localhost', new Date(Date.now() - 60_000))],
    ['by a certificate for another name', async () => certified('other.example')],
  ])('%s is refused', async (_name, outcome) => {
    expect(await outcome()).toBe('endpoint_untrusted');
  });

  async function verifierOutcome(options: { readonly ca?: string }): Promise<string> {
    return outcomeOf(verifier(options).verify(endpoint.url));
  }
  async function certified(name: string, until?: Date): Promise<string> {
    endpoint.use(await authority.issue(name, until === undefined ? {} : { until }));
    return verifierOutcome({});
  }

  test('is refused whatever an environment variable allows', async () => {
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      expect(await certified('other.example')).toBe('endpoint_untrusted');
    } finally {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    }
  });

  test('of TLS 1.2, or by an RSA key, is refused in words of its own', async () => {
    const old = await startEndpoint(identity, { maxVersion: 'TLSv1.2' });
    expect(await outcomeOf(verifier().verify(old.url))).toBe('endpoint_untrusted');
    await old.close();
    endpoint.use(await authority.issue('localhost', { key: makeTlsKey('RSA') }));
    expect(await outcomeOf(verifier().verify(endpoint.url))).toBe('endpoint_key_unsupported');
  });

  test('that is not to be had, hangs up or speaks no TLS, and one that says nothing', async () => {
    let welcome: (socket: Socket) => void = (socket) => void socket.destroy();
    plain = createServer((socket) => welcome(socket.on('error', () => undefined)));
    plain.listen(0, '127.0.0.1');
    await once(plain, 'listening');
    const url = `https://localhost:${(plain.address() as AddressInfo).port}`;
    expect(await outcomeOf(verifier().verify(url))).toBe('endpoint_unreachable');
    welcome = (socket) => void socket.end('220 mail.example\r\n');
    expect(await outcomeOf(verifier().verify(url))).toBe('endpoint_untrusted');
    welcome = () => undefined;
    expect(await outcomeOf(verifier({}, { connect: 50 }).verify(url))).toBe('endpoint_slow');
    await endpoint.close();
    expect(await outcomeOf(verifier().verify(endpoint.url))).toBe('endpoint_unreachable');
    expect(await outcomeOf(verifier().verify('https://absent.invalid'))).toBe('endpoint_unreachable');
    endpoint = await startEndpoint(identity);
  });
});

const CUT = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

describe('options that cannot be meant', () => {
  test.each<[string, object]>([
    ['no workload', { workload: undefined }],
    ['no workload in the list', { workload: [] }],
    ['a bearer', { allowBearer: true }],
    ['a memory of proofs', { replayStore: {} }],
    ['authorities that are none', { ca: 'ca.pem' }],
    ['authorities that cannot be read', { ca: [CUT] }],
    ['an authority beside none', { ca: [CUT, ''] }],
    ['a misspelt one', { workloads: ['llm-serving'] }],
  ])('%s', (_name, options) => {
    expect(() => verifier(options)).toThrow(TypeError);
  });

  test.each([
    'http://localhost',
    'https://localhost/',
    'https://localhost/v1',
    'https://me@localhost',
    'localhost',
  ])('the address %s', async (url) => {
    await expect(verifier().verify(url)).rejects.toThrow(TypeError);
  });
});
