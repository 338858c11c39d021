/** What the service keeps: vendor documents and decisions. */
import { z } from 'zod';
import { ENDORSEMENT_TRACKS } from '../../rats/endorsement.js';
import { REFRESH_RESULTS } from '../../rats/vendor-request.js';
import { AnyClaims } from './claims.js';
import {
  AnyJson,
  AudienceName,
  BindingOutcome,
  CheckReply,
  DecisionId,
  Envelope,
  hexText,
  Instant,
  orNull,
  PageQuery,
  pageOf,
  RefusalName,
  Sha256Text,
  TeeName,
  TrustTier,
  WorkloadName,
} from './common.js';
import { EndorsementUsed, EvidenceBody, TcbReply, VerdictBody } from './evidence.js';

export const MAX_ARCHIVE_BYTES = 8 * 1024 * 1024;

export const ImportQuery = z.strictObject({
  track: z.enum(ENDORSEMENT_TRACKS, { error: 'must be "standard" or "early"' }).optional().openapi({
    description:
      'Which of two series of Intel’s TCB info and QE identity these are; `standard` when left out. Verdicts use `standard`.',
  }),
});

const DocumentKind = z.string().openapi({ example: 'snp-vcek-crl' });

const BundleReply = z
  .strictObject({
    issuer: z
      .string()
      .openapi({ description: 'Of the service that made it', example: 'http://localhost:8080' }),
    created_at: Instant,
    signature: z.enum(['trusted', 'not_checked']),
    key: orNull(z.string()).openapi({ description: 'Thumbprint of the key that signed it (RFC 7638)' }),
    note: z.string().openapi({ description: 'What that means' }),
  })
  .openapi('BundleFacts', { description: 'Only where the archive is a bundle' });

export const BundleBody = z
  .strictObject({
    generations: z
      .boolean()
      .optional()
      .openapi({ description: 'Past generations too, for judging the past; without, the current documents' }),
    kinds: z
      .array(DocumentKind)
      .min(1)
      .max(32)
      .optional()
      .openapi({ description: 'Only these kinds', example: ['snp-vcek-crl'] }),
  })
  .openapi('NewBundle');

export const ImportReply = z
  .strictObject({
    imported: z.array(
      z.strictObject({ kind: DocumentKind, sha256: Sha256Text, state: z.enum(['current', 'past', 'known']) }),
    ),
    rejected: z
      .array(
        z.strictObject({
          file: z.string(),
          code: RefusalName,
          why: z.string().optional().openapi({ description: 'In words; of a bundle only' }),
        }),
      )
      .openapi({ description: 'Files of the archive that were not good', example: [] }),
    bundle: BundleReply.optional(),
  })
  .openapi('ImportReport');

export const EndorsementReply = z
  .strictObject({
    kind: DocumentKind,
    subject: z.string().openapi({ description: 'Which one of its kind', example: 'Milan' }),
    sha256: Sha256Text,
    state: z.enum(['current', 'past']),
    sequence: z.string().regex(/^\d+$/).nullable().openapi({
      description: 'CRL number or evaluation number; null where the kind has none',
      example: '17',
    }),
    issued_at: Instant,
    expires_at: Instant,
    source: z.string().openapi({ example: 'import' }),
    stored_at: Instant,
    last_used_at: Instant.nullable().openapi({
      description:
        'Day and time of a verdict that needed it, noted once a day; null: none did, or it is a past generation',
    }),
    last_fetched_at: Instant.nullable().openapi({
      description: 'When its vendor last gave it or confirmed that there is nothing newer; null: never',
    }),
    next_refresh_at: Instant.nullable().openapi({
      description: 'When its vendor will be asked again; null: it is not renewed',
    }),
    last_error: z.string().nullable().openapi({
      description: 'Why the last try to renew it failed; null: it did not',
      example: null,
    }),
  })
  .openapi('Endorsement');

