/** A stolen token opens nothing, and a proof opens one thing once. */
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  createReplayMemory,
  createTokenVerifier,
  type TokenVerifier,
  type TokenVerifierOptions,
} from '../../src/client/index.js';
import { outcomeOf, refusalOf } from './refused.js';
import { makeHolder, proofBy, type SampleHolder } from './sample-holder.js';
import {
  type Changes,
  makeSampleIssuer,
  SAMPLE_AT,
  SAMPLE_ATT,
  SAMPLE_AUDIENCE,
  SAMPLE_ISSUER,
  SAMPLE_START,
  type SampleIssuer,
  sampleClaims,
} from './sample-issuer.js';

const URL = 'https://broker.example/keys/model';

let issuer: SampleIssuer;
let holder: SampleHolder;
let thief: SampleHolder;
let token: string;
let now: Date;
let verifier: TokenVerifier;
beforeAll(async () => {
  issuer = await makeSampleIssuer();
  [holder, thief] = await Promise.all([makeHolder(), makeHolder()]);
  token = await issuer.token(sampleClaims(holder.jkt));
});
beforeEach(() => {
  now = SAMPLE_AT;
  verifier = verifierWith({});
});

function verifierWith(options: Partial<TokenVerifierOptions>): TokenVerifier {
  return createTokenVerifier({
    ...{ issuer: SAMPLE_ISSUER, audience: SAMPLE_AUDIENCE, fetch: issuer.fetch, now: () => now },
    replayStore: createReplayMemory(SAMPLE_START),
    ...options,
  });
}

const prove = (changes: Changes = {}, by: SampleHolder = holder, of: string = token) =>
  proofBy(by, { token: of, method: 'POST', url: URL, at: now }, changes);

/** The request that a proof is for, with another header where it is given. */
function send(proof: string | null, headers: Record<string, string | readonly string[]> = {}) {
  return verifier.verifyRequest({
    method: 'POST',
    url: URL,
    headers: { authorization: `DPoP ${token}`, ...(proof === null ? {} : { dpop: proof }), ...headers },
  });
}

describe('a token that is bound to a key', () => {
  test.each(['ES256', 'ES384', 'EdDSA'])('is good with a proof by that key, %s', async (alg) => {
    const by = await makeHolder(alg);
    const its = await issuer.token(sampleClaims(by.jkt));
    const verified = await send(await prove({}, by, its), { authorization: `DPoP ${its}` });
    expect(verified.keyThumbprint).toBe(by.jkt);
  });

  test('is worth nothing to whoever stole it', async () => {
    expect(await outcomeOf(send(null))).toBe('proof_missing');
    expect(await outcomeOf(send(null, { authorization: `Bearer ${token}` }))).toBe('proof_missing');
    expect(await refusalOf(send(await prove({}, thief)))).toMatchObject({
      code: 'key_mismatch',
      reason: 'thumbprint',
      status: 401,
    });
    const its = await issuer.token(sampleClaims(thief.jkt));
    expect(await refusalOf(send(await prove({}, thief, its)))).toMatchObject({ reason: 'token' });
    verifier = verifierWith({ allowBearer: true });
    expect(await outcomeOf(send(null, { authorization: `Bearer ${token}` }))).toBe('proof_missing');
    expect(await outcomeOf(verifier.verify(token))).toBe('proof_missing');
    expect(await outcomeOf(send(await prove()))).toBe('accepted');
  });

  test('is not good under the scheme Bearer, proof or not', async () => {
    const headers = { authorization: `Bearer ${token}` };
    expect(await outcomeOf(send(await prove(), headers))).toBe('proof_missing');
  });

  test('is good where the caller has seen its key in use, as in TLS, and only for that key', async () => {
    expect(await outcomeOf(verifier.verify(token, { provenThumbprint: holder.jkt }))).toBe('accepted');
    expect(await outcomeOf(verifier.verify(token, { provenThumbprint: thief.jkt }))).toBe('key_mismatch');
    const dpop = { proof: await prove(), method: 'POST', url: URL };
    expect(await outcomeOf(verifier.verify(token, { provenThumbprint: thief.jkt, dpop }))).toBe(
      'key_mismatch',
    );
    expect(await outcomeOf(verifier.verify(token, { provenThumbprint: holder.jkt, dpop }))).toBe('accepted');
  });
});

