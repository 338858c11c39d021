/** Tokens renewed by whoever holds their key, for as long as nothing moved, and by nobody else. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { decodeJwt, jwtVerify } from 'jose';
import { yearlyWindow } from '../../src/simulator/crl.js';
import { mintList } from '../../src/simulator/index.js';
import { simulatedVendor } from '../simulated-vendor.js';
import { mintHolder, type ProofInput } from '../token/possession.js';
import { importInto, prepare, referenceBody } from './guest.js';
import {
  attested,
  type Held,
  heldToken,
  RENEW_URL,
  registerRenewable,
  renewalProof,
  renewed,
  rewind,
  sendRenewal,
} from './holder.js';
import { keysOf } from './relying-party.js';
import { SIMULATED_ISSUER, startTestService, type TestService, tarOf } from './service.js';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
  await prepare(service);
  await registerRenewable(service);
}, 180_000);
beforeEach(() => rewind(service));
afterAll(() => service.close());

describe('a renewed token', () => {
  test('is another one for the same decision, bound to the same key', async () => {
    const held = await heldToken(service);
    service.clock.advance(100);
    const { body, headers } = await renewed(service, held).then((reply) => {
      expect({ status: reply.status, code: reply.body.code }).toEqual({ status: 200, code: undefined });
      return reply;
    });
    expect(headers['cache-control']).toBe('no-store');
    const { payload } = await jwtVerify(body.token, await keysOf(service), {
      issuer: SIMULATED_ISSUER,
      audience: 'renewable',
      currentDate: service.clock.now(),
    });
    const first = decodeJwt(held.token);
    const { iat: before = 0, exp: end = 0 } = first;
    expect(payload).toEqual({
      ...first,
      iat: before + 100,
      nbf: before + 100,
      exp: end + 100,
      jti: expect.not.stringMatching(String(first.jti)),
    });
    expect(body).toEqual({
      token: body.token,
      token_type: 'DPoP',
      expires_in: 240,
      expires_at: new Date((end + 100) * 1000).toISOString(),
      status: 'affirming',
      workload: 'llm-serving',
      reference_version: 1,
      decision: (first.att as { decision: string }).decision,
      warnings: [],
    });
  });

  test('may be renewed again, and none lives longer than the audience allows after the evidence', async () => {
    let held = await heldToken(service);
    const attestedAt = decodeJwt(held.token).iat ?? 0;
    const ends: number[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      service.clock.advance(119);
      const { body } = await renewed(service, held);
      held = { ...held, token: body.token };
      ends.push((decodeJwt(held.token).exp ?? 0) - attestedAt);
    }
    expect(ends).toEqual([359, 478, 597, 600, 600]);
    service.clock.advance(4);
    const late = await renewed(service, held);
    expect([late.status, late.body.code]).toEqual([200, undefined]);
    service.clock.advance(1);
    const refused = await renewed(service, { ...held, token: late.body.token });
    expect([refused.status, refused.body.code]).toEqual([401, 'token_invalid']);
  });

  test('comes bare where the client likes that best', async () => {
    const held = await heldToken(service);
    const proof = await renewalProof(service, held);
    const reply = await sendRenewal(service, { token: held.token, proof }).set('Accept', 'application/jwt');
    expect(reply.status).toBe(200);
    expect(reply.headers['content-type']).toMatch(/^application\/jwt/u);
    expect(decodeJwt(reply.text).cnf).toEqual({ jkt: held.holder.thumbprint });
  });

  test.each(['ES384', 'EdDSA'] as const)('is given to a key of the kind %s too', async (alg) => {
    const holder = await mintHolder(alg);
    const { body } = await attested(service, { holder });
    expect((await renewed(service, { holder, token: body.token })).status).toBe(200);
  });
});

const ALGS = 'algs="ES256 ES384 EdDSA Ed25519"';

async function expectProofRefused(held: Held, changes: Partial<ProofInput>): Promise<void> {
  const { status, body, headers } = await renewed(service, held, changes);
  expect([status, body.code]).toEqual([401, 'dpop_proof_invalid']);
  expect(headers['www-authenticate']).toBe(`DPoP realm="assay", error="invalid_dpop_proof", ${ALGS}`);
  expect((await renewed(service, held)).status).toBe(200);
}

describe('a stolen token', () => {
  test.each<[string, Partial<ProofInput>]>([
    ['a proof for another address', { url: `${SIMULATED_ISSUER}/v1/attest` }],
    ['a proof for the issuer beside', { url: RENEW_URL.replace('/simulated', '') }],
    ['a proof for another host', { url: RENEW_URL.replace('localhost', 'proxy.example') }],
    ['a proof for another method', { method: 'GET' }],
    ['a proof for another token', { token: 'e30.e30.e30' }],
    ['a proof for no token', { token: null }],
    ['a proof without jti', { claims: { jti: undefined } }],
    ['a proof of another type', { header: { typ: 'JWT' } }],
  ])('is of no use with %s', async (_what, changes) => {
    await expectProofRefused(await heldToken(service), changes);
  });

  test('is of no use without its key', async () => {
    const held = await heldToken(service);
    const thief = await mintHolder();
    const proof = await renewalProof(service, { ...held, holder: thief });
    const reply = await sendRenewal(service, { token: held.token, proof });
    expect([reply.status, reply.body.code]).toEqual([401, 'dpop_proof_invalid']);
    const posing = await renewalProof(service, {
      ...held,
      holder: { ...thief, publicJwk: held.holder.publicJwk },
    });
    const posed = await sendRenewal(service, { token: held.token, proof: posing });
    expect([posed.status, posed.body.code]).toEqual([401, 'dpop_proof_invalid']);
    const bare = await sendRenewal(service, { token: held.token, proof: null });
    expect([bare.status, bare.body.code]).toEqual([401, 'dpop_proof_invalid']);
  });

  test.each([-61, 61])('is of no use with a proof of %d seconds', async (seconds) => {
    const held = await heldToken(service);
    const at = new Date(service.clock.now().getTime() + seconds * 1000);
    await expectProofRefused(held, { at });
  });

  test('is of no use with a proof that was shown before, nor with two of them', async () => {
    const held = await heldToken(service);
    const proof = await renewalProof(service, held);
    const send = () => sendRenewal(service, { token: held.token, proof });
    const replies = await Promise.all([send(), send(), send(), send()]);
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401]);
    const again = await send();
    expect([again.status, again.body.code]).toEqual([401, 'dpop_proof_replayed']);
    expect(again.headers['www-authenticate']).toContain('error="invalid_dpop_proof"');
    const other = await renewalProof(service, held);
    const two = await sendRenewal(service, { token: held.token, proof: `${proof}, ${other}` });
    expect([two.status, two.body.code]).toEqual([401, 'dpop_proof_invalid']);
  });

  test('leaves no trace of the proofs that came with it: only one that counts is remembered', async () => {
    const held = await heldToken(service);
    const claims = { jti: 'mine' };
    expect((await renewed(service, held, { claims, method: 'GET' })).status).toBe(401);
    const thief = await mintHolder();
    expect((await renewed(service, { ...held, holder: thief }, { claims })).status).toBe(401);
    expect((await renewed(service, held, { claims })).status).toBe(200);
    // Of another key it is another proof.
    expect((await renewed(service, await heldToken(service), { claims })).status).toBe(200);
    const again = await renewed(service, held, { claims });
    expect([again.status, again.body.code]).toEqual([401, 'dpop_proof_replayed']);
  });

  test('is in no line of the log, nor is its proof', async () => {
    const held = await heldToken(service);
    const proof = await renewalProof(service, held);
    await sendRenewal(service, { token: held.token, proof });
    await sendRenewal(service, { token: held.token, proof });
    const log = service.logLines.join('');
    expect(log).toContain('"act":"renew"');
    for (const text of [held.token, proof, held.holder.thumbprint]) expect(log).not.toContain(text);
  });
});

describe('a request without a token that counts', () => {
  async function expectTokenRefused(held: Held, authorization: string | null, words: RegExp): Promise<void> {
    const proof = await renewalProof(service, held);
    const reply = await sendRenewal(service, { token: authorization, proof });
    expect([reply.status, reply.body.code]).toEqual([401, 'token_invalid']);
    expect(reply.body.detail).toMatch(words);
    expect(reply.headers['www-authenticate']).toBe(`DPoP realm="assay", error="invalid_token", ${ALGS}`);
    expect((await renewed(service, held)).status).toBe(200);
  }

  test.each<[string, (token: string) => string | null, RegExp]>([
    ['that has none', () => null, /Authorization/u],
    ['that shows it as a bearer token', (token) => `Bearer ${token}`, /Authorization/u],
    ['that shows two', (token) => `DPoP ${token} ${token}`, /Authorization/u],
    ['that shows something else', () => 'ak_key', /not a signed JWT/u],
    ['that shows half a token', (token) => token.split('.').slice(0, 2).join('.'), /not a signed JWT/u],
    ['with a broken signature', (token) => tampered(token), /signature|not a signed JWT/u],
    ['by a key that nobody knows', (token) => withHeader(token, { kid: 'x' }), /no key/u],
    ['without a signature', (token) => withHeader(token, { alg: 'none' }), /no key|not a signed JWT/u],
  ])('is refused: one %s', async (_what, change, words) => {
    const held = await heldToken(service);
    await expectTokenRefused(held, change(held.token), words);
  });

  test('is refused once the token has ended', async () => {
    const held = await heldToken(service);
    service.clock.advance(239);
    expect((await renewed(service, held)).status).toBe(200);
    service.clock.advance(1);
    const reply = await renewed(service, held);
    expect([reply.status, reply.body.code]).toEqual([401, 'token_invalid']);
    expect(reply.body.detail).toMatch(/has ended/u);
  });

  test('is refused for a token that is bound to no key', async () => {
    const { body } = await attested(service, { audience: 'open' });
    const holder = await mintHolder();
    const reply = await renewed(service, { holder, token: body.token });
    expect([reply.status, reply.body.code]).toEqual([401, 'token_invalid']);
    expect(reply.body.detail).toMatch(/bound to no key/u);
  });

  test('is refused at every other issuer', async () => {
    const held = await heldToken(service);
    const proof = await renewalProof(service, held, { url: RENEW_URL.replace('/simulated', '') });
    const reply = await sendRenewal(service, { token: held.token, proof }, '/v1/tokens/renew');
    expect([reply.status, reply.body.code]).toEqual([401, 'token_invalid']);
  });
});

describe('evidence is asked for', () => {
  async function expectEvidenceWanted(held: Held, words: RegExp): Promise<void> {
    const { status, body, headers } = await renewed(service, held);
    expect([status, body.code]).toEqual([403, 'evidence_required']);
    expect(body.detail).toMatch(words);
    expect(headers['www-authenticate']).toBeUndefined();
  }
  const administer = (path: string, body: object) =>
    service.post(`/simulated/v1${path}`, body, service.adminKey);

  test('by an audience that takes no renewals, which is the usual', async () => {
    await expectEvidenceWanted(await heldToken(service, { audience: 'vault' }), /does not take renewals/u);
  });

  test('where the relying party’s own nonce is in the token', async () => {
    const challenge = { rp_nonce: 'rp-nonce-0123' };
    await expectEvidenceWanted(await heldToken(service, { challenge }), /Nothing is kept/u);
  });

  test('after a change of policy, of machines or of reference values', async () => {
    const moved = /have changed since/u;
    const chip = { kind: 'snp-csp-id', value: 'Elsewhere', label: 'other', owner: 'us' };
    const document = { common: { minimum_evaluation_number: 1 } };
    for (const [path, body] of [
      ['/policies', { name: 'mine', document, activate: true }],
      ['/platforms', chip],
      ['/workloads/llm-serving/reference-values', referenceBody(Buffer.alloc(48, 0x77))],
    ] as const) {
      const held = await heldToken(service);
      await administer(path, body).expect(201);
      await expectEvidenceWanted(held, moved);
      // Evidence is what helps.
      expect((await renewed(service, await heldToken(service))).status).toBe(200);
    }
  });

  test('once the matched version is revoked', async () => {
    await administer('/workloads', { name: 'doomed' }).expect(201);
    const measurement = Buffer.alloc(48, 0x44);
    await administer('/workloads/doomed/reference-values', referenceBody(measurement)).expect(201);
    const held = await heldToken(service, { measurement });
    expect((await renewed(service, held)).status).toBe(200);
    await administer('/workloads/doomed/reference-values/1/revoke', { reason: 'leaked' }).expect(200);
    await expectEvidenceWanted(held, /have changed since/u);
  });

  test('once the matched version is past its end', async () => {
    await administer('/workloads', { name: 'ending' }).expect(201);
    const measurement = Buffer.alloc(48, 0x45);
    const notAfter = new Date(service.clock.now().getTime() + 60_000).toISOString();
    const version = { ...referenceBody(measurement), not_after: notAfter };
    await administer('/workloads/ending/reference-values', version).expect(201);
    const held = await heldToken(service, { measurement });
    service.clock.advance(60);
    expect((await renewed(service, held)).status).toBe(200);
    service.clock.advance(1);
    await expectEvidenceWanted(held, /does not hold any more/u);
  });

  test('once vendor documents came that may say otherwise', async () => {
    const held = await heldToken(service);
    const now = service.clock.now();
    const list = {
      product: 'Milan',
      kind: 'VCEK',
      ...yearlyWindow(now),
      number: 1n << 80n,
      revoked: [],
    } as const;
    const { bytes } = await mintList(await simulatedVendor(), list);
    await importInto(service, await tarOf({ 'vcek_crl.der': bytes })).expect(200);
    await expectEvidenceWanted(held, /have changed since/u);
  });
});

describe('when the issuer’s keys change', () => {
  const rotate = (members: object) =>
    service.post('/simulated/v1/keys/rotate', members, service.adminKey).expect(201);

  test('a token of a removed key is worthless here at once, and one of the new key is renewed', async () => {
    const held = await heldToken(service);
    expect((await renewed(service, held)).status).toBe(200);
    await rotate({ emergency: true, reason: 'a drill' });
    const reply = await renewed(service, held);
    expect([reply.status, reply.body.code]).toEqual([401, 'token_invalid']);
    expect((await renewed(service, await heldToken(service))).status).toBe(200);
  });
});

test('an audience’s renewals begin where its lifetime ends, and end after a quarter of an hour', async () => {
  const create = (name: string, members: object) =>
    service.post('/simulated/v1/audiences', { name, workloads: '*', ...members }, service.adminKey);
  for (const [members, status] of [
    [{ renewal_seconds: 901 }, 400],
    [{ renewal_seconds: -1 }, 400],
    [{ renewal_seconds: 300 }, 400],
    [{ renewal_seconds: 60, lifetime: 60 }, 400],
    [{ renewal_seconds: 61, lifetime: 60 }, 201],
    [{ renewal_seconds: 900 }, 201],
  ] as const) {
    const { body } = await create(`a${JSON.stringify(members)}`, members).expect(status);
    if (status === 201) expect(body).toMatchObject({ ...members, token_encryption: 'when-key' });
    else expect(body.code).toBe('request_invalid');
  }
  const { body } = await create('usual', {}).expect(201);
  expect(body).toMatchObject({ renewal_seconds: 0, token_encryption: 'when-key' });
});

function tampered(token: string): string {
  const [header, claims = '', signature] = token.split('.');
  const changed = Buffer.from(claims, 'base64url').toString('utf8').replace('affirming', 'affirmING');
  return `${header}.${Buffer.from(changed).toString('base64url')}.${signature}`;
}

function withHeader(token: string, members: object): string {
  const [header = '', claims, signature] = token.split('.');
  const changed = { ...JSON.parse(Buffer.from(header, 'base64url').toString('utf8')), ...members };
  return `${Buffer.from(JSON.stringify(changed)).toString('base64url')}.${claims}.${signature}`;
}
