/** A token goes to the attester's own key where it sent one, and nobody on the way can take it. */
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { compactDecrypt, decodeProtectedHeader, jwtVerify } from 'jose';
import type { JsonObject } from '../../src/rats/result.js';
import { mintHolder } from '../token/possession.js';
import { prepare } from './guest.js';
import { attested, bodyOf, registerRenewable, renewed, rewind } from './holder.js';
import { keysOf } from './relying-party.js';
import { startTestService, type TestService } from './service.js';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
  await prepare(service);
  await registerRenewable(service);
  await registerRenewable(service, { name: 'plain', token_encryption: 'never' });
}, 180_000);
beforeEach(() => rewind(service));
afterAll(() => service.close());

const KINDS = {
  'P-256': () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  'P-384': () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  X25519: () => generateKeyPairSync('x25519'),
} as const;

function makePair(kind: keyof typeof KINDS = 'P-256') {
  const { publicKey, privateKey } = KINDS[kind]();
  const enc = { ...publicKey.export({ format: 'jwk' }) } as JsonObject;
  const open = async (token: string): Promise<string> =>
    Buffer.from((await compactDecrypt(token, privateKey)).plaintext).toString('ascii');
  return { enc, open };
}

describe('a token for an attester that sent keys.enc', () => {
  test.each(['P-256', 'P-384', 'X25519'] as const)('is encrypted to it: %s', async (kind) => {
    const { enc, open } = makePair(kind);
    const holder = await mintHolder();
    const { body } = await attested(service, { holder, enc });
    expect(body).toMatchObject({ token_format: 'jwe', token_type: 'DPoP', status: 'affirming' });
    const token = await open(body.token);
    const currentDate = service.clock.now();
    const { payload } = await jwtVerify(token, await keysOf(service), { audience: 'renewable', currentDate });
    expect(payload.cnf).toEqual({ jkt: holder.thumbprint });
    expect(JSON.stringify(body)).not.toContain(token.split('.')[2]);
    // The encrypted one is nothing that a relying party takes, nor do we.
    await expect(jwtVerify(body.token, await keysOf(service))).rejects.toThrow();
    const shown = await renewed(service, { holder, token: body.token });
    expect([shown.status, shown.body.code]).toEqual([401, 'token_invalid']);
    expect(shown.body.detail).toMatch(/decrypt it/u);
  });

  test('is encrypted for whoever sent no other key, too', async () => {
    const { enc, open } = makePair();
    const { body } = await attested(service, { audience: 'open', enc });
    expect(body).toMatchObject({ token_format: 'jwe', token_type: 'Bearer' });
    expect((await open(body.token)).split('.')).toHaveLength(3);
  });

  test('stays encrypted when it is renewed, and when it comes bare', async () => {
    const { enc, open } = makePair();
    const holder = await mintHolder();
    const body = await bodyOf(service, { holder, enc });
    const bare = await service
      .post('/simulated/v1/attest', body)
      .set('Accept', 'application/jwt')
      .expect(200);
    const token = await open(bare.text);
    service.clock.advance(60);
    const again = await renewed(service, { holder, token });
    expect(again.body).toMatchObject({ token_format: 'jwe' });
    expect(decodeProtectedHeader(again.body.token)).toMatchObject({
      kid: decodeProtectedHeader(bare.text).kid,
    });
    expect(await open(again.body.token)).not.toBe(token);
  });

  test('goes out as it was signed where the audience wants it so, renewed or not', async () => {
    const { enc } = makePair();
    const holder = await mintHolder();
    const { body } = await attested(service, { audience: 'plain', holder, enc });
    expect(body).not.toHaveProperty('token_format');
    await jwtVerify(body.token, await keysOf(service), { currentDate: service.clock.now() });
    const again = await renewed(service, { holder, token: body.token });
    expect(again.status).toBe(200);
    expect(again.body.token.split('.')).toHaveLength(3);
  });

  test('is for the key that the evidence binds: one that was put in its place spends nothing', async () => {
    const { enc } = makePair();
    const body = await bodyOf(service, { holder: await mintHolder(), enc });
    const swapped = { ...body, keys: { ...(body.keys as JsonObject), enc: makePair().enc } };
    const left = { ...body, keys: { sig: (body.keys as JsonObject).sig ?? null } };
    for (const other of [swapped, left]) {
      const reply = await service.post('/simulated/v1/attest', other).expect(422);
      expect(reply.body.code).toBe('report_data_mismatch');
    }
    const zeros = { kty: 'OKP', crv: 'X25519', x: 'A'.repeat(43) };
    const weak = { ...body, keys: { ...(body.keys as JsonObject), enc: zeros } };
    expect((await service.post('/simulated/v1/attest', weak).expect(400)).body.code).toBe('key_invalid');
    await service.post('/simulated/v1/attest', body).expect(200);
  });
});