describe('a proof', () => {
  test.each<[string, Changes, string]>([
    ['for another address', { htu: 'https://broker.example/keys/other' }, 'url'],
    ['for another host', { htu: 'https://other.example/keys/model' }, 'url'],
    ['for plain http', { htu: 'http://broker.example/keys/model' }, 'url'],
    ['for another method', { htm: 'GET' }, 'method'],
    ['for another token', { ath: 'A'.repeat(43) }, 'token'],
    ['for no token', { ath: undefined }, 'token'],
    ['from long ago', { iat: SAMPLE_AT.getTime() / 1000 - 61 }, 'time'],
    ['from the future', { iat: SAMPLE_AT.getTime() / 1000 + 61 }, 'time'],
    ['without an id', { jti: undefined }, 'jti'],
  ])('%s is refused', async (_name, changes, reason) => {
    expect(await outcomeOf(send(await prove()))).toBe('accepted');
    expect(await refusalOf(send(await prove(changes)))).toMatchObject({ code: 'proof_invalid', reason });
  });

  test('relayed to another address or as another method is refused', async () => {
    const proof = await prove();
    const headers = { authorization: `DPoP ${token}`, dpop: proof };
    const relayed = { method: 'POST', url: 'https://elsewhere.example/keys/model', headers };
    expect(await refusalOf(verifier.verifyRequest(relayed))).toMatchObject({ reason: 'url' });
    const turned = { method: 'DELETE', url: URL, headers };
    expect(await refusalOf(verifier.verifyRequest(turned))).toMatchObject({ reason: 'method' });
    expect(await outcomeOf(send(proof))).toBe('accepted');
  });

  test('counts once, and not again while it could', async () => {
    const proof = await prove();
    expect(await outcomeOf(send(proof))).toBe('accepted');
    expect(await outcomeOf(send(proof))).toBe('proof_replayed');
    now = new Date(SAMPLE_AT.getTime() + 60_000);
    expect(await outcomeOf(send(proof))).toBe('proof_replayed');
    now = new Date(SAMPLE_AT.getTime() + 61_000);
    expect(await refusalOf(send(proof))).toMatchObject({ reason: 'time' });
  });

  test('from the near future is remembered to its own end', async () => {
    const proof = await prove({ iat: SAMPLE_AT.getTime() / 1000 + 5 });
    expect(await outcomeOf(send(proof))).toBe('accepted');
    now = new Date(SAMPLE_AT.getTime() + 65_000);
    expect(await outcomeOf(send(proof))).toBe('proof_replayed');
  });

  test('counts once however many send it at the same time', async () => {
    const proof = await prove();
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => outcomeOf(send(proof))));
    expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'proof_replayed')).toHaveLength(19);
  });

  test('counts once for all verifiers that share a memory', async () => {
    const replayStore = createReplayMemory(SAMPLE_START);
    const [one, other] = [verifierWith({ replayStore }), verifierWith({ replayStore })];
    const dpop = { proof: await prove(), method: 'POST', url: URL };
    expect(await outcomeOf(one.verify(token, { dpop }))).toBe('accepted');
    expect(await outcomeOf(other.verify(token, { dpop }))).toBe('proof_replayed');
  });

  test('that was refused for the token is not spent', async () => {
    const simulated = await issuer.token({
      ...sampleClaims(holder.jkt),
      att: { ...SAMPLE_ATT, simulated: true },
    });
    const dpop = { proof: await prove({}, holder, simulated), method: 'POST', url: URL };
    const replayStore = createReplayMemory(SAMPLE_START);
    expect(await outcomeOf(verifierWith({ replayStore }).verify(simulated, { dpop }))).toBe(
      'simulated_unwanted',
    );
    const willing = verifierWith({ replayStore, allowSimulated: true });
    expect(await outcomeOf(willing.verify(simulated, { dpop }))).toBe('accepted');
  });

  test('of one key does not spend that of another with the same id', async () => {
    const its = await issuer.token(sampleClaims(thief.jkt));
    expect(await outcomeOf(send(await prove({ jti: 'same' })))).toBe('accepted');
    const other = await prove({ jti: 'same' }, thief, its);
    expect(await outcomeOf(send(other, { authorization: `DPoP ${its}` }))).toBe('accepted');
    expect(await outcomeOf(send(await prove({ jti: 'same' })))).toBe('proof_replayed');
  });

  test('from before a restart counts for nothing, whether it was used or not', async () => {
    const { fetch } = issuer;
    const start = () =>
      createTokenVerifier({ issuer: SAMPLE_ISSUER, audience: SAMPLE_AUDIENCE, fetch, now: () => now });
    verifier = start();
    now = new Date(SAMPLE_AT.getTime() + 10_000);
    const [used, unused] = [await prove(), await prove()];
    expect(await outcomeOf(send(used))).toBe('accepted');
    verifier = start();
    for (const proof of [used, unused]) {
      expect(await refusalOf(send(proof))).toMatchObject({ code: 'proof_invalid', reason: 'time' });
    }
    now = new Date(now.getTime() + 1_000);
    expect(await outcomeOf(send(await prove()))).toBe('accepted');
  });

  test('is taken up to 5 s ahead of the clock', async () => {
    const at = (seconds: number) => prove({ iat: SAMPLE_AT.getTime() / 1_000 + seconds });
    expect(await outcomeOf(send(await at(5)))).toBe('accepted');
    expect(await refusalOf(send(await at(6)))).toMatchObject({ code: 'proof_invalid', reason: 'time' });
  });

  test('of one holder takes no place from others', async () => {
    verifier = verifierWith({ replayStore: createReplayMemory(SAMPLE_START, 20) });
    const outcomes = [];
    for (let use = 0; use < 3; use += 1) outcomes.push(await outcomeOf(send(await prove())));
    expect(outcomes).toEqual(['accepted', 'accepted', 'replay_memory_full']);
    const its = await issuer.token(sampleClaims(thief.jkt));
    const other = await prove({}, thief, its);
    expect(await outcomeOf(send(other, { authorization: `DPoP ${its}` }))).toBe('accepted');
  });

  test('is undecided when no more can be remembered, and counts later', async () => {
    verifier = verifierWith({ replayStore: createReplayMemory(SAMPLE_START, 1) });
    expect(await outcomeOf(send(await prove()))).toBe('accepted');
    expect(await refusalOf(send(await prove()))).toMatchObject({
      code: 'replay_memory_full',
      kind: 'undecided',
      status: 503,
    });
    now = new Date(SAMPLE_AT.getTime() + 61_000);
    expect(await outcomeOf(send(await prove()))).toBe('accepted');
  });
});

