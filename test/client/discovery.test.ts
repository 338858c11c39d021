import { beforeAll, describe, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { fetchIssuerKeys, IssuerFault } from '../../src/client/discovery.js';
import { type Changes, makeSampleIssuer, SAMPLE_ISSUER, type SampleIssuer } from './sample-issuer.js';

const DISCOVERY = `${SAMPLE_ISSUER}/.well-known/openid-configuration`;
const JWKS = `${SAMPLE_ISSUER}/.well-known/jwks.json`;

let issuer: SampleIssuer;
beforeAll(async () => {
  issuer = await makeSampleIssuer();
});

/** Asks with one document replaced by a reply. */
function askWith(replies: Readonly<Record<string, () => Response>>) {
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const reply = replies[String(input)];
    return reply === undefined ? issuer.fetch(input, init) : reply();
  };
  return fetchIssuerKeys(SAMPLE_ISSUER, { fetch });
}

const withKeys = (keys: readonly unknown[]) => askWith({ [JWKS]: () => Response.json({ keys }) });
const changedKey = (changes: Changes) => ({ ...issuer.es256.jwk, ...changes });

describe('discovery', () => {
  test('leads from the issuer to its keys, by their ids', async () => {
    const keys = await askWith({});
    expect([...keys.keys()]).toEqual([issuer.es256.kid, issuer.rs256.kid]);
    expect([...keys.values()].map(({ alg }) => alg)).toEqual(['ES256', 'RS256']);
  });

  test('follows no redirect, and has one end for both documents', async () => {
    const asked: RequestInit[] = [];
    const fetch: typeof globalThis.fetch = (input, init = {}) => {
      asked.push(init);
      return issuer.fetch(input, init);
    };
    await fetchIssuerKeys(SAMPLE_ISSUER, { fetch });
    expect(asked.map(({ redirect }) => redirect)).toEqual(['error', 'error']);
    const [first, second] = asked.map(({ signal }) => signal);
    expect(first).toBeInstanceOf(AbortSignal);
    expect(second).toBe(first);
  });

  test.each<[string, () => Response, string]>([
    ['is missing', () => new Response('', { status: 404 }), 'answered 404'],
    ['is no JSON', () => new Response('<html>'), 'sound JSON object'],
    ['is a list', () => Response.json([]), 'sound JSON object'],
    ['says a thing twice', () => new Response('{"issuer":"a","issuer":"b"}'), 'sound JSON object'],
    ['is huge', () => new Response('a'.repeat(300_000)), 'more than'],
    ['speaks for another', () => Response.json({ issuer: 'https://attest.example' }), 'another issuer'],
    ['names no keys', () => Response.json({ issuer: SAMPLE_ISSUER }), 'do not lie beside it'],
    [
      'names keys elsewhere',
      () => Response.json({ issuer: SAMPLE_ISSUER, jwks_uri: 'https://evil.example/jwks.json' }),
      'do not lie beside it',
    ],
    [
      'names keys without TLS',
      () => Response.json({ issuer: SAMPLE_ISSUER, jwks_uri: 'http://attest.example/jwks.json' }),
      'do not lie beside it',
    ],
  ])('fails when the document %s', async (_name, reply, words) => {
    const failed = askWith({ [DISCOVERY]: reply });
    await expect(failed).rejects.toThrow(IssuerFault);
    await expect(failed).rejects.toThrow(words);
  });

  test.each<[string, () => Promise<readonly unknown[]> | readonly unknown[], string]>([
    ['has a private key', () => [changedKey({ d: 'AAAA' })], 'private key'],
    ['has two keys of one id', () => [issuer.es256.jwk, issuer.es256.jwk], 'two keys'],
    ['has an RSA key for ES256', () => [{ ...issuer.rs256.jwk, alg: 'ES256' }], 'of another kind'],
    ['has a key off its curve', () => [changedKey({ x: 'A'.repeat(43) })], 'cannot be read'],
    ['has a key without a coordinate', () => [changedKey({ y: undefined })], 'of another kind'],
    ['has a text for a key', () => ['key'], 'a key that is none'],
    ['has hundreds of keys', () => Array.from({ length: 65 }, () => ({})), 'at most 64'],
    ['has a short RSA key', shortKey, 'too short'],
  ])('fails when the set %s', async (_name, keys, words) => {
    await expect(withKeys(await keys())).rejects.toThrow(words);
  });

  test('leaves out what is not for the signatures of tokens', async () => {
    const keys = await withKeys([
      changedKey({ use: 'enc' }),
      changedKey({ use: undefined }),
      changedKey({ alg: 'ES512' }),
      changedKey({ kid: undefined }),
      { kty: 'AKP', alg: 'ML-DSA-44', kid: 'later', use: 'sig' },
      issuer.rs256.jwk,
    ]);
    expect([...keys.keys()]).toEqual([issuer.rs256.kid]);
  });

  test('of a set that is no list fails', async () => {
    await expect(askWith({ [JWKS]: () => Response.json({ keys: {} }) })).rejects.toThrow(IssuerFault);
  });
});

/** 1024 bits: node:crypto makes what WebCrypto would not sign with. */
async function shortKey(): Promise<readonly JWK[]> {
  const { publicKey } = await generateKeyPair('RS256', { modulusLength: 2048 });
  const jwk = await exportJWK(publicKey);
  const n = Buffer.from(jwk.n ?? '', 'base64url')
    .subarray(0, 128)
    .toString('base64url');
  return [{ ...jwk, n, alg: 'RS256', use: 'sig', kid: 'short' }];
}
