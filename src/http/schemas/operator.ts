/** Bodies of the operators' routes, and what they are answered with. */

import { z } from 'zod';
import { PROBLEM_DETAILS } from '../../rats/problem-detail.js';
import { Instant, PolicyName, pageOf, shortText, WorkloadName } from './common.js';

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