describe('a token that is bound to nothing', () => {
  test('is taken only where bearer tokens are', async () => {
    const bearer = await issuer.token(sampleClaims(null));
    const headers = { authorization: `Bearer ${bearer}` };
    expect(await outcomeOf(send(null, headers))).toBe('token_unbound');
    verifier = verifierWith({ allowBearer: true });
    expect(await outcomeOf(send(null, headers))).toBe('accepted');
    const shown = { authorization: `DPoP ${bearer}` };
    expect(await outcomeOf(send(await prove({}, holder, bearer), shown))).toBe('token_unbound');
    expect(await outcomeOf(verifier.verify(bearer, { provenThumbprint: holder.jkt }))).toBe('token_unbound');
  });
});

describe('the header of a request', () => {
  test.each<[string, Record<string, string | readonly string[] | undefined>, string]>([
    ['has no token', { authorization: undefined }, 'token_missing'],
    ['has another scheme', { authorization: 'Basic YTpi' }, 'token_missing'],
    ['has a scheme alone', { authorization: 'DPoP' }, 'token_missing'],
    ['has two tokens', { authorization: ['DPoP a', 'DPoP b'] }, 'request_unclear'],
    ['has two tokens in one line', { authorization: 'DPoP a, DPoP b' }, 'request_unclear'],
    ['has two proofs', { dpop: ['a', 'b'] }, 'request_unclear'],
    ['has two spellings of one name', { Authorization: 'DPoP a' }, 'request_unclear'],
    ['has no proof', { dpop: undefined }, 'proof_missing'],
    ['has a proof that is none', { dpop: 'proof' }, 'proof_invalid'],
  ])('%s', async (_name, changes, code) => {
    const headers = { authorization: `DPoP ${token}`, dpop: await prove(), ...changes };
    expect(await outcomeOf(verifier.verifyRequest({ method: 'POST', url: URL, headers }))).toBe(code);
  });

  test('may be that of fetch, names and scheme in any case', async () => {
    const headers = new Headers({ Authorization: `dpop ${token}`, DPoP: await prove() });
    expect(await outcomeOf(verifier.verifyRequest({ method: 'POST', url: URL, headers }))).toBe('accepted');
    headers.append('dpop', await prove());
    expect(await outcomeOf(verifier.verifyRequest({ method: 'POST', url: URL, headers }))).toBe(
      'request_unclear',
    );
  });

  test('is about an address without query, in any spelling', async () => {
    const headers = { authorization: `DPoP ${token}`, dpop: await prove() };
    const url = 'HTTPS://broker.example:443/keys/model?version=2';
    expect(await outcomeOf(verifier.verifyRequest({ method: 'POST', url, headers }))).toBe('accepted');
    const odd = { method: 'POST', url: 'broker.example/keys', headers };
    expect(await outcomeOf(verifier.verifyRequest(odd))).toBe('request_unclear');
  });
});
