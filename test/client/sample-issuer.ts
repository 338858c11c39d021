/** An issuer as relying parties see it: two documents and tokens, without a service, a socket or a clock of its own. */
import {
  CompactSign,
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  type JWK,
} from 'jose';

export const SAMPLE_ISSUER = 'https://attest.example/t/acme';
export const SAMPLE_AUDIENCE = 'vault-prod';
/** When sample tokens are made, unless a test moves its clock. */
export const SAMPLE_AT = new Date('2026-11-20T12:00:00Z');

/** When verifiers of tests began to remember proofs: those made at SAMPLE_AT are younger. */
export const SAMPLE_START = new Date(SAMPLE_AT.getTime() - 1_000);

/** Members to put in place of others; undefined leaves one out. */
export type Changes = Readonly<Record<string, unknown>>;

export interface SampleKey {
  readonly kid: string;
  readonly alg: 'ES256' | 'RS256';
  readonly privateKey: CryptoKey;
  /** As published. */
  readonly jwk: JWK;
}

export interface SampleIssuer {
  readonly fetch: typeof globalThis.fetch;
  /** Addresses asked for so far. */
  readonly asked: string[];
  /** Published now. */
  keys: readonly JWK[];
  /** Answers in place of the documents; null: the documents. Throws what fetch throws. */
  instead: ((url: string) => Response | Promise<Response>) | null;
  readonly es256: SampleKey;
  readonly rs256: SampleKey;
  /** Signed by ES256 unless said otherwise. */
  token(claims: Changes, key?: SampleKey, header?: Changes): Promise<string>;
}

export async function makeSampleKey(alg: SampleKey['alg'] = 'ES256'): Promise<SampleKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { modulusLength: 2048 });
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  return { kid, alg, privateKey, jwk: { ...jwk, kid, alg, use: 'sig' } };
}

/** Made once: an RSA key takes a while. */
let made: Promise<readonly [SampleKey, SampleKey]> | null = null;

export async function makeSampleIssuer(): Promise<SampleIssuer> {
  made ??= Promise.all([makeSampleKey('ES256'), makeSampleKey('RS256')]);
  const [es256, rs256] = await made;
  const asked: string[] = [];
  const issuer: SampleIssuer = {
    asked,
    keys: [es256.jwk, rs256.jwk],
    instead: null,
    es256,
    rs256,
    fetch: async (input) => {
      const url = String(input);
      asked.push(url);
      if (issuer.instead !== null) return issuer.instead(url);
      return sampleDocument(url, issuer.keys);
    },
    token: (claims, key = es256, header = {}) => signSample(claims, key, header),
  };
  return issuer;
}

/** What the issuer answers when nothing is wrong. */
export function sampleDocument(url: string, keys: readonly JWK[]): Response {
  const documents: Readonly<Record<string, object>> = {
    [`${SAMPLE_ISSUER}/.well-known/openid-configuration`]: {
      issuer: SAMPLE_ISSUER,
      jwks_uri: `${SAMPLE_ISSUER}/.well-known/jwks.json`,
    },
    [`${SAMPLE_ISSUER}/.well-known/jwks.json`]: { keys },
  };
  const document = documents[url];
  return document === undefined ? new Response('', { status: 404 }) : Response.json(document);
}

export function signSample(claims: Changes, key: SampleKey, header: Changes = {}): Promise<string> {
  const whole = { alg: key.alg, kid: key.kid, typ: 'JWT', ...header };
  return signBytes(Buffer.from(JSON.stringify(claims)), key, whole);
}

export function signBytes(payload: Uint8Array, key: SampleKey, header: Changes): Promise<string> {
  return new CompactSign(payload)
    .setProtectedHeader(header as { alg: string })
    .sign(key.privateKey, { crit: { 'https://example/exp': true } });
}

export const SAMPLE_ATT = {
  ...{ v: 1, tenant: 'acme', workload: 'llm-serving', reference_version: 42, tee: 'sev-snp' },
  ...{ generation: 'genoa', debug: false, simulated: false, tcb_status: 'UpToDate' },
  ...{ tcb_source: 'assay-amd-bulletins@2026-11', tcb_date: '', tcb_in_grace: false },
  ...{ measurement: 'a5'.repeat(48), policy: 'standard@7', policy_digest: '5a'.repeat(32) },
  ...{ decision: 'dec_1', evidence_digest: '3c'.repeat(32), devices: 'none', fresh: 'challenge' },
} as const;

/** Claims of a good token that was made at the instant, bound to a key unless `jkt` is null. */
export function sampleClaims(jkt: string | null, at: Date = SAMPLE_AT): Changes {
  const iat = Math.floor(at.getTime() / 1000);
  return {
    ...{ iss: SAMPLE_ISSUER, sub: 'tenant:acme:workload:llm-serving', aud: SAMPLE_AUDIENCE },
    ...{ iat, nbf: iat, exp: iat + 300, jti: 'jti-1', eat_profile: 'tag:ietf.org,2026:rats/ear#04' },
    ear_verifier_id: { developer: 'https://attest.example', build: 'assay 1.0.0' },
    ear_status: 'affirming',
    ...(jkt === null ? {} : { cnf: { jkt } }),
    att: SAMPLE_ATT,
    submods: { cpu0: { ear_status: 'affirming', ear_appraisal_policy_ids: ['https://attest.example/p/1'] } },
  };
}
