/**
 * Tokens of each profile before the libraries that others read them with: Veraison’s crate `ear`, which knows the current
 * draft, and Veraison’s Go library, which knows the dotted names. Both check the signature, with the key of the JWK set.
 */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { JsonObject } from '../../src/rats/result.js';
import type { TokenProfile } from '../../src/rats/token-form.js';
import { createKeyWrap } from '../../src/storage/key-wrap.js';
import { issueToken } from '../../src/token/issuer.js';
import { type ClaimsInput, claimsOf } from '../../src/token/profile.js';
import { mintSigningKey, openPrivateKey, tokenSignerOf } from '../../src/token/signing-key.js';
import type { TokenAlg, TokenSigner } from '../../src/verifier/key-ports.js';
import { anyClaimsInput, sampleClaimsInput } from '../token/claims-input.js';
import { type Answer, askProgram } from './peer.js';
import { programOfPeer } from './suite.js';

const SAMPLES = { numRuns: 200, seed: 20261127 };
/** The libraries read the clock of the machine. */
const NOW = new Date();
const VECTOR = { hardware: 2, executables: 3, configuration: 2, 'runtime-opaque': 2 };

async function makeSigner(alg: TokenAlg): Promise<TokenSigner> {
  const kek = createKeyWrap(randomBytes(32));
  const begin = { state: 'active', publishedAt: NOW, activeFrom: NOW } as const;
  const key = await mintSigningKey({ tenant: 'acme', purpose: 'token' }, { alg, begin, kek });
  return tokenSignerOf(key, openPrivateKey(key, kek));
}

const signers = { ES256: await makeSigner('ES256'), RS256: await makeSigner('RS256') };

interface Asked {
  readonly input?: Partial<ClaimsInput>;
  readonly alg?: TokenAlg;
  /** Of the claims, after everything. */
  readonly change?: (claims: JsonObject) => JsonObject;
  /** Another key than the one that signed. */
  readonly stranger?: boolean;
}

async function questionOf({
  input = {},
  alg = 'ES256',
  change = (claims) => claims,
  stranger = false,
}: Asked) {
  const signer = signers[alg];
  const { token } = await issueToken(
    {
      issuer: 'https://attest.example/t/acme',
      claims: change(claimsOf(sampleClaimsInput(input))),
      header: {},
      at: NOW,
      lifetime: 3600,
      trustUntil: new Date(NOW.getTime() + 3_600_000),
    },
    { signer, entropy: { bytes: (length) => new Uint8Array(randomBytes(length)) } },
  );
  const { kid, publicJwk } = stranger ? await makeSigner(alg) : signer;
  return {
    token,
    alg,
    audience: input.audience ?? 'vault-prod',
    jwk: { ...publicJwk, kid, alg, use: 'sig' },
  };
}

async function ask(program: string | null, asked: readonly Asked[]): Promise<readonly Answer[]> {
  return askProgram(program ?? '', await Promise.all(asked.map(questionOf)));
}

const profileOf = (profile: TokenProfile): Asked => ({ input: { profile } });
const verdictsOf = (answers: readonly Answer[]) => answers.map(({ verdict }) => verdict);
/** Of nonces, the crate takes those that are base64url. */
const inputs = fc
  .sample(anyClaimsInput, SAMPLES)
  .map((input) => ({ ...input, rpNonce: input.rpNonce === null ? null : 'cnAtbm9uY2UtMDEyMw' }));

function withStatus(claims: JsonObject, status: string): JsonObject {
  const { cpu0 } = claims.submods as { cpu0: JsonObject };
  return { ...claims, submods: { cpu0: { ...cpu0, ear_status: status, 'ear.status': status } } };
}

