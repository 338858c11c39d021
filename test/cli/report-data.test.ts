import { createPublicKey } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mintRequest, pemOfRequest } from '../pki/miniature-request.js';
import { makeTlsAuthority, makeTlsKey } from '../tls-authority.js';
import { type GuestPlace, makeGuestPlace } from './guest-directory.js';
import { assay } from './run-assay.js';

/** Nonce 00 01 … 1f. */
const NONCE = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8';
/** RFC 7515, appendix A.3. */
const KEY = {
  kty: 'EC',
  crv: 'P-256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
};
const PRIVATE = 'jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI';
const PLAIN =
  '70e50503a0bd46f4af6660375e4d9afbdef98de58060aa3f9de52fe4c0d86ef65b5fadaf9e5442313e6bf63e1acd98e600000000000000000000000000000000';
const WITH_KEYS =
  '87d76583cb759eec7067bb7b3a90211c14aad1919db4c893e40f4317c482346772ce77627eb23b55bb91f26786e141de00000000000000000000000000000000';

const local = ['--issuer', 'http://localhost:8080', '--audience', 'vault-prod', '--nonce', NONCE];
const acme = ['--issuer', 'https://attest.example/t/acme', '--audience', 'vault-prod', '--nonce', NONCE];

let place: GuestPlace;
beforeAll(async () => {
  place = await makeGuestPlace();
});
afterAll(() => place.remove());

describe('assay report-data', () => {
  test('without keys', async () => {
    expect(await assay(['report-data', ...local])).toEqual({ code: 0, out: `${PLAIN}\n`, err: '' });
  });

  test('with the nonce in standard base64', async () => {
    expect((await assay(['report-data', ...local.slice(0, -1), `${NONCE}=`])).out).toBe(`${PLAIN}\n`);
  });

  test('with keys, one on the command line and one in a file', async () => {
    await writeFile(place.path('enc.jwk'), JSON.stringify(KEY));
    const run = await assay([
      ...['report-data', ...acme],
      ...['--sig', JSON.stringify(KEY), '--enc', place.path('enc.jwk')],
    ]);
    expect(run).toEqual({ code: 0, out: `${WITH_KEYS}\n`, err: '' });
  });

  test('with the key of a TLS server, from what there is of it', async () => {
    const key = makeTlsKey();
    const jwk = JSON.stringify(createPublicKey(key).export({ format: 'jwk' }));
    const { cert } = await (await makeTlsAuthority()).issue('model.example', { key });
    const files = {
      'server.csr': pemOfRequest(mintRequest({ key })),
      'server.crt': cert,
      'server.pub': createPublicKey(key).export({ type: 'spki', format: 'pem' }),
      'server.der': mintRequest({ key }),
    };
    const expected = await assay(['report-data', ...acme, '--sig', jwk]);
    expect(expected.code).toBe(0);
    for (const [name, content] of Object.entries(files)) {
      await writeFile(place.path(name), content);
      expect(await assay(['report-data', ...acme, '--sig', place.path(name)])).toEqual(expected);
    }
  });

  test('refuses a certification request of somebody else’s key', async () => {
    await writeFile(place.path('forged.csr'), mintRequest({ key: makeTlsKey(), signingKey: makeTlsKey() }));
    const { code, out, err } = await assay(['report-data', ...acme, '--sig', place.path('forged.csr')]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('does not hold under its own key');
  });

  test.each<[string, readonly string[], string]>([
    ['a private key', [...local, '--sig', JSON.stringify({ ...KEY, d: PRIVATE })], 'private member d'],
    ['a point off the curve', [...local, '--sig', JSON.stringify({ ...KEY, y: KEY.x })], 'not on the curve'],
    ['a key that is not JSON', [...local, '--sig', '{'], '--sig'],
    ['a nonce of 31 bytes', [...local.slice(0, -1), NONCE.slice(0, -2)], '32 bytes'],
    ['no audience', local.slice(0, 2), '--audience'],
  ])('refuses %s, and never prints a value to sign', async (_name, args, words) => {
    const { code, out, err } = await assay(['report-data', ...args]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(words);
    expect(err).not.toContain(PRIVATE);
  });
});
