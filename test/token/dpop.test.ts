/** What a proof of possession must say, one thing at a time (RFC 9449, section 4.3), and whose key may say it. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { jwkThumbprint, requirePublicJwk } from '../../src/rats/binding.js';
import type { JsonObject } from '../../src/rats/result.js';
import {
  DPOP_ALGS,
  type DpopQuestion,
  type DpopReason,
  DpopRefused,
  MAX_PROOF_LENGTH,
  verifyDpopProof,
} from '../../src/token/dpop.js';
import { type Holder, mintHolder, type ProofInput, proofBy, signText, tokenHash } from './possession.js';

const AT = new Date('2026-11-20T12:00:00.400Z');
const IAT = 1795176000;
const URL = 'https://attest.example/t/acme/v1/tokens/renew';
const TOKEN = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln';
const RIGHT: ProofInput = { method: 'POST', url: URL, at: AT, token: TOKEN };

function questionOf(proof: string, other: Partial<DpopQuestion> = {}): DpopQuestion {
  return { proof, method: 'POST', url: URL, token: TOKEN, thumbprint: null, at: AT, window: 60, ...other };
}

/** `none`: it counts. */
async function reasonOf(question: DpopQuestion): Promise<DpopReason | 'none'> {
  try {
    await verifyDpopProof(question);
    return 'none';
  } catch (error) {
    if (!(error instanceof DpopRefused)) throw error;
    expect(error.message).toMatch(/^The DPoP proof does not count: .+\.$/u);
    return error.reason;
  }
}

const holder = await mintHolder();
const reasonFor = async (
  input: Partial<ProofInput>,
  other: Partial<DpopQuestion> = {},
  by: Holder = holder,
) => reasonOf(questionOf(await proofBy(by, { ...RIGHT, ...input }), other));

describe('a sound proof', () => {
  test.each(DPOP_ALGS)('counts, signed with %s, and names its key as attest does', async (alg) => {
    const own = await mintHolder(alg);
    const proof = await proofBy(own, { ...RIGHT, claims: { jti: 'once' } });
    const answer = await verifyDpopProof(questionOf(proof, { thumbprint: own.thumbprint }));
    expect(answer).toEqual({ jti: 'once', iat: IAT, thumbprint: own.thumbprint });
    const taken = requirePublicJwk({ ...own.publicJwk } as JsonObject, 'sig');
    expect(jwkThumbprint(taken)).toBe(own.thumbprint);
  });

  test('counts without a token where none is shown, and for any key where none is asked', async () => {
    expect(await reasonFor({ token: null }, { token: null })).toBe('none');
    expect(await reasonFor({}, { thumbprint: null })).toBe('none');
    expect(await reasonFor({}, { token: null })).toBe('none');
  });

  test.each([
    ['another spelling of the address', { htu: 'HTTPS://ATTEST.example:443/t/./acme/v1/tokens/%72enew?x#y' }],
    ['the oldest instant', { iat: IAT - 59 }],
    ['the latest instant', { iat: IAT + 60 }],
    ['the longest jti', { jti: 'j'.repeat(256) }],
    ['claims that nobody asks for', { nonce: 'n', more: { a: [1] } }],
    ['bounds that hold', { nbf: IAT, exp: IAT + 1 }],
  ])('counts with %s', async (_what, claims) => {
    expect(await reasonFor({ claims })).toBe('none');
  });

  test('counts with other words about its key', async () => {
    const jwk = { ...holder.publicJwk, kid: 'k', use: 'sig', alg: 'ES256' };
    expect(await reasonFor({ header: { jwk, kid: 'k' } })).toBe('none');
  });
});

