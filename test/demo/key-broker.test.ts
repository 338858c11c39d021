import { createHash, createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { startIssuer, type TestIssuer } from './issuer.js';

const EXAMPLE = new URL('../../../examples/key-broker/', import.meta.url);
const MODEL_KEY = Buffer.alloc(32, 7);

/** Members of a token or proof; undefined leaves one out. */
type Claims = Readonly<Record<string, unknown>>;

interface BrokerOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly acceptSimulated: boolean;
  readonly keys: ReadonlyMap<string, { key: Buffer; workload: string }>;
  readonly now?: () => Date;
}
const { createBroker }: { createBroker: (options: BrokerOptions) => Promise<Server> } = await import(
  new URL('broker.mjs', EXAMPLE).href
);

interface Holder {
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
  readonly jkt: string;
}

async function makeHolder(): Promise<Holder> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwk = await exportJWK(publicKey);
  return { privateKey, jwk, jkt: await calculateJwkThumbprint(jwk) };
}

let issuer: TestIssuer;
let holder: Holder;
const servers: Server[] = [];

async function startBroker(changes: Partial<BrokerOptions> = {}): Promise<string> {
  const keys = new Map([['model', { key: MODEL_KEY, workload: 'llm' }]]);
  const options = { issuer: issuer.url, audience: 'broker', acceptSimulated: false, keys, ...changes };
  const server = await createBroker(options);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

let broker: string;
beforeAll(async () => {
  issuer = await startIssuer();
  holder = await makeHolder();
  broker = await startBroker();
});
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await issuer.close();
});

async function nonceOf(url: string): Promise<string> {
  const { nonce } = (await (await fetch(`${url}/nonce`)).json()) as { nonce: string };
  return nonce;
}

/** The proof that a rightful holder would make, with members replaced. */
async function proofFor(token: string, changes: Claims = {}, by: Holder = holder): Promise<string> {
  const ath = createHash('sha256').update(token).digest('base64url');
  const claims = { htm: 'POST', htu: `${broker}/keys/model`, ath, nonce: await nonceOf(broker) };
  return new SignJWT({ ...claims, ...changes })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: by.jwk })
    .setIssuedAt()
    .setJti(randomUUID())
    .sign(by.privateKey);
}

