/** Tokens of a running service before the clients in all languages: from attestation to typed claims, thieves, rotation, an end. */
import { createPublicKey } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decodeJwt, type JWK } from 'jose';
import { type Attempt, type Attested, type RunningService, startRunningService } from '../brokers/service.js';
import { mintHolder, proofBy } from '../token/possession.js';
import { describeAgreement, type Judges } from './judges.js';
import { ADDRESS, METHOD } from './mint.js';
import type { Answer, JudgeOptions } from './question.js';

const AUDIENCE = 'vault-prod';
const LONG = { workloads: ['llm-serving'], lifetime: 1200 };

describeAgreement('tokens of a running service, in three languages', (start) => {
  let service: RunningService;
  let judges: Judges;
  let closed = false;
  beforeAll(async () => {
    service = await startRunningService();
    judges = start();
    await service.create('/v1/audiences', { name: AUDIENCE, ...LONG });
    await service.create('/v1/audiences', { name: 'other', workloads: ['llm-serving'] });
    await service.create('/v1/audiences', { name: 'rs256-prod', alg: 'RS256', ...LONG });
  }, 120_000);
  afterAll(async () => {
    await judges.close();
    if (!closed) await service.close();
  });

  /** Proofs made from now on count. */
  const optionsOf = (options: Partial<JudgeOptions> = {}): JudgeOptions => ({
    ...{ issuer: service.issuer, audience: AUDIENCE, workload: ['llm-serving'], allowSimulated: true },
    ...{ since: Date.now() - 5_000, ...options },
  });

  interface Sent {
    readonly verifier: string;
    readonly options?: Partial<JudgeOptions>;
    /** Of the request, where it is not the one that the proof is for. */
    readonly url?: string;
    readonly proof?: string | null;
    /** Seconds by which clock and proof are ahead. */
    readonly later?: number;
  }

  async function send({ token, key }: Attested, sent: Sent): Promise<Answer> {
    const { verifier, options, url = ADDRESS, later = 0 } = sent;
    const at = Date.now() + later * 1000;
    const proof = sent.proof === undefined ? await prove(token, key, at) : sent.proof;
    const authorization = ['Authorization', `DPoP ${token}`] as const;
    const headers = proof === null ? [authorization] : [authorization, ['DPoP', proof] as const];
    const question = { about: 'request', verifier, options: optionsOf(options), at } as const;
    return judges.ask({ ...question, method: METHOD, url, headers });
  }

  async function prove(token: string, privateKey: Attested['key'], at: number): Promise<string> {
    const publicJwk = createPublicKey(privateKey).export({ format: 'jwk' }) as JWK;
    const holder = { alg: 'ES256', privateKey, publicJwk, thumbprint: '' } as const;
    return proofBy(holder, { method: METHOD, url: ADDRESS, at: new Date(at), token });
  }

  test.each<[string, Attempt]>([
    ['of an SNP guest', { tee: 'sev-snp' }],
    ['of a TD', { tee: 'tdx' }],
    ['by RS256', { audience: 'rs256-prod' }],
  ])('say what the service decided, %s', async (what, attempt) => {
    const attested = await service.attest(attempt);
    const { audience = AUDIENCE } = attempt;
    const { code, said } = await send(attested, { verifier: what, options: { audience } });
    expect(code).toBe('accepted');
    const claims = decodeJwt(attested.token);
    const { v: _version, ...att } = claims.att as Record<string, unknown>;
    expect(said).toMatchObject({
      ...{ issuer: service.issuer, audience, subject: 'tenant:simulated:workload:llm-serving' },
      ...{ id: claims.jti, status: 'affirming', att, claims },
    });
  });

  test('are worth nothing to thieves, relays and those who come twice', async () => {
    const attested = await service.attest();
    const sent = { verifier: 'thieves' };
    expect(await send(attested, { ...sent, proof: null })).toMatchObject({ code: 'proof_missing' });
    const thief = await mintHolder();
    const own = { method: METHOD, url: ADDRESS, at: new Date(), token: attested.token };
    const stolen = await proofBy(thief, own);
    expect(await send(attested, { ...sent, proof: stolen })).toMatchObject({ code: 'key_mismatch' });
    const proof = await prove(attested.token, attested.key, Date.now());
    const elsewhere = 'https://elsewhere.example/keys/model';
    expect(await send(attested, { ...sent, proof, url: elsewhere })).toMatchObject({ reason: 'url' });
    expect(await send(attested, { ...sent, proof })).toMatchObject({ code: 'accepted' });
    expect(await send(attested, { ...sent, proof })).toMatchObject({ code: 'proof_replayed' });
  });

  test.each<[string, string, Attempt, Partial<JudgeOptions>]>([
    ['for another audience', 'token_audience', { audience: 'other' }, {}],
    ['that have ended', 'token_expired', { offset: -1300 }, {}],
    ['that have not begun', 'token_not_yet_valid', { offset: 1300 }, {}],
    ['of simulated evidence', 'simulated_unwanted', {}, { allowSimulated: false }],
    ['of another workload', 'workload_unwanted', {}, { workload: ['llm-training'] }],
  ])('%s: %s', async (what, code, attempt, options) => {
    expect((await send(await service.attest(attempt), { verifier: what, options })).code).toBe(code);
  });

  test('are unknown to whoever trusts the issuer of real evidence', async () => {
    const options = { issuer: service.genuineIssuer };
    const { code } = await send(await service.attest(), { verifier: 'genuine', options });
    expect(code).toBe('token_key_unknown');
  });

  test('go by the keys that the issuer has, and by those kept of it when it is gone', async () => {
    const sent = { verifier: 'kept' };
    const before = await service.attest();
    expect((await send(before, sent)).code).toBe('accepted');
    await service.create('/v1/keys/rotate', { emergency: true, reason: 'leaked' });
    const after = await service.attest();
    expect(decodeJwt(after.token).jti).not.toBe(decodeJwt(before.token).jti);
    expect((await send(after, sent)).code).toBe('token_key_unknown');
    expect((await send(after, { ...sent, later: 31 })).code).toBe('accepted');
    expect((await send(before, { ...sent, later: 32 })).code).toBe('token_key_unknown');

    await service.close();
    closed = true;
    // An audience of 1,200 seconds, so that the token outlives the five minutes after which keys are asked for.
    expect((await send(after, { ...sent, later: 900 })).code).toBe('accepted');
    expect((await send(after, { ...sent, later: 23 * 3600 })).code).toBe('token_expired');
    expect((await send(after, { ...sent, later: 24 * 3600 + 60 })).code).toBe('issuer_unreachable');
    expect((await send(after, { verifier: 'new' })).code).toBe('issuer_unreachable');
  });
});
