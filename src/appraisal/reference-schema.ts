/**
 * Reference values as operators write them → what storage keeps and appraisal compares. Strict: an unknown
 * member, an inexact length or an uppercase digit is refused, because each would silently match nothing.
 */
import { z } from 'zod';
import {
  type Covers,
  type ReferenceMatch,
  type ReferenceTee,
  SNP_MATCH_FIELD_LENGTHS,
  type SNP_MATCH_FIELDS,
} from '../rats/reference-value.js';
import { refuse } from '../rats/refusal.js';
import type { JsonObject, JsonValue } from '../rats/result.js';
import { schemaWords } from '../rats/schema-words.js';

/** Rows that one version may expand to in the look-up index. */
export const MAX_COMBINATIONS = 256;
const MAX_LABELS = 32;
const MAX_PROVENANCE_CHARACTERS = 8192;

/** A checked body. `match` has lowercase hex, no value twice. */
export interface SubmittedReferenceValue {
  readonly tee: ReferenceTee;
  readonly covers: Covers;
  readonly match: ReferenceMatch;
  readonly notBefore: Date | null;
  readonly notAfter: Date | null;
  readonly provenance: JsonObject | null;
  readonly labels: Readonly<Record<string, string>> | null;
  readonly activate: boolean;
}

type SnpField = (typeof SNP_MATCH_FIELDS)[number];

function hexValues(field: SnpField) {
  const digits = SNP_MATCH_FIELD_LENGTHS[field];
  const value = z
    .string()
    .regex(new RegExp(`^[0-9a-f]{${digits}}$`, 'u'), `must be ${digits} lowercase hexadecimal digits`);
  return z.union([value.transform((one) => [one]), z.array(value).min(1, 'must name at least one value')], {
    error: `must be ${digits} lowercase hexadecimal digits, or a list of such values`,
  });
}

const instant = z.iso
  .datetime({ message: 'must be an instant in RFC 3339 UTC, such as 2026-11-20T12:00:00Z' })
  .transform((text) => new Date(text));

const snpMatch = z.strictObject({
  measurement: hexValues('measurement'),
  host_data: hexValues('host_data').optional(),
  id_key_digest: hexValues('id_key_digest').optional(),
  author_key_digest: hexValues('author_key_digest').optional(),
  family_id: hexValues('family_id').optional(),
  image_id: hexValues('image_id').optional(),
});

const referenceValue = z
  .strictObject({
    tee: z.literal('sev-snp', { error: 'must be "sev-snp"' }),
    covers: z.enum(['firmware', 'boot', 'runtime'], {
      error:
        'is mandatory for sev-snp and one of "firmware", "boot", "runtime": the report cannot say what its measurement covers',
    }),
    match: snpMatch,
    not_before: instant.optional(),
    not_after: instant.optional(),
    provenance: z
      .record(z.string(), z.json())
      .refine((value) => JSON.stringify(value).length <= MAX_PROVENANCE_CHARACTERS, {
        error: `must not be longer than ${MAX_PROVENANCE_CHARACTERS} characters as JSON`,
      })
      .optional(),
    labels: z
      .record(z.string().min(1).max(63), z.string().max(256))
      .refine((value) => Object.keys(value).length <= MAX_LABELS, {
        error: `must not have more than ${MAX_LABELS} entries`,
      })
      .optional(),
    activate: z.boolean().optional(),
  })
  .refine(({ not_before, not_after }) => !not_before || !not_after || not_before < not_after, {
    error: 'must be later than not_before',
    path: ['not_after'],
  })
  .refine(({ match }) => combinations(match) <= MAX_COMBINATIONS, {
    error: `names more than ${MAX_COMBINATIONS} combinations of values; split it into several versions`,
    path: ['match'],
  });

/**
 * One reference value body. Refuses `member_unknown` for a member that does not exist, `evidence_type_unknown`
 * for a TEE that this build does not verify, otherwise `request_invalid`; the detail names the member.
 */
export function parseReferenceValue(json: JsonValue): SubmittedReferenceValue {
  refuseUnsupported(json);
  const parsed = referenceValue.safeParse(json, { error: schemaWords });
  if (!parsed.success) return refuseIssue(parsed.error.issues);
  const { tee, covers, match, not_before, not_after, provenance, labels, activate } = parsed.data;
  return {
    tee,
    covers,
    match: distinct(match),
    notBefore: not_before ?? null,
    notAfter: not_after ?? null,
    provenance: provenance ?? null,
    labels: labels ?? null,
    activate: activate ?? false,
  };
}

/** What the contract names and this build does not do yet is told apart from mistakes. */
function refuseUnsupported(json: JsonValue): void {
  if (!isObject(json)) return;
  if (json.tee === 'tdx') {
    refuse(
      'evidence_type_unknown',
      'request',
      'Reference values for tdx cannot be kept: this build verifies sev-snp only.',
    );
  }
  if (isObject(json.match) && 'events' in json.match) {
    refuse(
      'request_invalid',
      'request',
      'match.events is not supported: this build reads no event logs, and ignoring it would match more than was meant.',
    );
  }
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function combinations(match: z.output<typeof snpMatch>): number {
  return Object.values(distinct(match)).reduce((product, values) => product * values.length, 1);
}

function distinct(match: z.output<typeof snpMatch>): ReferenceMatch {
  return Object.fromEntries(
    Object.entries(match).flatMap(([field, values]) =>
      values === undefined ? [] : [[field, [...new Set(values)]]],
    ),
  );
}

function refuseIssue(issues: readonly z.core.$ZodIssue[]): never {
  const unknown = issues.find((issue) => issue.code === 'unrecognized_keys');
  if (unknown !== undefined) {
    const where = unknown.path.length === 0 ? 'the reference value' : unknown.path.join('.');
    const names = unknown.keys.map((key) => key.slice(0, 64)).join(', ');
    refuse('member_unknown', 'request', `There is no member ${names} in ${where}.`);
  }
  const [first] = issues;
  const path = first === undefined || first.path.length === 0 ? 'The reference value' : first.path.join('.');
  refuse('request_invalid', 'request', `${path}: ${first?.message ?? 'is not valid'}.`);
}
