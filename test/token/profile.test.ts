/** The claims of each profile, and that no two names of one thing ever say something else. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MAX_ISSUER_LENGTH } from '../../src/config/issuer.js';
import type { JsonObject, JsonValue } from '../../src/rats/result.js';
import { MAX_TOKEN_BYTES, TOKEN_PROFILES, usualTokenBytes } from '../../src/rats/token-form.js';
import { type ClaimsInput, claimsOf } from '../../src/token/profile.js';
import { anyClaimsInput, ISSUER, sampleClaimsInput } from './claims-input.js';

function objectOf(value: JsonValue | undefined): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('no object');
  return value as JsonObject;
}

const cpuOf = (claims: JsonObject): JsonObject => objectOf(objectOf(claims.submods).cpu0);

/** Names of all members, at any depth. */
function namesIn(value: JsonValue): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const below = Object.values(value).flatMap(namesIn);
  return Array.isArray(value) ? below : [...Object.keys(value), ...below];
}

const EVERYWHERE = ['sub', 'aud', 'cnf', 'att', 'submods', 'eat_profile'];
const POLICY_URI = `${ISSUER}/policies/standard/7`;
const VECTOR = { hardware: 2, executables: 3, configuration: 2, 'runtime-opaque': 2 };
const VERIFIER = { developer: 'https://attest.example', build: 'assay 0.1.0' };

describe('the profile', () => {
  test('ear has the names of the draft and no others', () => {
    const claims = claimsOf(sampleClaimsInput());
    expect(Object.keys(claims).sort()).toEqual([...EVERYWHERE, 'ear_verifier_id', 'ear_status'].sort());
    expect(claims).toMatchObject({
      eat_profile: 'tag:ietf.org,2026:rats/ear#04',
      ear_verifier_id: VERIFIER,
      ear_status: 'affirming',
      sub: 'tenant:acme:workload:llm-serving',
      aud: 'vault-prod',
      cnf: { jkt: 'oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U' },
    });
    expect(claims.submods).toEqual({
      cpu0: {
        ear_status: 'affirming',
        ear_trustworthiness_vector: VECTOR,
        ear_appraisal_policy_ids: [POLICY_URI],
      },
    });
  });

  test('ear-legacy has the dotted names alone', () => {
    const claims = claimsOf(sampleClaimsInput({ profile: 'ear-legacy' }));
    expect(Object.keys(claims).sort()).toEqual([...EVERYWHERE, 'ear.verifier-id'].sort());
    expect(claims).toMatchObject({
      eat_profile: 'tag:github.com,2023:veraison/ear',
      'ear.verifier-id': VERIFIER,
      submods: {
        cpu0: {
          'ear.status': 'affirming',
          'ear.trustworthiness-vector': VECTOR,
          'ear.appraisal-policy-id': POLICY_URI,
        },
      },
    });
    expect(namesIn(claims).filter((name) => name.startsWith('ear_'))).toEqual([]);
  });

  test('ear-compat has both, and the key for secrets where a Trustee key broker looks for it', () => {
    const both = claimsOf(sampleClaimsInput({ profile: 'ear-compat' }));
    const [ear, legacy] = [
      claimsOf(sampleClaimsInput()),
      claimsOf(sampleClaimsInput({ profile: 'ear-legacy' })),
    ];
    expect(both).toEqual({
      ...legacy,
      ...ear,
      submods: { cpu0: { ...cpuOf(legacy), ...cpuOf(ear) } },
    });
    const encryptionKey = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' };
    const keyed = claimsOf(sampleClaimsInput({ profile: 'ear-compat', encryptionKey }));
    expect(keyed).toEqual({ ...both, 'tee-pubkey': { ...encryptionKey, alg: 'ECDH-ES+A256KW' } });
    expect(claimsOf(sampleClaimsInput({ encryptionKey }))).toEqual(ear);
  });
});

test('an audience may have a client and session tags for AWS in any profile, and else none has', () => {
  for (const profile of TOKEN_PROFILES) {
    const plain = claimsOf(sampleClaimsInput({ profile }));
    expect(claimsOf(sampleClaimsInput({ profile, clientId: 'loader', awsTags: true }))).toEqual({
      ...plain,
      client_id: 'loader',
      'https://aws.amazon.com/tags': {
        principal_tags: { workload: ['llm-serving'], reference_version: ['42'], tcb: ['UpToDate'] },
        transitive_tag_keys: [],
      },
    });
  }
});

test('a token says when it rests on a grace of the policy, and whose nonce made it fresh', () => {
  expect(claimsOf(sampleClaimsInput()).att).toMatchObject({ tcb_in_grace: false, fresh: 'challenge' });
  const claims = claimsOf(sampleClaimsInput({ tcbInGrace: true, rpNonce: 'rp-nonce-0123' }));
  expect(claims).toMatchObject({
    eat_nonce: 'rp-nonce-0123',
    att: { tcb_in_grace: true, fresh: 'rp-nonce' },
  });
});

