/** What the service keeps: vendor documents and decisions. */
import { z } from 'zod';
import { ENDORSEMENT_TRACKS } from '../../rats/endorsement.js';
import { AnyClaims } from './claims.js';
import {
  AudienceName,
  BindingOutcome,
  CheckReply,
  DecisionId,
  Envelope,
  hexText,
  Instant,
  orNull,
  pageOf,
  RefusalName,
  Sha256Text,
  TeeName,
  TrustTier,
  WorkloadName,
} from './common.js';
import { EndorsementUsed, TcbReply } from './evidence.js';

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
    issuer: z.string().openapi({ description: 'Of the service that made it', example: 'https://a.example' }),
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
  })
  .openapi('Endorsement');

export const EndorsementList = pageOf(EndorsementReply, 'EndorsementPage');

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
  })
  .openapi('Decision');
export const DecisionPage = pageOf(DecisionReply, 'DecisionPage');
