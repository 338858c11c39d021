/** A certificate signing request in `keys.sig`: the token is bound to the key of a TLS server. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { calculateJwkThumbprint, decodeJwt, type JWK } from 'jose';
import { bindingDigest } from '../../src/rats/binding.js';
import type { JsonObject } from '../../src/rats/result.js';
import { mintRequest, type RequestDraft } from '../pki/miniature-request.js';
import { makeTlsKey } from '../tls-authority.js';
import { evidenceOf, guestWith, prepare, takeChallenge, tdWith } from './guest.js';
import { SIMULATED_ISSUER, startTestService, type TestService } from './service.js';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
  await prepare(service);
});
afterAll(() => service.close());

const thumbprintOf = (key: KeyObject) =>
  calculateJwkThumbprint(createPublicKey(key).export({ format: 'jwk' }) as JWK);

type Mint = (reportData: Uint8Array) => ReturnType<typeof guestWith | typeof tdWith>;

/** An attest body whose evidence covers the key; with that in `keys.sig`. */
async function bodyWith(key: KeyObject, sig: JsonObject, mint: Mint = guestWith): Promise<JsonObject> {
  const { challenge, nonce } = await takeChallenge(service);
  const reportData = bindingDigest({
    ...{ issuer: SIMULATED_ISSUER, audience: 'vault', nonce },
    ...{ sig: await thumbprintOf(key), enc: null },
  });
  return { challenge, audience: 'vault', evidence: evidenceOf(await mint(reportData)), keys: { sig } };
}

const requestFor = (draft: RequestDraft): JsonObject => ({ csr: mintRequest(draft).toString('base64') });

describe('a certification request in place of a JWK', () => {
  test.each(['P-256', 'P-384', 'Ed25519'] as const)('binds the token to its key: %s', async (kind) => {
    const key = makeTlsKey(kind);
    const body = await bodyWith(key, requestFor({ key }));
    const reply = await service.post('/simulated/v1/attest', body).expect(200);
    expect(reply.body.token_type).toBe('DPoP');
    expect(decodeJwt(reply.body.token).cnf).toEqual({ jkt: await thumbprintOf(key) });
  });

  test.each<[string, (key: KeyObject) => JsonObject, string]>([
    ['signed by another key', (key) => requestFor({ key, signingKey: makeTlsKey() }), 'under its own key'],
    ['signed by SHA-1', (key) => requestFor({ key, hash: 'sha1' }), 'SHA-2'],
    ['that is cut off', (key) => ({ csr: mintRequest({ key }).subarray(1).toString('base64') }), 'PKCS #10'],
    ['that is no text', () => ({ csr: 7 }), 'base64'],
    ['beside members of a JWK', (key) => ({ ...requestFor({ key }), kty: 'EC' }), 'stands alone'],
  ])('%s is refused, and the challenge is good still', async (_name, sigFor, words) => {
    const key = makeTlsKey();
    const body = await bodyWith(key, sigFor(key));
    const refused = await service.post('/simulated/v1/attest', body).expect(400);
    expect(refused.body).toMatchObject({ code: 'key_invalid', detail: expect.stringContaining(words) });
    await service.post('/simulated/v1/attest', { ...body, keys: { sig: requestFor({ key }) } }).expect(200);
  });

  test('of a key that the evidence does not cover binds nothing, whatever its signature', async () => {
    const body = await bodyWith(makeTlsKey(), requestFor({ key: makeTlsKey() }));
    const refused = await service.post('/simulated/v1/attest', body).expect(422);
    expect(refused.body.code).toBe('report_data_mismatch');
  });

  test.each<[string, Mint]>([
    ['snp_chain_untrusted', (reportData) => guestWith(reportData, { fault: 'snp_chain_untrusted' })],
    ['tdx_pck_chain_untrusted', (reportData) => tdWith(reportData, { fault: 'tdx_pck_chain_untrusted' })],
  ])('with evidence of a foreign chain is not verified: %s', async (code, mint) => {
    const key = makeTlsKey();
    const body = await bodyWith(key, requestFor({ key, signingKey: makeTlsKey() }), mint);
    const refused = await service.post('/simulated/v1/attest', body).expect(422);
    expect(refused.body.code).toBe(code);
  });

  test('is no key to encrypt to', async () => {
    const key = makeTlsKey();
    const body = await bodyWith(key, requestFor({ key }));
    const keys = { ...(body.keys as JsonObject), enc: requestFor({ key }) };
    const refused = await service.post('/simulated/v1/attest', { ...body, keys }).expect(400);
    expect(refused.body.code).toBe('key_invalid');
  });
});
