/** What is fetched without credentials: metadata, keys, the meaning of codes, health. */
import { z } from 'zod';
import { AnyJson, Instant, RefusalName } from './common.js';

const IssuerUrl = z.url().openapi({ description: 'Exactly as in `iss`', example: 'http://localhost:8080' });
const JwksUrl = z.url().openapi({ example: 'http://localhost:8080/.well-known/jwks.json' });

export const OpenidMetadata = z
  .strictObject({
    issuer: IssuerUrl,
    jwks_uri: JwksUrl,
    response_types_supported: z.array(z.literal('id_token')),
    subject_types_supported: z.array(z.literal('public')),
    id_token_signing_alg_values_supported: z
      .array(z.enum(['ES256', 'RS256']))
      .openapi({ example: ['ES256', 'RS256'] }),
    claims_supported: z.array(z.string()).openapi({ example: ['iss', 'sub', 'aud', 'exp', 'ear_status'] }),
  })
  .openapi('OpenidMetadata');

export const OauthMetadata = z
  .strictObject({
    issuer: IssuerUrl,
    jwks_uri: JwksUrl,
    response_types_supported: z.array(z.literal('id_token')),
    grant_types_supported: z
      .array(z.string())
      .max(0)
      .openapi({ description: 'None: tokens come from evidence', example: [] }),
    dpop_signing_alg_values_supported: z.array(z.string()).openapi({
      description: 'Of proofs of possession, with the kinds of key that tokens are bound to (RFC 9449)',
      example: ['ES256', 'ES384', 'EdDSA', 'Ed25519'],
    }),
  })
  .openapi('OauthMetadata');

const ofEveryKey = {
  kid: z.string().openapi({
    description: 'RFC 7638 thumbprint',
    example: 'oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U',
  }),
  use: z.literal('sig'),
};

/** RFC 7517; no private member can be in it. */
const EcSigningKey = z
  .strictObject({
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    x: z.string().openapi({ example: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU' }),
    y: z.string().openapi({ example: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0' }),
    alg: z.literal('ES256'),
    ...ofEveryKey,
  })
  .openapi('EcSigningKey');
const RsaSigningKey = z
  .strictObject({
    kty: z.literal('RSA'),
    n: z.string().openapi({ description: '2048 bits', example: 'xjlCRBqkQRwhbm…' }),
    e: z.literal('AQAB'),
    alg: z.literal('RS256'),
    ...ofEveryKey,
  })
  .openapi('RsaSigningKey');

/** Of tokens: keys that sign, those that will, and those whose tokens may still be about. */
export const Jwks = z
  .strictObject({ keys: z.array(z.union([EcSigningKey, RsaSigningKey])).min(1) })
  .openapi('Jwks');
export const BundleJwks = z.strictObject({ keys: z.array(EcSigningKey).min(1) }).openapi('BundleJwks');

export const ExplainedCode = z
  .strictObject({
    code: RefusalName,
    class: z
      .enum(['malformed', 'refused', 'spent', 'denied', 'undecided', 'limited', 'caller', 'fault'])
      .openapi({ description: 'Who is at fault, and whether a retry can help', example: 'refused' }),
    status: z.int().openapi({ example: 422 }),
    title: z.string(),
    meaning: z.string(),
    cause: z.string(),
    remedy: z.string(),
  })
  .openapi('ExplainedCode');

export const LiveReply = z.strictObject({ status: z.literal('live') });

const StateOfCheck = z.string().openapi({ description: '`ok`, or what is wrong', example: 'ok' });

export const ReadyReply = z
  .strictObject({
    status: z.enum(['ready', 'not_ready']),
    checks: z.union([
      z.strictObject({ database: StateOfCheck, signing_key: StateOfCheck, clock: StateOfCheck }),
      z
        .strictObject({ service: z.literal('stopping') })
        .openapi({ description: 'It serves on for a while, so that proxies can send requests elsewhere' }),
    ]),
    endorsements: z
      .array(
        z.strictObject({ kind: z.string(), subject: z.string(), expires_at: Instant, expired: z.boolean() }),
      )
      .openapi({ description: 'Those that have expired or will within a week', example: [] }),
  })
  .openapi('Readiness');

/** Its form is that of the OpenAPI Specification, version 3.1; what is in it, it says itself. */
export const OpenapiDocument = z
  .strictObject({
    openapi: z.literal('3.1.0'),
    info: z.record(z.string(), AnyJson),
    servers: z.array(z.strictObject({ url: z.url(), description: z.string() })).length(1),
    tags: z.array(z.strictObject({ name: z.string(), description: z.string() })),
    components: z.record(z.string(), AnyJson),
    paths: z.record(z.string(), AnyJson),
  })
  .openapi('OpenapiDocument', {
    example: { openapi: '3.1.0', info: {}, servers: [], tags: [], components: {}, paths: {} },
  });