export const EndorsementQuery = PageQuery.extend({
  state: z
    .enum(['current', 'past'], { error: 'must be "current" or "past"' })
    .optional()
    .openapi({ description: 'Only these generations; both when left out.', example: 'current' }),
});

export const EndorsementList = pageOf(EndorsementReply, 'EndorsementPage');

export const MAX_REFRESH_BODY = 4 * 1024;

export const RefreshBody = z
  .strictObject({
    kind: z.string().min(1).max(64).optional().openapi({ example: 'tdx-tcb-info' }),
    subject: z.string().min(1).max(256).optional().openapi({ example: '00806f050000/standard' }),
  })
  .openapi('RefreshRequest', { description: 'Which documents; without members everything in use' });

export const RefreshReply = z
  .strictObject({
    asked: z.array(
      z.strictObject({
        kind: DocumentKind,
        subject: z.string().openapi({ example: 'Milan' }),
        result: z.enum([...REFRESH_RESULTS, 'under-way', 'queued', 'not-asked']).openapi({
          description:
            '`kept`: the vendor gave a good document that is not older than the stored one. `older`, `refused`: it gave one that was not kept. `under-way`: another process is at it, or others come first. `queued`: it will be asked for in the background',
        }),
        state: z.enum(['current', 'past', 'known']).nullable().openapi({
          description: 'What became of a document that was kept; `known`: the store had it',
        }),
        why: z.string().nullable().openapi({ description: 'What went wrong, in words', example: null }),
      }),
    ),
  })
  .openapi('RefreshReport');

const TrustValue = z.int().min(-128).max(127).optional().openapi({ example: 2 });

export const DecisionReply = z
  .strictObject({
    id: DecisionId,
    act: z.enum(['attest', 'appraise']),
    recorded_at: Instant,
    at: Instant.openapi({ description: 'The instant that the evidence was judged at' }),
    audience: AudienceName.nullable(),
    workload: WorkloadName.nullable(),
    reference_version: z.int().min(1).nullable().openapi({ example: 42 }),
    status: TrustTier,
    vector: z
      .strictObject({
        'instance-identity': TrustValue,
        configuration: TrustValue,
        executables: TrustValue,
        hardware: TrustValue,
        'runtime-opaque': TrustValue,
      })
      .openapi({ description: 'AR4SI claims; absent: no statement' }),
    code: orNull(RefusalName).openapi({ description: 'Null: a token was issued, or nothing was wrong' }),
    tee: TeeName,
    generation: z.string().openapi({ example: 'milan' }),
    envelope: Envelope,
    binding: BindingOutcome,
    simulated: z.boolean(),
    debug: z.boolean(),
    measurement: hexText(48),
    evidence_digest: Sha256Text,
    policy: z.string().openapi({ example: 'standard@1' }),
    policy_digest: Sha256Text,
    tcb: TcbReply,
    claims: AnyClaims,
    checks: z.array(CheckReply),
    endorsements: z.array(EndorsementUsed),
    crypto: z.string().nullable().openapi({
      description:
        'Who verified the signature of the evidence, implementation and library; null: recorded before it was kept',
      example: 'node openssl/3.0.19',
    }),
  })
  .openapi('Decision');
export const DecisionPage = pageOf(DecisionReply, 'DecisionPage');

export const ReplayBody = z.strictObject({ evidence: EvidenceBody }).openapi('ReplayRequest');

export const ReplayReplyBody = z
  .strictObject({
    identical: z.boolean().openapi({ description: 'Nothing of the record would be otherwise' }),
    differences: z.array(
      z.strictObject({
        path: z.string().openapi({
          description: 'Member of the record; checks by id, endorsements by kind',
          example: 'checks.snp_crl_stale.outcome',
        }),
        // biome-ignore lint/suspicious/noThenProperty: a wire name; its value is JSON and never a function
        then: AnyJson.openapi({ description: 'As it is recorded; null where it was not there' }),
        now: AnyJson.openapi({ description: 'As it would be recorded; null where it would not be there' }),
      }),
    ),
    verdict: VerdictBody,
  })
  .openapi('Replay');
