/** What is sent to an endpoint after it was verified: over connections to the key that was verified, or not at all. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Agent as UndiciAgent, fetch as undiciFetch } from 'undici';
import type { AttestedEndpoint } from '../../src/client/index.js';
import { makeTlsAuthority, type TlsAuthority, type TlsIdentity } from '../tls-authority.js';
import { startEndpoint, type TlsEndpoint, thumbprintOf, verifierFor } from './endpoint-rig.js';
import { outcomeOf } from './refused.js';
import { makeSampleIssuer, SAMPLE_AT, type SampleIssuer, sampleClaims } from './sample-issuer.js';

let authority: TlsAuthority;
let issuer: SampleIssuer;
let identity: TlsIdentity;
let endpoint: TlsEndpoint;
let proven: AttestedEndpoint;
let now: Date;
beforeAll(async () => {
  [authority, issuer] = await Promise.all([makeTlsAuthority(), makeSampleIssuer()]);
  identity = await authority.issue('localhost');
});
beforeEach(async () => {
  now = SAMPLE_AT;
  endpoint = await startEndpoint(identity);
  endpoint.token = await issuer.token(sampleClaims(await thumbprintOf(identity.keyObject)));
  proven = await verifierFor(issuer, authority.ca, { now: () => now }).verify(endpoint.url);
});
afterEach(() => endpoint.close());

/** Sends a prompt by the agent, with options of the request beside it; resolves to the answer. */
async function send(options: RequestOptions = {}, url = endpoint.url): Promise<string> {
  const outgoing = request(`${url}/v1/chat`, { method: 'POST', agent: proven.agent, ...options });
  outgoing.end('my secret prompt');
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  return text(answer);
}

describe('the agent of an endpoint that was verified', () => {
  test('sends each request after a full handshake', async () => {
    expect(await send()).toBe('answered');
    expect(await send()).toBe('answered');
    expect(endpoint.reached).toEqual(Array(2).fill('POST /v1/chat my secret prompt'));
    expect(endpoint.resumed).toEqual([false, false, false]);
  });

  test('sends nothing to another key, though its certificate is good and it resumes what it may', async () => {
    endpoint.use(await authority.issue('localhost'));
    expect(await outcomeOf(send())).toBe('key_mismatch');
    expect(endpoint.reached).toEqual([]);
    endpoint.use(identity);
    expect(await send()).toBe('answered');
  });

  test('does not look at what a request says of TLS', async () => {
    endpoint.use(await authority.issue('localhost'));
    const lenient = { rejectUnauthorized: false, checkServerIdentity: () => undefined, servername: 'other' };
    expect(await outcomeOf(send(lenient))).toBe('key_mismatch');
    endpoint.use(await authority.issue('other.example', { key: identity.keyObject }));
    expect(await outcomeOf(send(lenient))).toBe('endpoint_untrusted');
    expect(endpoint.reached).toEqual([]);
  });

  test('hands no connection on to a request that waits for one', async () => {
    proven.agent.maxSockets = 1;
    const before = endpoint.resumed.length;
    const lasting: RequestOptions = { headers: { Connection: 'keep-alive' } };
    const first = request(`${endpoint.url}/v1/chat`, { method: 'POST', agent: proven.agent, ...lasting });
    // Only a connection that is there counts: the others wait for it from here on.
    await once(first, 'socket');
    const queued = [send(lasting), send()];
    first.end('my secret prompt');
    const [answer] = (await once(first, 'response')) as [IncomingMessage];
    expect(await Promise.all([text(answer), ...queued])).toEqual(Array(3).fill('answered'));
    expect(endpoint.resumed.slice(before)).toEqual([false, false, false]);
  });

  test('resumes no session, not even one that a request brings', async () => {
    const { port } = new URL(endpoint.url);
    const other = connect({
      port: Number(port),
      host: 'localhost',
      servername: 'localhost',
      ca: authority.ca,
    });
    // TLS 1.3 sends tickets with what comes first.
    other.write(`GET / HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    const [session] = (await once(other, 'session')) as [Buffer];
    const again = connect({ port: Number(port), servername: 'localhost', ca: authority.ca, session });
    await once(again, 'secureConnect');
    expect(again.isSessionReused()).toBe(true);
    again.destroy();
    other.destroy();
    const before = endpoint.resumed.length;
    const bringing: RequestOptions & { readonly session: Buffer } = { session };
    expect(await send(bringing)).toBe('answered');
    expect(endpoint.resumed.slice(before)).toEqual([false]);
  });

  test('sends nothing once the token has ended', async () => {
    now = new Date(SAMPLE_AT.getTime() + 304_000);
    expect(await send()).toBe('answered');
    now = new Date(SAMPLE_AT.getTime() + 305_000);
    expect(await outcomeOf(send())).toBe('token_expired');
    expect(endpoint.reached).toHaveLength(1);
  });

  test('is for its endpoint alone', async () => {
    const other = await startEndpoint(identity);
    await expect(send({}, other.url)).rejects.toThrow(TypeError);
    await expect(send({}, 'https://elsewhere.example')).rejects.toThrow(TypeError);
    expect(other.reached).toEqual([]);
    await other.close();
  });

  test('tells of an endpoint that is gone', async () => {
    await endpoint.close();
    expect(await outcomeOf(send())).toBe('endpoint_unreachable');
    endpoint = await startEndpoint(identity);
  });

  test('lends its connections to other programs, as undici', async () => {
    const dispatcher = new UndiciAgent({
      connect: (_options, done) => {
        proven.openConnection().then(
          (socket) => done(null, socket),
          (error: Error) => done(error, null),
        );
      },
    });
    const answer = await undiciFetch(`${endpoint.url}/v1/chat`, {
      method: 'POST',
      body: 'hello',
      dispatcher,
    });
    expect([answer.status, await answer.text()]).toEqual([200, 'answered']);
    await dispatcher.close();
    endpoint.use(await authority.issue('localhost'));
    expect(await outcomeOf(proven.openConnection())).toBe('key_mismatch');
  });
});
