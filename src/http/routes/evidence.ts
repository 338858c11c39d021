/** Challenges, attest and appraise. */
import { REFUSALS, type RefusalClass, type RefusalCode } from '../../rats/refusal.js';
import type { JsonObject } from '../../rats/result.js';
import { PROFILE_TAGS, type TokenProfile } from '../../rats/token-form.js';
import type { AppraiseReply, Attested } from '../../verifier/requests.js';
import { jsonForm } from '../body.js';
import { BYTES_TYPE, type Call, JSON_TYPE, json, type Reply, type Route, TOKEN_TYPES } from '../route.js';
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
function eatTypeOf(profile: TokenProfile): string {
  return `${TOKEN_TYPES[0]}; eat_profile="${PROFILE_TAGS[profile]}"`;
}

/** Codes of a class, less those that this class has for other routes. */
export function codesOf(kind: RefusalClass, ...others: readonly RefusalCode[]): readonly RefusalCode[] {
  const left = others as readonly string[];
  return REFUSALS.filter((entry) => entry.class === kind && !left.includes(entry.code)).map(
    (entry) => entry.code,
  );
}

/** What both make of evidence that they cannot read, or cannot decide about. */
export const UNREADABLE = codesOf(
  'malformed',
  'policy_invalid',
  'at_in_future',
  'key_invalid',
  'key_binding_required',
);
export const UNDECIDED = codesOf('undecided');

const challenge: Route = {
  id: 'createChallenge',
  tag: 'Attesters',
  method: 'post',
  path: '/v1/challenges',
  access: 'anybody',
  summary: 'Take a challenge for one audience',
  load: 'leads-to-verification',
  description:
    'Needs no credentials, writes nothing and lasts five minutes. With `v1` the attester computes REPORT_DATA itself, over issuer, audience, nonce and the thumbprints of its keys (`assay report-data` does it too); with `raw-nonce` REPORT_DATA is the nonce, and the audience must allow tokens without a key.',
  bodies: [jsonForm(ChallengeBody, 16 * 1024)],
  replies: { 201: { description: 'A sealed challenge; nothing was stored', schema: ChallengeReplyBody } },
  refuses: ['binding_unsupported', 'audience_unknown', 'key_binding_required'],
  async handle({ verifier }, call) {
    const reply = await verifier.issueChallenge(call.tenant, challengeRequest(call));
    return json(201, { ...reply });
  },
};

/** The token with what is said beside it, or alone where the client likes that best. */
export function attestedReply(call: Call, { reply, profile }: Attested): Reply {
  const type = call.prefers([JSON_TYPE, ...TOKEN_TYPES]);
  if (type === JSON_TYPE) return json(200, { ...reply });
  return {
    status: 200,
    content: { text: reply.token, type: type === TOKEN_TYPES[0] ? eatTypeOf(profile) : type },
  };
}

const attest: Route = {
  id: 'attest',
  tag: 'Attesters',
  method: 'post',
  path: '/v1/attest',
  access: 'anybody',
  summary: 'Evidence in, token out',
  description:
    'A token means yes: there are none that say no. Genuine evidence that is bound to the challenge spends it: with a token where the audience’s demands are met, with a denial (403) where they are not. Everything else leaves the challenge as it was.',
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
  load: 'verifies',
  replies: {
    200: {
      description: 'A token; with a token type in `Accept`, the bare token',
      schema: AttestReplyBody,
      text: TOKEN_TYPES,
    },
  },
  refuses: [
    ...UNREADABLE,
    'key_invalid',
    'key_binding_required',
    'audience_unknown',
    'workload_unknown',
    'policy_unknown',
    ...codesOf('spent'),
    ...codesOf('refused'),
    ...codesOf('denied'),
    ...UNDECIDED,
  ],
  async handle({ verifier }, call) {
    return attestedReply(call, await verifier.attest(call.tenant, attestRequest(call), call.aside));
  },
};

const appraise: Route = {
  id: 'appraise',
  tag: 'Relying parties',
  method: 'post',
  path: '/v1/appraise',
  access: ['relying-party'],
  summary: 'The full verdict on evidence; never a token',
  description:
    'For relying parties that take evidence themselves. Whatever is decided is a 200, refusals too: read `authentic`, `status` and `code`. What cannot be read is a 400, what cannot be decided a 503.',
  bodies: [jsonForm(AppraiseBody, MAX_EVIDENCE_BODY)],
  load: 'verifies',
  replies: { 200: { description: 'A decided verdict, whatever it says', schema: VerdictBody } },
  refuses: [...UNREADABLE, 'at_in_future', 'policy_unknown', 'workload_unknown', ...UNDECIDED],
  handle: async ({ verifier }, call) =>
    json(200, verdictJson(await verifier.appraise(call.tenant, appraiseRequest(call), call.aside))),
};

export const EVIDENCE_ROUTES: readonly Route[] = [challenge, attest, appraise];

/** A verdict is plain data already; the conversion only forgets the names of its types. */
export function verdictJson({ tcb, checks, endorsements, ...rest }: AppraiseReply): JsonObject {
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
