/** Bodies of challenges, attest and appraise, and what they are answered with. */
import { z } from 'zod';
import { AnyJson, AudienceName, CheckReply, Instant, shortText, TrustTier, WorkloadName } from './common.js';

export const MAX_CERTIFICATES = 16;
/** A report with the largest certificate table is a little above 64 KiB. */
export const MAX_EVIDENCE_BYTES = 128 * 1024;
/** Evidence and certificates in base64, and room for the rest. */
export const MAX_EVIDENCE_BODY = 512 * 1024;

const Bytes = z.string().min(1).openapi({
  description: 'base64url without padding, or standard base64 with padding',
  format: 'byte',
});

const CpuEvidence = z
  .strictObject({
    type: shortText(32)
      .optional()
      .openapi({ description: '`auto` (when left out) or `sev-snp`, `az-sev-snp`, …', example: 'auto' }),
    bytes: Bytes,
    certificates: z
      .array(Bytes)
      .max(MAX_CERTIFICATES)
      .optional()
      .openapi({ description: 'DER or PEM, any order' }),
  })
  .openapi('CpuEvidence');

const Evidence = z.strictObject({ cpu: CpuEvidence }).openapi('Evidence');

const PublicJwk = z
  .record(z.string(), AnyJson)
  .openapi('PublicJwk', { description: 'EC P-256, EC P-384 or an OKP key; public members only' });

const NONCE_WORDS = 'must be 8 to 88 printable ASCII characters without spaces';

export const ChallengeBody = z
  .strictObject({
    audience: AudienceName,
    binding: shortText(32)
      .optional()
      .openapi({ description: '`v1` (when left out) or `raw-nonce`', example: 'v1' }),
    rp_nonce: z
      .string()
      .min(8, NONCE_WORDS)
      .max(88, NONCE_WORDS)
      .regex(/^[\x21-\x7e]*$/, NONCE_WORDS)
      .optional()
      .openapi({ description: 'The relying party’s own nonce, echoed as `eat_nonce`' }),
  })
  .openapi('ChallengeRequest');

export const ChallengeReplyBody = z
  .strictObject({
    challenge: z.string(),
    nonce: z.string(),
    issuer: z.string(),
    audience: z.string(),
    binding: z.enum(['v1', 'raw-nonce']),
    expires_at: Instant,
    report_data: z.string().optional(),
  })
  .openapi('Challenge');

export const AttestBody = z
  .strictObject({
    challenge: shortText(2048),
    audience: AudienceName,
    workload: WorkloadName.optional(),
    evidence: Evidence,
    keys: z.strictObject({ sig: PublicJwk.optional(), enc: PublicJwk.optional() }).optional(),
  })
  .openapi('AttestRequest');

export const RawAttestQuery = z.strictObject({
  challenge: shortText(2048).optional(),
  audience: AudienceName.optional(),
  workload: WorkloadName.optional(),
});

export const AttestReplyBody = z
  .strictObject({
    token: z.string(),
    token_type: z.enum(['DPoP', 'Bearer']),
    expires_in: z.int(),
    expires_at: Instant,
    status: TrustTier,
    workload: z.string(),
    reference_version: z.int(),
    decision: z.string(),
    warnings: z.array(z.string()),
  })
  .openapi('AttestReply');

export const AppraiseBody = z
  .strictObject({
    evidence: Evidence,
    report_data: z.string().openapi({ description: 'the 64 bytes expected in REPORT_DATA, lowercase hex' }),
    workload: WorkloadName.optional(),
    policy: shortText(63).optional(),
    at: Instant.optional().openapi({ description: 'judge by this past instant instead of now' }),
  })
  .openapi('AppraiseRequest');

const TcbPart = z
  .strictObject({ status: z.string(), date: z.string(), advisories: z.array(z.string()) })
  .nullable();

export const VerdictBody = z
  .strictObject({
    authentic: z.boolean().nullable(),
    status: TrustTier,
    code: z.string().nullable(),
    stage: z.string(),
    tee: z.string().nullable(),
    envelope: z.string().nullable(),
    binding: z.enum(['verified', 'mismatch', 'not_checked']),
    simulated: z.boolean(),
    at: Instant,
    claims: z.record(z.string(), AnyJson).nullable(),
    tcb: z
      .strictObject({
        status: z.string(),
        source: z.string(),
        date: z.string(),
        advisories: z.array(z.string()),
        platform: TcbPart,
        module: TcbPart,
        qe: TcbPart,
      })
      .nullable(),
    checks: z.array(CheckReply),
    endorsements: z.array(
      z.strictObject({ kind: z.string(), sha256: z.string(), not_before: Instant, not_after: Instant }),
    ),
    decision: z.string().nullable(),
  })
  .openapi('Verdict');
