/** Bodies of challenges, attest and appraise, and what they are answered with. */
import { z } from 'zod';
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
  PolicyReference,
  RefusalName,
  Sha256Text,
  StageName,
  shortText,
  TeeName,
  TrustTier,
  WorkloadName,
} from './common.js';

export const MAX_CERTIFICATES = 16;
/** A report with the largest certificate table is a little above 64 KiB. */
export const MAX_EVIDENCE_BYTES = 128 * 1024;
/** The longest event log. Certificates beside evidence take less, and no TEE has both. */
const MAX_LOG_BYTES = 256 * 1024;
/** Both in base64, and room for the rest. */
export const MAX_EVIDENCE_BODY = ((MAX_EVIDENCE_BYTES + MAX_LOG_BYTES) / 3) * 4 + 16 * 1024;

const Bytes = z.string().min(1).openapi({
  description: 'base64url without padding, or standard base64 with padding',
  pattern:
    '^(?:[\\w-]{4})*(?:[\\w-]{2,3})?$|^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$',
  example: 'AwAAAAAAAAAfAAMAAAAAAA',
});

const CpuEvidence = z
  .strictObject({
    type: shortText(32)
      .optional()
      .openapi({
        description: '`auto` when left out',
        enum: ['auto', 'sev-snp', 'az-sev-snp', 'tdx'],
        example: 'auto',
      }),
    bytes: Bytes,
    certificates: z
      .array(Bytes)
      .max(MAX_CERTIFICATES)
      .optional()
      .openapi({ description: 'DER or PEM, any order' }),
    event_log: Bytes.optional().openapi({
      description:
        'TDX only: the CC event log of the boot, as in `/sys/firmware/acpi/tables/data/CCEL`; padding may be left out. All four registers must come out of it',
    }),
  })
  .openapi('CpuEvidence');

export const EvidenceBody = z.strictObject({ cpu: CpuEvidence }).openapi('Evidence');

