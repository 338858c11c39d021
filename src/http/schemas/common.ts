/** Words that several bodies share. Every object is strict: an unknown member is an error. */
import { extendZodWithOpenApi } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { REFUSALS } from '../../rats/refusal.js';
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

/** `simulate` is a path of its own. */
export const PolicyName = z
  .string()
  .regex(
    /^(?!simulate$)[a-z0-9][a-z0-9-]{0,62}$/,
    'must be 1 to 63 of a-z 0-9 -, begin with a letter or digit, and not be "simulate"',
  )
  .openapi({ example: 'payments' });

/** A name, or a name with the number of a version. */
export const PolicyReference = z
  .string()
  .regex(
    /^(?!simulate(@|$))[a-z0-9][a-z0-9-]{0,62}(@[1-9]\d{0,8})?$/,
    'must be the name of a policy, or name@version',
  )
  .openapi({ description: 'Its version in force, or with `@` a version', example: 'payments@3' });

export const Instant = z.iso
  .datetime({ error: 'must be an RFC 3339 instant in UTC, such as 2026-11-20T12:00:00Z' })
  .openapi({ example: '2026-11-20T12:00:00Z' });

/** Whatever our own reader of JSON returned is JSON. */
export const AnyJson = z.unknown() as unknown as z.ZodType<JsonValue>;

/** A component or null. (The generator would make `nullable()` of a component an `allOf`, which lets no null through.) */
export const orNull = <Schema extends z.ZodType>(schema: Schema) => z.union([schema, z.null()]);

/** Lowercase hex of exactly so many bytes. */
export const hexText = (bytes: number) => {
  const digits = bytes * 2;
  return z
    .string()
    .regex(new RegExp(`^[0-9a-f]{${digits}}$`), `must be ${digits} lowercase hexadecimal digits`);
};

export const Sha256Text = hexText(32).openapi({ example: '5a'.repeat(32) });

export const RefusalName = z.enum(REFUSALS.map((entry) => entry.code)).openapi('RefusalCode', {
  description: 'Stable; explained at `/problems/{code}`.',
  example: 'report_data_mismatch',
});

export const TrustTier = z
  .enum(['none', 'affirming', 'warning', 'contraindicated'])
  .openapi({ example: 'affirming' });
export const TeeName = z
  .enum(['sev-snp', 'tdx', 'az-sev-snp', 'az-tdx'])
  .openapi('Tee', { description: 'A TEE, and for `az-` the envelope of one cloud.', example: 'sev-snp' });
export const Envelope = z.enum(['raw', 'extended', 'configfs-tsm', 'azure-hcl']);
export const StageName = z.enum(['request', 'parse', 'authenticate', 'bind', 'appraise', 'issue']);
export const BindingOutcome = z.enum(['verified', 'mismatch', 'not_checked']);
export const DecisionId = z
  .string()
  .regex(/^dec_[\w-]{22}$/)
  .openapi({ example: 'dec_Zc1u9kB6u0Xo2l8m3n4p5Q' });

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
  z
    .strictObject({
      items: z.array(item),
      next_cursor: z
        .string()
        .nullable()
        .openapi({ description: 'For `cursor`; null on the last page.', example: null }),
    })
    .openapi(name);

export const CheckReply = z
  .strictObject({
    id: RefusalName,
    outcome: z.enum(['pass', 'fail', 'not_run']).openapi({ example: 'fail' }),
    expected: z.string().nullable().openapi({ example: 'off' }),
    observed: z.string().nullable().openapi({ example: 'on' }),
    source: z
      .string()
      .openapi({ description: 'Section of a manual, or a document', example: 'policy standard' }),
    remedy: z.string().nullable().openapi({
      description: 'What to do; null when there is nothing to do',
      example: 'Launch the guest anew.',
    }),
  })
  .openapi('Check', { description: '`id` is the code that the check raises when it fails.' });

export const ProblemReply = z
  .strictObject({
    type: z.url().openapi({ example: 'http://localhost:8080/problems/not_found' }),
    title: z.string().openapi({ example: 'There is no such thing' }),
    status: z.int().min(400).max(599).openapi({ example: 404 }),
    detail: z.string().openapi({
      description: 'A sentence about this very case',
      example: 'There is no route at this path.',
    }),
    instance: z.string().openapi({
      description: 'Path of the request; for a recorded denial, where its decision is',
      example: '/v1/nowhere',
    }),
    code: RefusalName,
    stage: StageName.openapi({ description: 'Where in the pipeline the answer was found' }),
    tee: TeeName.optional(),
    checks: z.array(CheckReply).min(1).optional().openapi({ description: 'Those that failed' }),
    retryable: z
      .boolean()
      .openapi({ description: 'Whether the same request may succeed later', example: false }),
    retry_after: z.int().min(1).optional().openapi({ description: 'Seconds', example: 30 }),
    request_id: z
      .string()
      .openapi({ description: 'As in `X-Request-Id`', example: 'req_5f1c0a94e2b7d36810fa42c9' }),
  })
  .openapi('Problem', { description: 'Every refusal (RFC 9457).' });
