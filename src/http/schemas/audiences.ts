/** Bodies of the routes of audiences, and what they are answered with. */
import { z } from 'zod';
import {
  KEY_HEADERS,
  MAX_TOKEN_BYTES,
  MIN_TOKEN_BYTES,
  TOKEN_PROFILES,
  TOKEN_TYPS,
} from '../../rats/token-form.js';
import { AudienceName, Instant, pageOf, Sha256Text, WorkloadName } from './common.js';

const LIFETIME_WORDS = 'must be a whole number of seconds from 30 to 3600';
const RENEWAL_WORDS = 'must be a whole number of seconds from 0 to 900';
const SIZE_WORDS = `must be a whole number of bytes from ${MIN_TOKEN_BYTES} to ${MAX_TOKEN_BYTES}`;

const MinimumStatus = z.enum(['affirming', 'warning']);
const KeyBinding = z.enum(['required', 'optional']);
const RenewalSeconds = z.int(RENEWAL_WORDS).min(0, RENEWAL_WORDS).max(900, RENEWAL_WORDS).openapi({
  description:
    'For so many seconds after its evidence a token may be renewed by whoever holds its key, without new evidence; 0, the usual: never',
  example: 0,
});
const TokenEncryption = z.enum(['when-key', 'never'], { error: 'must be "when-key" or "never"' }).openapi({
  description: '`when-key`, the usual: a token goes out encrypted to `keys.enc`, where the attester sent one',
  example: 'when-key',
});
const Profile = z.enum(TOKEN_PROFILES, { error: 'must be "ear", "ear-compat" or "ear-legacy"' }).openapi({
  description:
    '`ear`: draft-ietf-rats-ear-04. `ear-compat`: the same, with the older dotted names and what a Trustee key broker looks for. `ear-legacy`: the dotted names alone, for libraries of Veraison.',
  example: 'ear',
});
const Algorithm = z
  .enum(['ES256', 'RS256'], { error: 'must be "ES256" or "RS256"' })
  .openapi({ description: 'What its tokens are signed with', example: 'ES256' });
const KeyHeader = z.enum(KEY_HEADERS, { error: 'must be "kid" or "x5c"' }).openapi({
  description:
    '`kid`: readers fetch the keys of the issuer. `x5c`: the header has the key itself (`jwk`) with a certificate, for readers that trust the audience’s own authority.',
  example: 'kid',
});
const Typ = z.enum(TOKEN_TYPS, { error: 'must be "JWT", "at+jwt" or "eat+jwt"' }).openapi({
  description: '`typ` of the header; `at+jwt` (RFC 9068) goes with `client_id`',
  example: 'JWT',
});
const ClientId = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 printable ASCII characters without spaces')
  .openapi({ description: 'Claim `client_id`; with `typ` `at+jwt` alone', example: 'model-loader' });
const AwsTags = z.boolean().openapi({
  description: 'Add session tags for AWS: workload, reference version, TCB status',
  example: false,
});
const MaxTokenBytes = z.int(SIZE_WORDS).min(MIN_TOKEN_BYTES, SIZE_WORDS).max(MAX_TOKEN_BYTES, SIZE_WORDS);

export const AudienceBody = z
  .strictObject({
    name: AudienceName,
    minimum_status: MinimumStatus.optional(),
    workloads: z
      .union([z.literal('*'), z.array(WorkloadName).min(1).max(1000)], {
        error: 'must be "*" or a list of workload names',
      })
      .openapi({ description: '`"*"` or names; mandatory', example: ['llm-serving'] }),
    profile: Profile.optional(),
    alg: Algorithm.optional(),
    lifetime: z
      .int(LIFETIME_WORDS)
      .min(30, LIFETIME_WORDS)
      .max(3600, LIFETIME_WORDS)
      .optional()
      .openapi({ description: 'Seconds; 300 when left out', example: 300 }),
    key_binding: KeyBinding.optional(),
    renewal_seconds: RenewalSeconds.optional(),
    token_encryption: TokenEncryption.optional(),
    key_header: KeyHeader.optional(),
    typ: Typ.optional(),
    client_id: ClientId.optional(),
    aws_tags: AwsTags.optional(),
    max_token_bytes: MaxTokenBytes.optional().openapi({
      description: 'A longer token is denied (`token_too_large`); 4096 when left out, 8192 with `x5c`',
      example: 4096,
    }),
  })
  .openapi('NewAudience');

export const AudienceReply = z
  .strictObject({
    name: AudienceName,
    minimum_status: MinimumStatus,
    workloads: z.union([z.literal('*'), z.array(WorkloadName)]).openapi({ example: ['llm-serving'] }),
    profile: Profile,
    alg: Algorithm,
    lifetime: z.int().min(30).max(3600).openapi({ description: 'Seconds', example: 300 }),
    key_binding: KeyBinding,
    renewal_seconds: RenewalSeconds,
    token_encryption: TokenEncryption,
    key_header: KeyHeader,
    typ: Typ,
    client_id: ClientId.nullable(),
    aws_tags: AwsTags,
    max_token_bytes: MaxTokenBytes.openapi({ description: 'Bytes', example: 4096 }),
    created_at: Instant,
  })
  .openapi('Audience');
export const AudiencePage = pageOf(AudienceReply, 'AudiencePage');

export const AuthorityReply = z
  .strictObject({
    audience: AudienceName,
    certificate: z.string().openapi({
      description: 'PEM; what a reader of the audience’s tokens trusts',
      example: '-----BEGIN CERTIFICATE-----\nMIIB…\n-----END CERTIFICATE-----\n',
    }),
    sha256: Sha256Text.openapi({ description: 'Of the DER, in lowercase hex' }),
    not_before: Instant,
    not_after: Instant,
  })
  .openapi('AudienceAuthority');