const rust = programOfPeer('rust-ear');
(rust === null ? describe.skip : describe)('the crate ear', () => {
  test.each([
    ['ear', 'ES256'],
    ['ear', 'RS256'],
    ['ear-compat', 'ES256'],
    ['ear-compat', 'RS256'],
  ] as const)('reads %s in %s, and in it what was decided', async (profile, alg) => {
    const [answer] = await ask(rust, [{ ...profileOf(profile), alg }]);
    expect(answer).toMatchObject({ verdict: 'accept' });
    expect(JSON.parse(answer?.reason ?? '')).toMatchObject({
      eat_profile: 'tag:ietf.org,2026:rats/ear#04',
      ear_status: 'affirming',
      ear_verifier_id: { build: 'assay 0.1.0', developer: 'https://attest.example' },
      submods: {
        cpu0: {
          ear_status: 'affirming',
          ear_trustworthiness_vector: VECTOR,
          ear_appraisal_policy_ids: ['https://attest.example/t/acme/policies/standard/7'],
        },
      },
    });
  });

  test('reads both whatever was decided and chosen', async () => {
    const asked = inputs.flatMap((input) =>
      (['ear', 'ear-compat'] as const).map((profile) => ({ input: { ...input, profile } })),
    );
    const answers = await ask(rust, asked);
    expect(answers.filter(({ verdict }) => verdict !== 'accept')).toEqual([]);
    expect(answers).toHaveLength(2 * SAMPLES.numRuns);
  });

  test('does not read ear-legacy', async () => {
    expect(verdictsOf(await ask(rust, [profileOf('ear-legacy')]))).toEqual(['reject']);
  });

  test('refuses another key, a status better than its submodule’s, and a vector without entries', async () => {
    const empty = (claims: JsonObject): JsonObject => ({
      ...claims,
      submods: { cpu0: { ear_status: 'affirming', ear_trustworthiness_vector: {} } },
    });
    const worse = (claims: JsonObject) => withStatus(claims, 'warning');
    const answers = await ask(rust, [{ stranger: true }, { change: worse }, { change: empty }, {}]);
    expect(verdictsOf(answers)).toEqual(['reject', 'reject', 'reject', 'accept']);
  });
});

const go = programOfPeer('go-ear');
(go === null ? describe.skip : describe)('github.com/veraison/ear', () => {
  test.each(['ES256', 'RS256'] as const)(
    'reads ear-legacy in %s, and in it what was decided',
    async (alg) => {
      const [answer] = await ask(go, [{ ...profileOf('ear-legacy'), alg }]);
      expect(answer).toMatchObject({ verdict: 'accept' });
      expect(JSON.parse(answer?.reason ?? '')).toMatchObject({
        eat_profile: 'tag:github.com,2023:veraison/ear',
        'ear.verifier-id': { build: 'assay 0.1.0', developer: 'https://attest.example' },
        submods: {
          cpu0: {
            'ear.status': 'affirming',
            'ear.trustworthiness-vector': VECTOR,
            'ear.appraisal-policy-id': 'https://attest.example/t/acme/policies/standard/7',
          },
        },
      });
    },
  );

  test('reads it whatever was decided and chosen', async () => {
    const answers = await ask(
      go,
      inputs.map((input) => ({ input: { ...input, profile: 'ear-legacy' as const } })),
    );
    expect(answers.filter(({ verdict }) => verdict !== 'accept')).toEqual([]);
    expect(answers).toHaveLength(SAMPLES.numRuns);
  });

  test('takes no other profile for its own', async () => {
    const answers = await ask(go, [profileOf('ear'), profileOf('ear-compat')]);
    expect(verdictsOf(answers)).toEqual(['reject', 'reject']);
  });

  test('refuses another key, and a status that is none', async () => {
    const legacy = profileOf('ear-legacy');
    const unknown = (claims: JsonObject) => withStatus(claims, 'trusted');
    const answers = await ask(go, [{ ...legacy, stranger: true }, { ...legacy, change: unknown }, legacy]);
    expect(verdictsOf(answers)).toEqual(['reject', 'reject', 'accept']);
  });
});
