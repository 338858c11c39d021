/** Bodies of the operators' routes, and what they are answered with. */
import { z } from 'zod';
import { AnyJson, AudienceName, Instant, pageOf, shortText, TrustTier, WorkloadName } from './common.js';

export const MAX_OPERATOR_BODY = 256 * 1024;
export const MAX_ARCHIVE_BYTES = 8 * 1024 * 1024;

export const WorkloadBody = z
  .strictObject({
    name: WorkloadName,
    description: z.string().max(1024).optional(),
    policy: shortText(63).optional().openapi({ description: 'only `standard` exists in this version' }),
  })
  .openapi('NewWorkload');

export const WorkloadReply = z
  .strictObject({ name: WorkloadName, description: z.string().nullable(), created_at: Instant })
  .openapi('Workload');
export const WorkloadPage = pageOf(WorkloadReply, 'WorkloadPage');

const MatchValue = z.union([z.string(), z.array(z.string()).min(1)]);

/**
 * For the API description; appraisal/reference-schema.ts judges the body, and a test holds the two together.
 */
export const ReferenceValueBody = z
  .strictObject({
    tee: z.enum(['sev-snp']),
    covers: z.enum(['firmware', 'boot', 'runtime']),
    match: z
      .strictObject({
        measurement: MatchValue,
        host_data: MatchValue.optional(),
        id_key_digest: MatchValue.optional(),
        author_key_digest: MatchValue.optional(),
        family_id: MatchValue.optional(),
        image_id: MatchValue.optional(),
      })
      .openapi({ description: 'lowercase hex; fields are ANDed, the values of one are ORed' }),
    not_before: Instant.optional(),
    not_after: Instant.optional(),
    provenance: z.record(z.string(), AnyJson).optional(),
    labels: z.record(z.string(), z.string()).optional(),
    activate: z.boolean().optional(),
  })
  .openapi('NewReferenceVersion');

const ReferenceState = z.enum(['draft', 'active', 'retired', 'revoked']);

export const ReferenceCreated = z
  .strictObject({ version: z.int(), state: ReferenceState })
  .openapi('ReferenceVersionState');

export const ReferenceReply = z
  .strictObject({
    workload: WorkloadName,
    version: z.int(),
    state: ReferenceState,
    tee: z.string(),
    covers: z.string(),
    match: z.record(z.string(), z.array(z.string())),
    not_before: Instant.nullable(),
    not_after: Instant.nullable(),
    provenance: z.record(z.string(), AnyJson).nullable(),
    labels: z.record(z.string(), z.string()).nullable(),
    created_at: Instant,
    reason: z.string().nullable(),
  })
  .openapi('ReferenceVersion');
export const ReferencePage = pageOf(ReferenceReply, 'ReferenceVersionPage');

export const RevokeBody = z.strictObject({ reason: shortText(1024) }).openapi('Revocation');

const LIFETIME_WORDS = 'must be a whole number of seconds from 30 to 3600';

export const AudienceBody = z
  .strictObject({
    name: AudienceName,
    minimum_status: z.enum(['affirming', 'warning']).optional(),
    workloads: z
      .union([z.literal('*'), z.array(WorkloadName).min(1).max(1000)], {
        error: 'must be "*" or a list of workload names',
      })
      .openapi({ description: '`"*"` or names; mandatory' }),
    profile: z.literal('ear', { error: 'must be "ear": this version has no other profile' }).optional(),
    alg: z.literal('ES256', { error: 'must be "ES256": this version signs with nothing else' }).optional(),
    lifetime: z
      .int(LIFETIME_WORDS)
      .min(30, LIFETIME_WORDS)
      .max(3600, LIFETIME_WORDS)
      .optional()
      .openapi({ description: 'seconds; 300 when left out' }),
    key_binding: z.enum(['required', 'optional']).optional(),
  })
  .openapi('NewAudience');

export const AudienceReply = z
  .strictObject({
    name: AudienceName,
    minimum_status: z.enum(['affirming', 'warning']),
    workloads: z.union([z.literal('*'), z.array(WorkloadName)]),
    profile: z.literal('ear'),
    alg: z.literal('ES256'),
    lifetime: z.int(),
    key_binding: z.enum(['required', 'optional']),
    created_at: Instant,
  })
  .openapi('Audience');
export const AudiencePage = pageOf(AudienceReply, 'AudiencePage');

const RoleName = z.enum(['admin', 'publisher', 'relying-party']);

export const ApiKeyBody = z.strictObject({ name: shortText(128), role: RoleName }).openapi('NewApiKey');
export const ApiKeyCreated = z
  .strictObject({ id: z.string(), key: z.string().openapi({ description: 'shown this once' }) })
  .openapi('ApiKeyText');
export const ApiKeyReply = z
  .strictObject({ id: z.string(), name: z.string(), role: RoleName, created_at: Instant })
  .openapi('ApiKey');
export const ApiKeyPage = pageOf(ApiKeyReply, 'ApiKeyPage');

export const ImportQuery = z.strictObject({
  track: z
    .enum(['standard'], {
      error: 'must be "standard": the early track concerns TDX, which this version does not verify',
    })
    .optional(),
});

export const ImportReply = z
  .strictObject({
    imported: z.array(
      z.strictObject({ kind: z.string(), sha256: z.string(), state: z.enum(['current', 'past', 'known']) }),
    ),
    rejected: z.array(z.strictObject({ file: z.string(), code: z.string() })),
  })
  .openapi('ImportReport');

export const EndorsementReply = z
  .strictObject({
    kind: z.string(),
    subject: z.string(),
    sha256: z.string(),
    state: z.enum(['current', 'past']),
    sequence: z.string().nullable(),
    issued_at: Instant,
    expires_at: Instant,
    source: z.string(),
    stored_at: Instant,
  })
  .openapi('Endorsement');

export const EndorsementList = pageOf(EndorsementReply, 'EndorsementPage');

export const DecisionReply = z
  .strictObject({
    id: z.string(),
    act: z.enum(['attest', 'appraise']),
    recorded_at: Instant,
    at: Instant,
    audience: z.string().nullable(),
    workload: z.string().nullable(),
    reference_version: z.int().nullable(),
    status: TrustTier,
    vector: z.record(z.string(), z.int()),
    code: z.string().nullable(),
    tee: z.string(),
    generation: z.string(),
    envelope: z.string(),
    binding: z.string(),
    simulated: z.boolean(),
    debug: z.boolean(),
    measurement: z.string(),
    evidence_digest: z.string(),
    policy: z.string(),
    policy_digest: z.string(),
    tcb: z.record(z.string(), AnyJson),
    claims: z.record(z.string(), AnyJson),
    checks: z.array(AnyJson),
    endorsements: z.array(AnyJson),
  })
  .openapi('Decision');
export const DecisionPage = pageOf(DecisionReply, 'DecisionPage');
