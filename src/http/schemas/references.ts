/** Reference values (golden measurements): what an operator registers, and how a version reads. */
import { z } from 'zod';
import { EVENT_REGISTERS, PARTITION_REGISTER } from '../../rats/measured-event.js';
import {
  SNP_MATCH_FIELD_LENGTHS,
  SNP_MATCH_FIELDS,
  TDX_MATCH_FIELD_LENGTH,
  TDX_MATCH_FIELDS,
} from '../../rats/reference-value.js';
import { AnyJson, hexText, Instant, pageOf, shortText, WorkloadName } from './common.js';

/** Lowercase hex of a field with so many digits, or a list of such values. */
const matchValue = (digits: number) => {
  const value = hexText(digits / 2);
  return z.union([value, z.array(value).min(1)]).openapi({ example: 'a5'.repeat(digits / 2) });
};
const snpValue = (field: keyof typeof SNP_MATCH_FIELD_LENGTHS) => matchValue(SNP_MATCH_FIELD_LENGTHS[field]);
const tdxValue = () => matchValue(TDX_MATCH_FIELD_LENGTH);

const Covers = z.enum(['firmware', 'boot', 'runtime']).openapi({ example: 'boot' });
const MATCH_WORDS = { description: 'Lowercase hex; fields are ANDed, the values of one are ORed' };

const SnpMatch = z
  .strictObject({
    measurement: snpValue('measurement'),
    host_data: snpValue('host_data').optional(),
    id_key_digest: snpValue('id_key_digest').optional(),
    author_key_digest: snpValue('author_key_digest').optional(),
    family_id: snpValue('family_id').optional(),
    image_id: snpValue('image_id').optional(),
  })
  .openapi(MATCH_WORDS);

/** What went into a register, event by event; appraisal/reference-events.ts judges it. */
const measured = {
  measured: z
    .array(hexText(48))
    .min(1)
    .max(512)
    .openapi({
      description:
        'SHA-384 digests, in any order: all of them, and nothing else, went into the register. Separators and the firmware’s fixed actions do not count',
      example: ['a5'.repeat(48)],
    }),
};
const MeasuredEvents = z
  .union([
    z.strictObject({ register: z.enum(EVENT_REGISTERS).openapi({ example: 'rtmr2' }), ...measured }),
    z.strictObject({
      register: z.literal(PARTITION_REGISTER),
      ...measured,
      partition_tables: z.literal('any').openapi({ description: 'Partition tables do not count either' }),
    }),
  ])
  .openapi('MeasuredEvents', {
    description:
      'Events of the log that must come with the evidence. Entries of one register are alternatives, registers are ANDed',
  });

const TdxMatch = z
  .strictObject({
    mrtd: tdxValue(),
    rtmr0: tdxValue().optional(),
    rtmr1: tdxValue().optional(),
    rtmr2: tdxValue().optional(),
    rtmr3: tdxValue().optional(),
    mrconfigid: tdxValue().optional(),
    mrowner: tdxValue().optional(),
    mrownerconfig: tdxValue().optional(),
    mrseam: tdxValue().optional(),
    events: z.array(MeasuredEvents).min(1).optional(),
  })
  .openapi(MATCH_WORDS);

const Provenance = z
  .record(z.string(), AnyJson)
  .openapi({ description: 'Whatever the publisher wants to keep with it', example: { build: 'ci-4711' } });
/** Apart from the call, because the generator's types do not know `propertyNames`. */
const LABEL_LIMITS = {
  description: 'Names and values of your own',
  propertyNames: { minLength: 1, maxLength: 63 },
  maxProperties: 32,
  example: { channel: 'stable' },
};
const Labels = z.record(z.string().min(1).max(63), z.string().max(256)).openapi(LABEL_LIMITS);

const anyReference = {
  not_before: Instant.optional(),
  not_after: Instant.optional().openapi({
    description: 'Later than `not_before`',
    example: '2027-11-20T12:00:00Z',
  }),
  provenance: Provenance.optional(),
  labels: Labels.optional(),
  activate: z.boolean().optional().openapi({ description: 'Let it count at once', example: true }),
};

/**
 * For the API description; appraisal/reference-schema.ts judges the body, and a test holds the two together.
 */
export const ReferenceValueBody = z
  .discriminatedUnion('tee', [
    z
      .strictObject({ tee: z.literal('sev-snp'), covers: Covers, match: SnpMatch, ...anyReference })
      .openapi('NewSnpReferenceVersion'),
    z
      .strictObject({
        tee: z.literal('tdx'),
        covers: Covers.optional().openapi({
          description:
            '`boot` when left out; affirming needs `mrtd`, and `rtmr1` and `rtmr2` or their `events`, and zeros in a register count only with `runtime` (MRTD holds the kernel)',
        }),
        match: TdxMatch,
        ...anyReference,
      })
      .openapi('NewTdxReferenceVersion'),
  ])
  .openapi('NewReferenceVersion');

const ReferenceState = z.enum(['draft', 'active', 'retired', 'revoked']).openapi({ example: 'active' });

export const ReferenceCreated = z
  .strictObject({ version: z.int().min(1), state: ReferenceState })
  .openapi('ReferenceVersionState');

/** At least one of these; which ones may meet, the request says. */
const MatchReply = z
  .strictObject({
    ...Object.fromEntries(
      [...SNP_MATCH_FIELDS, ...TDX_MATCH_FIELDS].map((field) => [
        field,
        z
          .array(z.string().regex(/^([0-9a-f]{2})+$/))
          .min(1)
          .optional(),
      ]),
    ),
    events: z.array(MeasuredEvents).min(1).optional(),
  })
  .openapi({ description: 'Each field with all its values', example: { measurement: ['a5'.repeat(48)] } });

export const ReferenceReply = z
  .strictObject({
    workload: WorkloadName,
    version: z.int(),
    state: ReferenceState,
    tee: z.enum(['sev-snp', 'tdx']),
    covers: Covers,
    match: MatchReply,
    not_before: Instant.nullable(),
    not_after: Instant.nullable().openapi({ example: '2027-11-20T12:00:00Z' }),
    provenance: Provenance.nullable(),
    labels: Labels.nullable(),
    created_at: Instant,
    changed_at: Instant.openapi({ description: 'When it got its present state' }),
    reason: z.string().nullable().openapi({ description: 'Why it was revoked', example: null }),
  })
  .openapi('ReferenceVersion');
export const ReferencePage = pageOf(ReferenceReply, 'ReferenceVersionPage');

export const RevokeBody = z
  .strictObject({ reason: shortText(1024).openapi({ example: 'The image had a hole.' }) })
  .openapi('Revocation');
