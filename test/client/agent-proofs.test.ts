/** Proofs as the agent makes them in the guest, before the client at the relying party: one protocol, two authors. */
import { describe, expect, test } from '@jest/globals';
import { calculateJwkThumbprint } from 'jose';
import { makeKey } from '../../src/agent/private-key.js';
import { proofTarget, signProof } from '../../src/agent/proof.js';
import { createReplayMemory, createTokenVerifier } from '../../src/client/index.js';
import { outcomeOf, refusalOf } from './refused.js';
import {
  makeSampleIssuer,
  SAMPLE_AT,
  SAMPLE_AUDIENCE,
  SAMPLE_ISSUER,
  SAMPLE_START,
  sampleClaims,
} from './sample-issuer.js';

const URL = 'https://broker.example/keys/model?version=2';

describe('a proof of the agent', () => {
  test('is good for its request, once, and for no other', async () => {
    const [issuer, key] = await Promise.all([makeSampleIssuer(), makeKey('sig')]);
    const token = await issuer.token(sampleClaims(await calculateJwkThumbprint({ ...key.publicJwk })));
    const target = proofTarget({ method: 'POST', url: URL });
    if (target === null) throw new Error('the request cannot be proven');
    const dpop = await signProof({ key, target, token, at: SAMPLE_AT });
    const verifier = createTokenVerifier({
      ...{ issuer: SAMPLE_ISSUER, audience: SAMPLE_AUDIENCE, fetch: issuer.fetch, now: () => SAMPLE_AT },
      replayStore: createReplayMemory(SAMPLE_START),
    });
    const headers = { authorization: `DPoP ${token}`, dpop };
    const send = (method: string, url: string) => verifier.verifyRequest({ method, url, headers });
    expect(await refusalOf(send('GET', URL))).toMatchObject({ reason: 'method' });
    expect(await refusalOf(send('POST', 'https://broker.example/keys/other'))).toMatchObject({
      reason: 'url',
    });
    expect(await outcomeOf(send('POST', URL))).toBe('accepted');
    expect(await outcomeOf(send('POST', URL))).toBe('proof_replayed');
  });
});