async function ask(token: string | null, proof: string | null, url = broker, name = 'model') {
  const response = await fetch(`${url}/keys/${name}`, {
    method: 'POST',
    headers: {
      ...(token === null ? {} : { authorization: `DPoP ${token}` }),
      ...(proof === null ? {} : { dpop: proof }),
    },
  });
  const body = (await response.json()) as { readonly key?: string; readonly error?: string };
  return { status: response.status, body };
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const att = (changes: object) => ({ att: { workload: 'llm', simulated: false, debug: false, ...changes } });

describe('a key broker', () => {
  test('releases the key to the holder of the key in the token', async () => {
    const token = await issuer.token(holder.jkt);
    const { status, body } = await ask(token, await proofFor(token));
    expect([status, body.key]).toEqual([200, MODEL_KEY.toString('base64url')]);
  });

  test.each<[string, Claims, string]>([
    ['another audience', { aud: 'another' }, 'claim_aud'],
    ['another issuer', { iss: 'https://attest.example' }, 'claim_iss'],
    ['an expired token', { iat: 1_700_000_000, exp: 1_700_000_300 }, 'expired'],
    ['a token without end', { exp: undefined }, 'claim_exp'],
    ['a token without key', { cnf: undefined }, 'claim_cnf'],
    ['a token bound to nothing', { cnf: {} }, 'not_bound'],
    ['a warning', { ear_status: 'warning' }, 'status'],
    ['simulated evidence', att({ simulated: true }), 'simulated'],
    ['evidence that does not say whether it is simulated', att({ simulated: undefined }), 'simulated'],
    ['a debug guest', att({ debug: true }), 'debug'],
    ['no attestation claims', { att: undefined }, 'malformed'],
    ['another workload', att({ workload: 'other' }), 'not_yours'],
  ])('refuses %s', async (_name, changes, reason) => {
    const token = await issuer.token(holder.jkt, changes);
    const { status, body } = await ask(token, await proofFor(token));
    expect([status, body.error]).toEqual([403, reason]);
  });

  test('takes simulated evidence when it was told to', async () => {
    const url = await startBroker({ acceptSimulated: true });
    const token = await issuer.token(holder.jkt, att({ simulated: true }));
    const proof = await proofFor(token, { htu: `${url}/keys/model`, nonce: await nonceOf(url) });
    expect((await ask(token, proof, url)).status).toBe(200);
  });

  test('refuses alg none and HS256 under the public key', async () => {
    const [, body] = (await issuer.token(holder.jkt)).split('.');
    const unsigned = `${encode({ alg: 'none', kid: issuer.kid })}.${body}.`;
    const hmacInput = `${encode({ alg: 'HS256', kid: issuer.kid })}.${body}`;
    const mac = createHmac('sha256', JSON.stringify(issuer.publicJwk)).update(hmacInput).digest('base64url');
    for (const token of [unsigned, `${hmacInput}.${mac}`]) {
      expect((await ask(token, await proofFor(token))).body.error).toBe('algorithm');
    }
  });

  test('refuses a swapped issuer key', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    const token = await issuer.token(holder.jkt, {}, privateKey);
    expect((await ask(token, await proofFor(token))).body.error).toBe('signature');
  });

  test('starts with no issuer that speaks for another', async () => {
    const localhost = issuer.url.replace('127.0.0.1', 'localhost');
    await expect(startBroker({ issuer: localhost })).rejects.toThrow('speaks for');
  });

  test.each<[string, Claims, string]>([
    ['for another method', { htm: 'GET' }, 'other_request'],
    ['for another address', { htu: 'http://127.0.0.1/keys/model' }, 'other_request'],
    ['for another token', { ath: 'AAAA' }, 'other_token'],
    ['with a nonce of its own', { nonce: 'mine' }, 'nonce'],
  ])('refuses a proof %s', async (_name, changes, reason) => {
    const token = await issuer.token(holder.jkt);
    expect((await ask(token, await proofFor(token, changes))).body.error).toBe(reason);
  });

  test('refuses a stolen token: no proof, or one by another key', async () => {
    const token = await issuer.token(holder.jkt);
    expect((await ask(token, null)).body.error).toBe('no_proof');
    const thief = await makeHolder();
    expect((await ask(token, await proofFor(token, {}, thief))).body.error).toBe('other_key');
    expect((await ask(null, null)).body.error).toBe('no_token');
  });

  test('takes a proof once', async () => {
    const token = await issuer.token(holder.jkt);
    const proof = await proofFor(token);
    expect((await ask(token, proof)).status).toBe(200);
    expect((await ask(token, proof)).body.error).toBe('nonce');
  });

  test('answers an unknown key like somebody else’s', async () => {
    const token = await issuer.token(holder.jkt);
    const proof = await proofFor(token, { htu: `${broker}/keys/secret` });
    expect((await ask(token, proof, broker, 'secret')).body.error).toBe('not_yours');
  });

  test('imports nothing of the service', async () => {
    const files = (await readdir(EXAMPLE)).filter((name) => name.endsWith('.mjs'));
    expect(files).toContain('broker.mjs');
    for (const file of files) {
      const text = await readFile(fileURLToPath(new URL(file, EXAMPLE)), 'utf8');
      const imported = [...text.matchAll(/from '([^']+)'/gu)].map(([, specifier]) => specifier ?? '');
      const foreign = imported.filter((name) => !/^(jose|node:.*|\.\/[a-z]+\.mjs)$/u.test(name));
      expect([file, foreign]).toEqual([file, []]);
    }
  });
});