describe('of any decision, in any profile', () => {
  test('every name of a status, a vector and a policy says the same, and it is what was decided', () => {
    fc.assert(
      fc.property(anyClaimsInput, (input) => {
        const { status, vector, policy } = input.decision;
        const claims = claimsOf(input);
        const cpu = cpuOf(claims);
        const uri = `${input.issuer}/policies/${policy.replace('@', '/')}`;
        const said = {
          status: [claims.ear_status, cpu.ear_status, cpu['ear.status']],
          vector: [cpu.ear_trustworthiness_vector, cpu['ear.trustworthiness-vector']],
          policy: [cpu.ear_appraisal_policy_ids, cpu['ear.appraisal-policy-id']].flat(),
          verifier: [claims.ear_verifier_id, claims['ear.verifier-id']],
        };
        const decided = { status, vector, policy: uri, verifier: input.verifierId };
        for (const [name, values] of Object.entries(said)) {
          const present = values.filter((value) => value !== undefined);
          expect(present.length).toBeGreaterThan(0);
          for (const value of present) expect(value).toEqual(decided[name as keyof typeof decided]);
        }
        expect(Object.keys(objectOf(claims.submods))).toEqual(['cpu0']);
      }),
    );
  });

  test('`att` is the record’s, the same in each, and scalars alone', () => {
    fc.assert(
      fc.property(anyClaimsInput, (input) => {
        const { decision, tenant } = input;
        const [att, ...others] = TOKEN_PROFILES.map((profile) => claimsOf({ ...input, profile }).att);
        for (const other of others) expect(other).toEqual(att);
        expect(att).toEqual({
          v: 1,
          tenant,
          workload: decision.workload,
          reference_version: decision.referenceVersion,
          tee: decision.tee,
          generation: decision.generation,
          debug: decision.debug,
          simulated: decision.simulated,
          tcb_status: decision.tcb.status,
          tcb_source: decision.tcb.source,
          tcb_date: decision.tcb.date,
          tcb_in_grace: input.tcbInGrace,
          measurement: decision.measurement,
          policy: decision.policy,
          policy_digest: decision.policyDigest,
          decision: decision.id,
          evidence_digest: decision.evidenceDigest,
          devices: 'none',
          fresh: input.rpNonce === null ? 'challenge' : 'rp-nonce',
        });
        for (const value of Object.values(objectOf(att))) {
          expect(['string', 'number', 'boolean']).toContain(typeof value);
        }
      }),
    );
  });

  /** Newer validators refuse them (`Sub`, `AUD`): one reader would take the one, another the other. */
  test('no claim has the name of a registered one in other letters', () => {
    const registered = ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti'];
    fc.assert(
      fc.property(anyClaimsInput, (input) => {
        const folded = Object.keys(claimsOf(input)).filter((name) => !registered.includes(name));
        for (const name of folded) expect(registered).not.toContain(name.toLowerCase());
      }),
    );
  });
});

describe('the longest token', () => {
  const longest = (length: number) => 'x'.repeat(length);
  const issuer = `${longest(MAX_ISSUER_LENGTH)}/t/${longest(63)}`;
  const input = sampleClaimsInput({
    tenant: longest(63),
    issuer,
    verifierId: { developer: issuer, build: longest(128) },
    decision: {
      id: `dec_${longest(22)}`,
      workload: longest(63),
      referenceVersion: Number.MAX_SAFE_INTEGER,
      status: 'contraindicated',
      vector: { hardware: -128, executables: -128, configuration: -128, 'runtime-opaque': -128 },
      tee: longest(32),
      generation: longest(32),
      debug: false,
      simulated: false,
      measurement: longest(96),
      evidenceDigest: longest(64),
      policy: `${longest(63)}@${Number.MAX_SAFE_INTEGER}`,
      policyDigest: longest(64),
      tcb: { status: longest(64), source: longest(64), date: longest(10) },
    },
    audience: longest(255),
    rpNonce: longest(88),
    keyThumbprint: longest(43),
  });

  /** Of the compact form; `header` and `signature` in bytes before they are encoded. */
  function compactLength(changes: Partial<ClaimsInput>, header: number, signature: number): number {
    const stamped = { iss: changes.issuer ?? issuer, iat: 1e10, nbf: 1e10, exp: 1e10, jti: longest(22) };
    const payload = JSON.stringify({ ...stamped, ...claimsOf({ ...input, ...changes }) }).length;
    return [header, payload, signature].reduce((sum, bytes) => sum + Math.ceil((bytes * 4) / 3), 2);
  }

  test('of an audience without choices stays below the limit, and with names of usual length below half of it', () => {
    expect(compactLength({}, 100, 64)).toBeGreaterThan(usualTokenBytes('kid'));
    expect(compactLength({}, 100, 64)).toBeLessThanOrEqual(MAX_TOKEN_BYTES);
    const usual = { issuer: `https://${longest(92)}`, audience: longest(100) };
    expect(compactLength(usual, 100, 64)).toBeLessThanOrEqual(usualTokenBytes('kid'));
  });

  test('may be beyond every limit where an audience chooses everything', () => {
    const encryptionKey = { kty: 'EC', crv: 'P-384', x: longest(64), y: longest(64) };
    const most = { profile: 'ear-compat', encryptionKey, clientId: longest(255), awsTags: true } as const;
    // RS256: the key in the header, and a certificate of it.
    expect(compactLength(most, 1700, 256)).toBeGreaterThan(MAX_TOKEN_BYTES / 2);
  });
});