describe('a proof is refused', () => {
  test.each<[string, DpopReason, Partial<ProofInput>]>([
    ['of another type', 'type', { header: { typ: 'JWT' } }],
    ['without a type', 'type', { header: { typ: undefined } }],
    ['for another method', 'method', { method: 'GET' }],
    ['for the method in another case', 'method', { method: 'post' }],
    ['for another address', 'url', { url: 'https://attest.example/v1/tokens/renew' }],
    ['for another host', 'url', { url: URL.replace('attest', 'attack') }],
    ['for another scheme', 'url', { url: URL.replace('https', 'http') }],
    ['for an address below', 'url', { url: `${URL}/` }],
    ['for an address that only begins alike', 'url', { url: `${URL}%2F..` }],
    ['for no address', 'url', { claims: { htu: undefined } }],
    ['for a list of addresses', 'url', { claims: { htu: [URL] } }],
    ['that is too old', 'time', { claims: { iat: IAT - 60 } }],
    ['that comes too early', 'time', { claims: { iat: IAT + 61 } }],
    ['without an instant', 'time', { claims: { iat: undefined } }],
    ['with an instant as text', 'time', { claims: { iat: String(IAT) } }],
    ['with a fraction of a second', 'time', { claims: { iat: IAT + 0.5 } }],
    ['that has ended', 'time', { claims: { exp: IAT } }],
    ['that has not begun', 'time', { claims: { nbf: IAT + 61 } }],
    ['with an end as text', 'time', { claims: { exp: '2030-01-01' } }],
    ['without a jti', 'jti', { claims: { jti: undefined } }],
    ['with an empty jti', 'jti', { claims: { jti: '' } }],
    ['with a number as jti', 'jti', { claims: { jti: 7 } }],
    ['with an endless jti', 'jti', { claims: { jti: 'j'.repeat(257) } }],
    ['for no token', 'token', { token: null }],
    ['for another token', 'token', { token: `${TOKEN}x` }],
    ['with the token itself', 'token', { claims: { ath: TOKEN } }],
    ['with a padded digest', 'token', { claims: { ath: `${tokenHash(TOKEN)}=` } }],
    ['with a critical header', 'malformed', { header: { crit: ['b64'], b64: true } }],
    ['without a key', 'key', { header: { jwk: undefined } }],
    ['with a list as key', 'key', { header: { jwk: [] } }],
    ['with a key of another use', 'key', { header: { jwk: { ...holder.publicJwk, use: 'enc' } } }],
    ['with half a key', 'key', { header: { jwk: { ...holder.publicJwk, y: undefined } } }],
    ['with a longer coordinate', 'key', { header: { jwk: { ...holder.publicJwk, x: 'A'.repeat(44) } } }],
    [
      'with a padded coordinate',
      'key',
      { header: { jwk: { ...holder.publicJwk, x: `${holder.publicJwk.x}=` } } },
    ],
    [
      'with a point off the curve',
      'key',
      { header: { jwk: { ...holder.publicJwk, y: holder.publicJwk.x } } },
    ],
  ])('%s', async (_what, reason, input) => {
    expect(await reasonFor(input)).toBe(reason);
    expect(await reasonFor({})).toBe('none');
  });

  test('with a key of another kind than its algorithm', async () => {
    const [p384, ed] = [await mintHolder('ES384'), await mintHolder('EdDSA')];
    expect(await reasonFor({ header: { jwk: p384.publicJwk } })).toBe('key');
    expect(await reasonFor({ header: { jwk: holder.publicJwk } }, {}, ed)).toBe('key');
    expect(await reasonFor({ header: { jwk: { ...holder.publicJwk, kty: 'OKP' } } })).toBe('key');
  });

  test('with a private member, whichever', async () => {
    for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']) {
      expect(await reasonFor({ header: { jwk: { ...holder.publicJwk, [member]: 'AQ' } } })).toBe('key');
    }
  });

  test('by a key that is not the one that it names, or not the one that the token is bound to', async () => {
    const other = await mintHolder();
    expect(await reasonFor({ header: { jwk: other.publicJwk } })).toBe('signature');
    expect(await reasonFor({}, { thumbprint: other.thumbprint })).toBe('thumbprint');
    expect(await reasonFor({}, { thumbprint: holder.thumbprint })).toBe('none');
    expect(await reasonFor({}, { thumbprint: '' })).toBe('thumbprint');
  });

  test.each(['none', 'HS256', 'RS256', 'PS256', 'ES512', 'ES256K', 'es256', 'toString', 7])(
    'with the algorithm %s',
    async (alg) => {
      const [, claims, signature] = (await proofBy(holder, RIGHT)).split('.');
      const header = Buffer.from(JSON.stringify({ typ: 'dpop+jwt', alg, jwk: holder.publicJwk }));
      const proof = `${header.toString('base64url')}.${claims}.${signature}`;
      expect(await reasonOf(questionOf(proof))).toBe('algorithm');
    },
  );

  test('when a document says one thing twice', async () => {
    const claims = { jti: 'a', htm: 'POST', htu: URL, iat: IAT, ath: tokenHash(TOKEN) };
    const text = JSON.stringify(claims);
    expect(await reasonOf(questionOf(await signText(holder, text)))).toBe('none');
    const twice = `${text.slice(0, -1)},"jti":"b"}`;
    expect(await reasonOf(questionOf(await signText(holder, twice)))).toBe('malformed');
    for (const other of ['', '[]', 'null', `${text}x`, '{"jti":"\\ud800"}']) {
      expect(await reasonOf(questionOf(await signText(holder, other)))).toBe('malformed');
    }
  });

  test('that is more than one, or less', async () => {
    const proof = await proofBy(holder, RIGHT);
    const [header, claims, signature] = proof.split('.');
    for (const text of [
      '',
      '..',
      `${proof}, ${proof}`,
      ` ${proof}`,
      `${proof}.`,
      `${proof}=`,
      `${header}.${claims}`,
      `${header}.${claims}.`,
      `${header}..${signature}`,
      `${header}=.${claims}.${signature}`,
      `${proof}${'A'.repeat(MAX_PROOF_LENGTH)}`,
    ]) {
      expect(await reasonOf(questionOf(text))).toBe('malformed');
    }
  });
});

test('whatever is changed in a proof, it does not count any more', async () => {
  const proof = await proofBy(holder, RIGHT);
  const question = { thumbprint: holder.thumbprint };
  expect(await reasonOf(questionOf(proof, question))).toBe('none');
  await fc.assert(
    fc.asyncProperty(
      fc.nat(proof.length - 1),
      fc.constantFrom(...'ABCDEFghij0123456789-_.~'),
      async (place, character) => {
        fc.pre(proof[place] !== character);
        const changed = proof.slice(0, place) + character + proof.slice(place + 1);
        expect(await reasonOf(questionOf(changed, question))).not.toBe('none');
      },
    ),
  );
});

test('no text at all is more than refused', async () => {
  const segment = fc.oneof(
    fc.string(),
    fc.json().map((text) => Buffer.from(text).toString('base64url')),
    fc
      .record({ typ: fc.constant('dpop+jwt'), alg: fc.constantFrom(...DPOP_ALGS), jwk: fc.jsonValue() })
      .map((header) => Buffer.from(JSON.stringify(header)).toString('base64url')),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(segment, { maxLength: 4 }), async (parts) => {
      expect(await reasonOf(questionOf(parts.join('.')))).not.toBe('none');
    }),
  );
});