/** `rats/binding.ts` judges the key, with a code of its own. */
const PublicJwk = z.record(z.string(), AnyJson).openapi('PublicJwk', {
  type: 'object',
  description: 'EC P-256, EC P-384 or an OKP key (RFC 7517); a private member is refused.',
  properties: {
    kty: { type: 'string', enum: ['EC', 'OKP'] },
    crv: { type: 'string', example: 'P-256' },
    x: { type: 'string', example: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU' },
    y: { type: 'string', example: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0' },
    d: { not: {} },
  },
  required: ['kty', 'crv', 'x'],
  additionalProperties: true,
});

const CertificationRequest = z.strictObject({ csr: Bytes }).openapi('CertificationRequest', {
  description:
    'PKCS #10 in DER, for a key of the same kinds and signed by it (ECDSA with SHA-2, Ed25519). The token is bound to that key, as to a JWK; names and attributes are not read.',
});

const NONCE_WORDS = 'must be 8 to 88 printable ASCII characters without spaces';

export const ChallengeBody = z
  .strictObject({
    audience: AudienceName,
    binding: shortText(32)
      .optional()
      .openapi({ description: '`v1` when left out', enum: ['v1', 'raw-nonce'], example: 'v1' }),
    rp_nonce: z
      .string()
      .min(8, NONCE_WORDS)
      .max(88, NONCE_WORDS)
      .regex(/^[\x21-\x7e]*$/, NONCE_WORDS)
      .optional()
      .openapi({
        description: 'The relying party’s own nonce, echoed as `eat_nonce`',
        example: '6fKcU3p0b1wQ',
      }),
  })
  .openapi('ChallengeRequest');

export const ChallengeReplyBody = z
  .strictObject({
    challenge: z
      .string()
      .openapi({ description: 'Sealed; sent back as it is', example: 'AZx1c29tZSBzZWFsZWQgYnl0ZXM' }),
    nonce: z
      .string()
      .regex(/^[\w-]{43}$|^[\w-]{86}$/)
      .openapi({
        description: 'base64url: 32 bytes, for `raw-nonce` 64',
        example: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8',
      }),
    issuer: z.url().openapi({ example: 'http://localhost:8080' }),
    audience: AudienceName,
    binding: z.enum(['v1', 'raw-nonce']),
    expires_at: Instant,
    report_data: hexText(64)
      .optional()
      .openapi({ description: 'For `raw-nonce` only: the 64 bytes in hex', example: '00'.repeat(64) }),
  })
  .openapi('Challenge');

export const AttestBody = z
  .strictObject({
    challenge: shortText(2048).openapi({ example: 'AZx1c29tZSBzZWFsZWQgYnl0ZXM' }),
    audience: AudienceName,
    workload: WorkloadName.optional(),
    evidence: EvidenceBody,
    keys: z
      .strictObject({ sig: z.union([CertificationRequest, PublicJwk]).optional(), enc: PublicJwk.optional() })
      .optional(),
  })
  .openapi('AttestRequest');

const RAW_ONLY = { description: 'With raw evidence only; otherwise it goes into the body' };

export const RawAttestQuery = z.strictObject({
  challenge: shortText(2048).optional().openapi(RAW_ONLY),
  audience: AudienceName.optional().openapi(RAW_ONLY),
  workload: WorkloadName.optional().openapi(RAW_ONLY),
});

export const AttestReplyBody = z
  .strictObject({
    token: z
      .string()
      .regex(/^[\w-]+(?:\.[\w-]+){2}$|^[\w-]+(?:\.[\w-]+){4}$/)
      .openapi({
        description: 'A signed JWT (EAR); with `token_format: jwe` it is inside an encrypted one',
        example: 'eyJhbGciOiJFUzI1NiJ9.eyJlYXJfc3RhdHVzIjoi.c2lnbmF0dXJl',
      }),
    token_format: z.literal('jwe').optional().openapi({
      description: 'Present where the token is encrypted to `keys.enc` (RFC 7516, compact): decrypt it first',
    }),
    token_type: z.enum(['DPoP', 'Bearer']).openapi({ description: '`DPoP` when bound to `keys.sig`' }),
    expires_in: z.int().min(1).max(3600).openapi({ description: 'Seconds', example: 300 }),
    expires_at: Instant,
    status: z.enum(['affirming', 'warning']),
    workload: WorkloadName,
    reference_version: z.int().min(1).openapi({ example: 42 }),
    decision: DecisionId,
    warnings: z.array(z.string()).openapi({ example: [] }),
  })
  .openapi('AttestReply');

export const ReportDataText = z.string().openapi({
  description: 'The 64 bytes expected in REPORT_DATA, lowercase hex',
  pattern: '^[0-9a-f]{128}$',
  example: '00'.repeat(64),
});

export const AppraiseBody = z
  .strictObject({
    evidence: EvidenceBody,
    report_data: ReportDataText,
    workload: WorkloadName.optional(),
    policy: PolicyReference.optional(),
    at: Instant.optional().openapi({ description: 'Judge by this past instant instead of now' }),
  })
  .openapi('AppraiseRequest');

const TcbStatus = z.string().openapi({ description: 'The vendor’s word', example: 'UpToDate' });
const TcbDate = z.union([z.literal(''), z.iso.date(), z.iso.datetime()]).openapi({
  description: 'RFC 3339 date or instant; empty where the source has none',
  example: '2026-06-10',
});
const Advisories = z.array(z.string()).openapi({ example: ['AMD-SB-3019'] });

const TcbPart = z
  .strictObject({ status: TcbStatus, date: TcbDate, advisories: Advisories })
  .openapi('TcbPart', { description: 'Intel only.' });

export const TcbReply = z
  .strictObject({
    status: TcbStatus,
    source: z.string().openapi({ example: 'assay-amd-bulletins@2026-11' }),
    date: TcbDate,
    advisories: Advisories,
    platform: orNull(TcbPart),
    module: orNull(TcbPart),
    qe: orNull(TcbPart),
  })
  .openapi('Tcb', { description: 'How the vendor’s own lists judge the platform’s firmware.' });

export const EndorsementUsed = z
  .strictObject({
    kind: z.string().openapi({ example: 'snp-vcek-crl' }),
    sha256: Sha256Text,
    not_before: Instant,
    not_after: Instant,
    grace_until: Instant.optional().openapi({
      description:
        'Present where the document is past `not_after` and counts by `common.stale_endorsements` of the policy: the end of that',
    }),
  })
  .openapi('EndorsementUsed', { description: 'A vendor document that the verdict rests on.' });

export const VerdictBody = z
  .strictObject({
    authentic: z
      .boolean()
      .nullable()
      .openapi({ description: 'true = genuine, false = refused, null = undecided', example: true }),
    status: TrustTier,
    code: orNull(RefusalName).openapi({ description: 'Null when nothing is wrong' }),
    stage: StageName.openapi({ example: 'appraise' }),
    tee: orNull(TeeName),
    envelope: Envelope.nullable(),
    binding: BindingOutcome,
    simulated: z.boolean(),
    at: Instant,
    claims: orNull(AnyClaims).openapi({ description: 'Null unless `authentic` is true' }),
    tcb: orNull(TcbReply),
    checks: z.array(CheckReply),
    endorsements: z.array(EndorsementUsed),
    decision: DecisionId.nullable().openapi({ description: 'Null when refused' }),
  })
  .openapi('Verdict');
