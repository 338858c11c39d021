/** Bodies of the operators' routes, and what they are answered with. */

import { z } from 'zod';
import { PROBLEM_DETAILS } from '../../rats/problem-detail.js';
import { AudienceName, Instant, PolicyName, pageOf, shortText, WorkloadName } from './common.js';

export const MAX_OPERATOR_BODY = 256 * 1024;

export const WorkloadBody = z
  .strictObject({
    name: WorkloadName,
    description: z.string().max(1024).optional().openapi({ example: 'Serves the large model' }),
    policy: PolicyName.optional().openapi({
      description: '`standard` when left out; another one needs the role admin',
      example: 'standard',
    }),
  })
  .openapi('NewWorkload');

export const WorkloadChangeBody = z
  .strictObject({
    description: z.string().max(1024).nullable().optional().openapi({ example: 'Serves the large model' }),
    policy: PolicyName.nullable().optional().openapi({ description: 'Null: `standard`', example: 'strict' }),
  })
  .openapi('WorkloadChange', { description: 'What is left out stays.' });

export const WorkloadReply = z
  .strictObject({
    name: WorkloadName,
    description: z.string().nullable().openapi({ example: 'Serves the large model' }),
    policy: PolicyName.nullable().openapi({
      description: 'Chosen for its evidence; null: `standard` applies',
      example: 'strict',
    }),
    created_at: Instant,
  })
  .openapi('Workload');
export const WorkloadPage = pageOf(WorkloadReply, 'WorkloadPage');

const ProblemDetail = z.enum(PROBLEM_DETAILS, { error: 'must be "codes", "observed" or "full"' }).openapi({
  description:
    'What a denied attester is told: `codes`, which checks failed and what to do; `observed`, what was observed of its evidence too; `full`, also what was expected, as in the decision record. Reference values and policy are the operator’s secret in the first two.',
  example: 'codes',
});

export const TenantChange = z.strictObject({ problem_detail: ProblemDetail }).openapi('TenantChange');
export const TenantReply = z
  .strictObject({
    name: z.string().openapi({ example: 'default' }),
    issuer: z.url().openapi({ example: 'http://localhost:8080' }),
    problem_detail: ProblemDetail,
  })
  .openapi('Tenant');

const RENEWAL_WORDS = 'must be a whole number of seconds from 0 to 900';
const RENEWAL_MEANING =
  'For so many seconds after its evidence a token may be renewed by whoever holds its key, without new evidence; 0, the usual: never';
const TokenEncryption = z.enum(['when-key', 'never']).openapi({
  description: '`when-key`, the usual: a token goes out encrypted to `keys.enc`, where the attester sent one',
  example: 'when-key',
});

const LIFETIME_WORDS = 'must be a whole number of seconds from 30 to 3600';

export const AudienceBody = z
  .strictObject({
    name: AudienceName,
    minimum_status: z.enum(['affirming', 'warning']).optional(),
    workloads: z
      .union([z.literal('*'), z.array(WorkloadName).min(1).max(1000)], {
        error: 'must be "*" or a list of workload names',
      })
      .openapi({ description: '`"*"` or names; mandatory', example: ['llm-serving'] }),
    profile: z.literal('ear', { error: 'must be "ear": this version has no other profile' }).optional(),
    alg: z.literal('ES256', { error: 'must be "ES256": this version signs with nothing else' }).optional(),
    lifetime: z
      .int(LIFETIME_WORDS)
      .min(30, LIFETIME_WORDS)
      .max(3600, LIFETIME_WORDS)
      .optional()
      .openapi({ description: 'Seconds; 300 when left out', example: 300 }),
    key_binding: z.enum(['required', 'optional']).optional(),
    renewal_seconds: z
      .int(RENEWAL_WORDS)
      .min(0, RENEWAL_WORDS)
      .max(900, RENEWAL_WORDS)
      .optional()
      .openapi({ description: RENEWAL_MEANING, example: 0 }),
    token_encryption: TokenEncryption.optional(),
  })
  .openapi('NewAudience');

export const AudienceReply = z
  .strictObject({
    name: AudienceName,
    minimum_status: z.enum(['affirming', 'warning']),
    workloads: z.union([z.literal('*'), z.array(WorkloadName)]).openapi({ example: ['llm-serving'] }),
    profile: z.literal('ear'),
    alg: z.literal('ES256'),
    lifetime: z.int().min(30).max(3600).openapi({ description: 'Seconds', example: 300 }),
    key_binding: z.enum(['required', 'optional']),
    renewal_seconds: z.int().min(0).max(900).openapi({ description: RENEWAL_MEANING, example: 0 }),
    token_encryption: TokenEncryption,
    created_at: Instant,
  })
  .openapi('Audience');
export const AudiencePage = pageOf(AudienceReply, 'AudiencePage');

const RoleName = z.enum(['admin', 'publisher', 'relying-party']).openapi({ example: 'publisher' });
const KeyName = shortText(128).openapi({ example: 'build server' });
const KeyId = z.string().openapi({ example: 'key_6fKcU3p0b1wQ' });

export const ApiKeyBody = z.strictObject({ name: KeyName, role: RoleName }).openapi('NewApiKey');
export const ApiKeyCreated = z
  .strictObject({
    id: KeyId,
    key: z
      .string()
      .regex(/^ak_[\w-]{43}$/)
      .openapi({ description: 'Shown this once', example: `ak_${'x'.repeat(43)}` }),
  })
  .openapi('ApiKeyText');
export const ApiKeyReply = z
  .strictObject({ id: KeyId, name: KeyName, role: RoleName, created_at: Instant })
  .openapi('ApiKey');
export const ApiKeyPage = pageOf(ApiKeyReply, 'ApiKeyPage');
