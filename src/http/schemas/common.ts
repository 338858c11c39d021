/** Words that several bodies share. Every object is strict: an unknown member is an error. */
import { extendZodWithOpenApi } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import type { JsonValue } from '../../rats/result.js';

extendZodWithOpenApi(z);

/** Names of workloads and audiences end up in subjects, URLs and policies of other systems. */
export const WorkloadName = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/,
    'must be 1 to 63 of a-z 0-9 . _ - and begin and end with a letter or digit',
  )
  .openapi({ example: 'llm-serving' });

/** What a relying party insists on may be a URI; it has no spaces and is short enough for every broker. */
export const AudienceName = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 printable ASCII characters without spaces')
  .openapi({ example: 'vault-prod' });

export const Instant = z.iso
  .datetime({ error: 'must be an RFC 3339 instant in UTC, such as 2026-11-20T12:00:00Z' })
  .openapi({ example: '2026-11-20T12:00:00Z' });

/** Whatever our own reader of JSON returned is JSON. */
export const AnyJson = z.unknown() as unknown as z.ZodType<JsonValue>;

export const TrustTier = z.enum(['none', 'affirming', 'warning', 'contraindicated']);

/** Of a token, a workload name or anything else that must not be an empty or endless string. */
export const shortText = (max: number) => {
  const words = `must have 1 to ${max} characters`;
  return z.string().min(1, words).max(max, words);
};

export const PageQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^([1-9]|[1-9]\d|1\d\d|200)$/, 'must be a number from 1 to 200')
    .optional()
    .openapi({ description: 'Items a page, 1 to 200; 50 when left out.', example: '50' }),
  cursor: shortText(1024).optional().openapi({ description: '`next_cursor` of the page before.' }),
});

export const pageOf = (item: z.ZodType, name: string) =>
  z.strictObject({ items: z.array(item), next_cursor: z.string().nullable() }).openapi(name);

export const CheckReply = z
  .strictObject({
    id: z.string().openapi({ description: 'The refusal code that the check raises when it fails.' }),
    outcome: z.enum(['pass', 'fail', 'not_run']),
    expected: z.string().nullable(),
    observed: z.string().nullable(),
    source: z.string(),
    remedy: z.string().nullable(),
  })
  .openapi('Check');

export const ProblemReply = z
  .strictObject({
    type: z.url(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.string(),
    stage: z.enum(['request', 'parse', 'authenticate', 'bind', 'appraise', 'issue']),
    tee: z.string().optional(),
    checks: z.array(CheckReply).optional(),
    retryable: z.boolean(),
    retry_after: z.int().optional(),
    request_id: z.string(),
  })
  .openapi('Problem');
