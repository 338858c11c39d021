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
  TDX_MATCH_FIELD_LENGTH,
} from '../rats/reference-value.js';
import type { JsonObject, JsonValue } from '../rats/result.js';
import { schemaWords } from '../rats/schema-words.js';
import { refuseMember, refuseRequest } from '../rats/shared-refusals.js';
import { tdxEvents, withEvents } from './reference-events.js';

/** Rows that one version may expand to in the look-up index. */
export const MAX_COMBINATIONS = 256;
const MAX_LABELS = 32;
const MAX_PROVENANCE_CHARACTERS = 8192;

/** A checked body. `match` has lowercase hex, no value twice; events have become fields (`rats/measured-event.ts`). */
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

function hexValues(digits: number) {
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

const snpValues = (field: (typeof SNP_MATCH_FIELDS)[number]) => hexValues(SNP_MATCH_FIELD_LENGTHS[field]);
const tdxValues = () => hexValues(TDX_MATCH_FIELD_LENGTH);

const snpMatch = z.strictObject({
  measurement: snpValues('measurement'),
  host_data: snpValues('host_data').optional(),
  id_key_digest: snpValues('id_key_digest').optional(),
  author_key_digest: snpValues('author_key_digest').optional(),
  family_id: snpValues('family_id').optional(),
  image_id: snpValues('image_id').optional(),
});

const tdxMatch = z
  .strictObject({
    mrtd: tdxValues(),
    rtmr0: tdxValues().optional(),
    rtmr1: tdxValues().optional(),
    rtmr2: tdxValues().optional(),
    rtmr3: tdxValues().optional(),
    mrconfigid: tdxValues().optional(),
    mrowner: tdxValues().optional(),
    mrownerconfig: tdxValues().optional(),
    mrseam: tdxValues().optional(),
    events: tdxEvents.optional(),
  })
  .transform(({ events, ...fields }, context) => withEvents(fields, events ?? [], context));

const COVERS = ['firmware', 'boot', 'runtime'] as const;

const snpCovers = z.enum(COVERS, {
  error:
    'is mandatory for sev-snp and one of "firmware", "boot", "runtime": the report cannot say what its measurement covers',
});
/** TDX has a register for each stage, so that the fields themselves say what is covered. */
const tdxCovers = z
  .enum(COVERS, { error: 'must be one of "firmware", "boot", "runtime"; left out it is "boot"' })
  .default('boot');

const common = {
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
};

const referenceValue = z
  .discriminatedUnion(
    'tee',
    [
      z.strictObject({ tee: z.literal('sev-snp'), covers: snpCovers, match: snpMatch, ...common }),
      z.strictObject({ tee: z.literal('tdx'), covers: tdxCovers, match: tdxMatch, ...common }),
    ],
    { error: ({ code }) => (code === 'invalid_union' ? 'must be "sev-snp" or "tdx"' : undefined) },
  )
  .refine(({ not_before, not_after }) => !not_before || !not_after || not_before < not_after, {
    error: 'must be later than not_before',
    path: ['not_after'],
  })
  .refine(({ match }) => combinations(match) <= MAX_COMBINATIONS, {
    error: `names more than ${MAX_COMBINATIONS} combinations of values; split it into several versions`,
    path: ['match'],
  });

/** A match as parsed: fields that were left out are absent or undefined. */
type ParsedMatch = Readonly<Record<string, readonly string[] | undefined>>;

/**
 * One reference value body. Refuses `member_unknown` for a member that does not exist, otherwise
 * `request_invalid`; the detail names the member.
 */
export function parseReferenceValue(json: JsonValue): SubmittedReferenceValue {
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

function combinations(match: ParsedMatch): number {
  return Object.values(distinct(match)).reduce((product, values) => product * values.length, 1);
}

function distinct(match: ParsedMatch): ReferenceMatch {
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
    refuseMember('request', `There is no member ${names} in ${where}.`);
  }
  const [first] = issues;
  const path = first === undefined || first.path.length === 0 ? 'The reference value' : first.path.join('.');
  refuseRequest(`${path}: ${first?.message ?? 'is not valid'}.`);
}
