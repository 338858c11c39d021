import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { CompactEncrypt, type CompactJWEHeaderParameters, importJWK, SignJWT } from 'jose';
import { TryAgain } from '../../src/agent/ending.js';
import { type AttesterKeys, holdToken } from '../../src/agent/held-token.js';
import { makeKey, type PrivateKey } from '../../src/agent/private-key.js';
import type { AttestReply } from '../../src/agent/service.js';

const AT = new Date('2026-11-20T12:00:00Z');
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

function tokenWith(claims: Readonly<Record<string, unknown>>): Promise<string> {
  return new SignJWT({ aud: 'vault', ...claims }).setProtectedHeader({ alg: 'ES256' }).sign(privateKey);
}

const replyWith = (token: string, tokenType: 'DPoP' | 'Bearer' = 'DPoP'): AttestReply => ({
  token,
  tokenType,
  expiresIn: 300,
  workload: 'llm-serving',
  decision: 'dec_1',
});

async function encrypt(
  token: string,
  { publicJwk }: PrivateKey,
  header: CompactJWEHeaderParameters = { alg: 'ECDH-ES+A256KW', enc: 'A256GCM', cty: 'JWT' },
): Promise<string> {
  return new CompactEncrypt(Buffer.from(token))
    .setProtectedHeader(header)
    .encrypt(await importJWK({ ...publicJwk }, header.alg));
}

async function bothKeys(): Promise<AttesterKeys & { readonly sig: PrivateKey; readonly enc: PrivateKey }> {
  return { sig: await makeKey('sig'), enc: await makeKey('enc') };
}

test('lives from before the request was sent, by this machine’s clock', async () => {
  const keys = await bothKeys();
  const token = await tokenWith({ cnf: { jkt: keys.sig.thumbprint }, exp: 1 });
  expect(await holdToken(replyWith(token), { audience: 'vault', keys, at: AT })).toEqual({
    token,
    tokenType: 'DPoP',
    expiresAt: new Date('2026-11-20T12:05:00Z'),
    lifetime: 300,
    workload: 'llm-serving',
    decision: 'dec_1',
  });
});

test.each(['ECDH-ES', 'ECDH-ES+A256KW'])('encrypted to our key with %s: what is inside', async (alg) => {
  const keys = await bothKeys();
  const token = await tokenWith({ cnf: { jkt: keys.sig.thumbprint } });
  const sealed = await encrypt(token, keys.enc, { alg, enc: 'A256GCM', cty: 'JWT' });
  expect((await holdToken(replyWith(sealed), { audience: 'vault', keys, at: AT })).token).toBe(token);
});

test('encrypted to another key, by another method, or when no key was sent: not believed', async () => {
  const keys = await bothKeys();
  const token = await tokenWith({ cnf: { jkt: keys.sig.thumbprint } });
  const asked = { audience: 'vault', keys, at: AT };
  const foreign = await encrypt(token, await makeKey('enc'));
  const other = await encrypt(token, keys.enc, { alg: 'ECDH-ES+A128KW', enc: 'A128GCM' });
  const ours = await encrypt(token, keys.enc);
  for (const sealed of [foreign, other]) {
    await expect(holdToken(replyWith(sealed), asked)).rejects.toBeInstanceOf(TryAgain);
  }
  const withoutEnc = { ...asked, keys: { ...keys, enc: null } };
  await expect(holdToken(replyWith(ours), withoutEnc)).rejects.toThrow('no key for that was sent');
  expect((await holdToken(replyWith(ours), asked)).token).toBe(token);
});

test('bound to another key, for another audience, or of a type that was not asked for: not believed', async () => {
  const keys = await bothKeys();
  const cnf = { jkt: keys.sig.thumbprint };
  const asked = { audience: 'vault', keys, at: AT };
  const none = { ...asked, keys: { sig: null, enc: null } };
  const wrong: readonly (readonly [string, typeof asked | typeof none, 'DPoP' | 'Bearer'])[] = [
    [await tokenWith({ cnf: { jkt: keys.enc.thumbprint } }), asked, 'DPoP'],
    [await tokenWith({}), asked, 'DPoP'],
    [await tokenWith({ cnf: null }), asked, 'DPoP'],
    [await tokenWith({ cnf, aud: 'other' }), asked, 'DPoP'],
    [await tokenWith({ cnf, aud: ['vault', 'other'] }), asked, 'DPoP'],
    [await tokenWith({ cnf }), asked, 'Bearer'],
    [await tokenWith({ cnf }), none, 'Bearer'],
    [await tokenWith({}), none, 'DPoP'],
  ];
  for (const [token, question, type] of wrong) {
    await expect(holdToken(replyWith(token, type), question)).rejects.toBeInstanceOf(TryAgain);
  }
  expect((await holdToken(replyWith(await tokenWith({ cnf })), asked)).tokenType).toBe('DPoP');
  expect((await holdToken(replyWith(await tokenWith({}), 'Bearer'), none)).tokenType).toBe('Bearer');
});

test.each([
  'no.token',
  'a.b.c',
  'a.b.c.d',
  '..',
  '',
  '{"token":"a.b.c"}',
  `a.${'b'.repeat(9_000)}.c`,
  'a.b.c\nx',
])('a token that is none: %j', async (token) => {
  const question = { audience: 'vault', keys: { sig: null, enc: null }, at: AT };
  await expect(holdToken(replyWith(token, 'Bearer'), question)).rejects.toBeInstanceOf(TryAgain);
});
