/** Tokens as the service issues them, through discovery as it answers: what the client promises of real ones. */
import { createPublicKey } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import {
  createReplayMemory,
  createTokenVerifier,
  type TokenVerifierOptions,
  verifyEndpoint,
} from '../../src/client/index.js';
import type { JsonObject } from '../../src/rats/result.js';
import { bound, evidenceOf, guestWith, prepare, takeChallenge, tdWith } from '../http/guest.js';
import { ISSUER, SIMULATED_ISSUER, startTestService, type TestService } from '../http/service.js';
import { mintRequest } from '../pki/miniature-request.js';
import { SIMULATED_AT } from '../simulated-vendor.js';
import { makeTlsAuthority } from '../tls-authority.js';
import { startEndpoint } from './endpoint-rig.js';
import { outcomeOf, refusalOf } from './refused.js';
import { makeHolder, proofBy, type SampleHolder } from './sample-holder.js';

const URL = 'https://broker.example/keys/model';

let service: TestService;
let holder: SampleHolder;
beforeAll(async () => {
  service = await startTestService();
  await prepare(service);
  holder = await makeHolder();
});
afterEach(() => service.clock.set(SIMULATED_AT));
afterAll(() => service.close());

/** The service in place of the network. */
const fetchFromService: typeof globalThis.fetch = async (input) => {
  const { pathname } = new globalThis.URL(String(input));
  const { status, text } = await service.get(pathname);
  return new Response(text, { status });
};

function verifierWith(options: Partial<TokenVerifierOptions> = {}) {
  return createTokenVerifier({
    ...{ issuer: SIMULATED_ISSUER, audience: 'vault', allowSimulated: true },
    ...{ fetch: fetchFromService, now: service.clock.now },
    replayStore: createReplayMemory(new Date(SIMULATED_AT.getTime() - 1_000)),
    ...options,
  });
}

type Mint = typeof guestWith | typeof tdWith;

/** A token for the holder's key. */
async function attest(mint: Mint = guestWith, audience = 'vault'): Promise<string> {
  const sealed = await takeChallenge(service, { audience });
  const { kty = '', crv = '', x = '', y = '' } = holder.jwk;
  const key: JsonObject = { kty, crv, x, y };
  const body = {
    challenge: sealed.challenge,
    audience,
    evidence: evidenceOf(await mint(bound(sealed, key, audience))),
    keys: { sig: key },
  };
  const reply = await service.post('/simulated/v1/attest', body).expect(200);
  return reply.body.token;
}

async function present(token: string, options: Partial<TokenVerifierOptions> = {}) {
  const proof = await proofBy(holder, { token, method: 'POST', url: URL, at: service.clock.now() });
  const headers = { authorization: `DPoP ${token}`, dpop: proof };
  return verifierWith(options).verifyRequest({ method: 'POST', url: URL, headers });
}

describe('a token of the service', () => {
  test.each<[string, Mint, string, number]>([
    ['SEV-SNP', guestWith, 'sev-snp', 1],
    ['TDX', tdWith, 'tdx', 2],
  ])('for %s is read from the issuer’s address alone', async (_name, mint, tee, version) => {
    const verified = await present(await attest(mint), {
      tee,
      workload: 'llm-serving',
      tcbStatus: ['UpToDate', 'NotShown'],
    });
    expect(verified).toMatchObject({
      issuer: SIMULATED_ISSUER,
      audience: 'vault',
      subject: 'tenant:simulated:workload:llm-serving',
      status: 'affirming',
      keyThumbprint: holder.jkt,
      att: { v: 1, workload: 'llm-serving', reference_version: version, tee, simulated: true, debug: false },
    });
  });

  test('is refused by another audience, and by whoever trusts the issuer of real evidence', async () => {
    const token = await attest();
    expect(await outcomeOf(present(token))).toBe('accepted');
    expect(await outcomeOf(present(token, { audience: 'open' }))).toBe('token_audience');
    expect(await outcomeOf(present(token, { issuer: ISSUER }))).toBe('token_key_unknown');
    expect(await outcomeOf(present(token, { allowSimulated: false }))).toBe('simulated_unwanted');
  });

  test('ends five minutes after it was made', async () => {
    const token = await attest();
    service.clock.advance(304);
    expect(await outcomeOf(present(token))).toBe('accepted');
    service.clock.advance(1);
    expect(await outcomeOf(present(token))).toBe('token_expired');
  });

  test('that is bound to no key is taken only by those who say so', async () => {
    const sealed = await takeChallenge(service, { audience: 'open', binding: 'raw-nonce' });
    const evidence = evidenceOf(await guestWith(Buffer.from(sealed.report_data ?? '', 'hex')));
    const body = { challenge: sealed.challenge, audience: 'open', evidence };
    const { token } = (await service.post('/simulated/v1/attest', body).expect(200)).body;
    const headers = { authorization: `Bearer ${token}` };
    const ask = (allowBearer: boolean) =>
      verifierWith({ audience: 'open', allowBearer }).verifyRequest({ method: 'POST', url: URL, headers });
    expect(await outcomeOf(ask(false))).toBe('token_unbound');
    expect((await ask(true)).keyThumbprint).toBeNull();
  });

  test('is worth nothing without the key that was attested', async () => {
    const token = await attest();
    const thief = await makeHolder();
    const proof = await proofBy(thief, { token, method: 'POST', url: URL, at: service.clock.now() });
    const verifier = verifierWith();
    const send = (headers: Record<string, string>) =>
      verifier.verifyRequest({ method: 'POST', url: URL, headers });
    expect(await outcomeOf(send({ authorization: `Bearer ${token}` }))).toBe('proof_missing');
    expect(await outcomeOf(send({ authorization: `DPoP ${token}`, dpop: proof }))).toBe('key_mismatch');
    const own = await proofBy(holder, {
      token,
      method: 'POST',
      url: `${URL}/other`,
      at: service.clock.now(),
    });
    expect(await refusalOf(send({ authorization: `DPoP ${token}`, dpop: own }))).toMatchObject({
      reason: 'url',
    });
  });
});

describe('a token for the key of a TLS server', () => {
  test('proves whose key it is, and to a man in the middle it gives nothing', async () => {
    const authority = await makeTlsAuthority();
    const [own, middle] = [await authority.issue('localhost'), await authority.issue('localhost')];
    const sealed = await takeChallenge(service);
    const jwk = createPublicKey(own.keyObject).export({ format: 'jwk' }) as JsonObject;
    const reply = await service
      .post('/simulated/v1/attest', {
        ...{ challenge: sealed.challenge, audience: 'vault' },
        evidence: evidenceOf(await guestWith(bound(sealed, jwk))),
        keys: { sig: { csr: mintRequest({ key: own.keyObject }).toString('base64url') } },
      })
      .expect(200);
    const endpoint = await startEndpoint(own);
    endpoint.token = reply.body.token;
    const options = {
      ...{ issuer: SIMULATED_ISSUER, audience: 'vault', workload: 'llm-serving', ca: authority.ca },
      ...{ fetch: fetchFromService, now: service.clock.now, allowSimulated: true },
    };
    const { token } = await verifyEndpoint(endpoint.url, options);
    expect(token.att).toMatchObject({ decision: reply.body.decision, workload: 'llm-serving' });
    endpoint.use(middle);
    expect(await outcomeOf(verifyEndpoint(endpoint.url, options))).toBe('key_mismatch');
    await endpoint.close();
  });
});
