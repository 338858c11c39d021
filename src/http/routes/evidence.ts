/** Challenges, attest and appraise. */
import type { JsonObject } from '../../rats/result.js';
import type { AppraiseReply } from '../../verifier/requests.js';
import { jsonForm } from '../body.js';
import { BYTES_TYPE, JSON_TYPE, json, type Route, TOKEN_TYPES } from '../route.js';
import {
  AppraiseBody,
  AttestBody,
  AttestReplyBody,
  ChallengeBody,
  ChallengeReplyBody,
  MAX_EVIDENCE_BODY,
  MAX_EVIDENCE_BYTES,
  RawAttestQuery,
  VerdictBody,
} from '../schemas/evidence.js';
import { appraiseRequest, attestRequest, challengeRequest } from '../submission.js';

/** The registered media type with the profile that the token follows (RFC 9782). */
const EAT_TYPE = 'application/eat+jwt; eat_profile="tag:ietf.org,2026:rats/ear#04"';

const BODY_REFUSALS = [
  'evidence_encoding_invalid',
  'evidence_too_large',
  'member_unknown',
  'member_duplicate',
  'json_too_deep',
  'request_invalid',
  'media_type_unsupported',
] as const;

const challenge: Route = {
  id: 'createChallenge',
  tag: 'Attesters',
  method: 'post',
  path: '/v1/challenges',
  access: 'anybody',
  summary: 'Take a challenge for one audience',
  bodies: [jsonForm(ChallengeBody, 16 * 1024)],
  replies: { 201: { description: 'A sealed challenge; nothing was stored', schema: ChallengeReplyBody } },
  refuses: [...BODY_REFUSALS, 'binding_unsupported', 'audience_unknown', 'key_binding_required'],
  async handle({ verifier }, call) {
    const reply = await verifier.issueChallenge(call.tenant, challengeRequest(call));
    return json(201, { ...reply });
  },
};

const attest: Route = {
  id: 'attest',
  tag: 'Attesters',
  method: 'post',
  path: '/v1/attest',
  access: 'anybody',
  summary: 'Evidence in, token out',
  bodies: [
    jsonForm(AttestBody, MAX_EVIDENCE_BODY),
    {
      mediaType: BYTES_TYPE,
      maxBytes: MAX_EVIDENCE_BYTES,
      schema: null,
      description:
        'The evidence itself, for `raw-nonce` challenges; challenge and audience go into the query.',
    },
  ],
  query: RawAttestQuery,
  heavy: true,
  replies: {
    200: { description: 'A token; with a token type in `Accept`, the bare token', schema: AttestReplyBody },
  },
  refuses: [
    ...BODY_REFUSALS,
    'evidence_type_unknown',
    'challenge_invalid',
    'challenge_audience_mismatch',
    'nonce_expired',
    'nonce_replayed',
    'report_data_mismatch',
    'binding_unsupported',
    'key_invalid',
    'key_binding_required',
    'audience_unknown',
    'workload_unknown',
    'workload_ambiguous',
    'workload_not_allowed',
    'measurement_not_allowed',
    'status_below_minimum',
    'collateral_unavailable',
    'overloaded',
  ],
  async handle({ verifier }, call) {
    const reply = await verifier.attest(call.tenant, attestRequest(call));
    const type = call.prefers([JSON_TYPE, ...TOKEN_TYPES]);
    if (type === JSON_TYPE) return json(200, { ...reply });
    return {
      status: 200,
      content: { text: reply.token, type: type === TOKEN_TYPES[0] ? EAT_TYPE : type },
    };
  },
};

const appraise: Route = {
  id: 'appraise',
  tag: 'Relying parties',
  method: 'post',
  path: '/v1/appraise',
  access: ['relying-party'],
  summary: 'The full verdict on evidence; never a token',
  bodies: [jsonForm(AppraiseBody, MAX_EVIDENCE_BODY)],
  heavy: true,
  replies: { 200: { description: 'A decided verdict, whatever it says', schema: VerdictBody } },
  refuses: [
    ...BODY_REFUSALS,
    'evidence_type_unknown',
    'binding_unsupported',
    'at_in_future',
    'policy_unknown',
    'workload_unknown',
    'collateral_unavailable',
    'overloaded',
  ],
  handle: async ({ verifier }, call) =>
    json(200, verdictJson(await verifier.appraise(call.tenant, appraiseRequest(call)))),
};

export const EVIDENCE_ROUTES: readonly Route[] = [challenge, attest, appraise];

/** A verdict is plain data already; the conversion only forgets the names of its types. */
function verdictJson({ tcb, checks, endorsements, ...rest }: AppraiseReply): JsonObject {
  const part = (value: { status: string; date: string; advisories: readonly string[] } | null) =>
    value === null ? null : { ...value };
  return {
    ...rest,
    tcb:
      tcb === null
        ? null
        : { ...tcb, platform: part(tcb.platform), module: part(tcb.module), qe: part(tcb.qe) },
    checks: checks.map((check) => ({ ...check })),
    endorsements: endorsements.map((used) => ({ ...used })),
  };
}
