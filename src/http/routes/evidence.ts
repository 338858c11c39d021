/** Challenges, attest and appraise: from wire words to the use cases and back. */
import type { z } from 'zod';
import { bytesOfHex } from '../../bytes/encoding.js';
import { refuse } from '../../rats/refusal.js';
import type { JsonObject, JsonValue } from '../../rats/result.js';
import type { AttestRequest, Binding, SubmittedEvidence } from '../../verifier/requests.js';
import { bytesOfMember, conform, jsonForm, jsonOf } from '../body.js';
import type { HttpParts } from '../parts.js';
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

/** The registered media type with the profile that the token follows (RFC 9782). */
const EAT_TYPE = 'application/eat+jwt; eat_profile="tag:ietf.org,2026:rats/ear#04"';
const MAX_CERTIFICATE_BYTES = 64 * 1024;

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
    const body = conform(jsonOf(call), ChallengeBody);
    const reply = await verifier.issueChallenge(call.tenant, {
      audience: body.audience,
      binding: bindingOf(body.binding ?? 'v1'),
      rpNonce: body.rp_nonce ?? null,
    });
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
    const request = call.body?.mediaType === BYTES_TYPE ? rawAttestRequest(call) : attestRequest(call);
    const reply = await verifier.attest(call.tenant, request);
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
  handle: appraiseEvidence,
};

export const EVIDENCE_ROUTES: readonly Route[] = [challenge, attest, appraise];

async function appraiseEvidence({ verifier }: HttpParts, call: Call): Promise<Reply> {
  const value = jsonOf(call);
  refuseUnsupported(value);
  const body = conform(value, AppraiseBody);
  const reply = await verifier.appraise(call.tenant, {
    evidence: evidenceOf(body.evidence.cpu),
    reportData: reportDataOf(body.report_data),
    workload: body.workload ?? null,
    policy: body.policy ?? null,
    at: body.at === undefined ? null : new Date(body.at),
  });
  return json(200, verdictJson(reply));
}

/** A verdict is plain data already; the conversion only forgets the names of its types. */
function verdictJson({
  tcb,
  checks,
  endorsements,
  ...rest
}: Awaited<ReturnType<HttpParts['verifier']['appraise']>>): JsonObject {
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

function attestRequest(call: Call): AttestRequest {
  const [surplus] = Object.keys(call.query);
  if (surplus !== undefined) {
    refuse(
      'member_unknown',
      'request',
      'With a JSON body, everything goes into the body and nothing into the query.',
    );
  }
  const value = jsonOf(call);
  refuseUnsupported(value);
  const body = conform(value, AttestBody);
  return {
    challenge: body.challenge,
    audience: body.audience,
    workload: body.workload ?? null,
    evidence: evidenceOf(body.evidence.cpu),
    keys: { sig: body.keys?.sig ?? null, enc: body.keys?.enc ?? null },
  };
}

function rawAttestRequest({ body, query }: Call): AttestRequest {
  const { challenge: sealed, audience, workload } = conform(query, RawAttestQuery);
  if (sealed === undefined || audience === undefined) {
    return refuse('request_invalid', 'request', 'Raw evidence needs ?challenge=…&audience=… in the address.');
  }
  return {
    challenge: sealed,
    audience,
    workload: workload ?? null,
    evidence: { type: 'auto', bytes: body?.bytes ?? new Uint8Array(0), certificates: [] },
    keys: { sig: null, enc: null },
  };
}

function evidenceOf(cpu: z.output<typeof AttestBody>['evidence']['cpu']): SubmittedEvidence {
  const bytes = bytesOfMember(cpu.bytes, 'evidence.cpu.bytes');
  const certificates = (cpu.certificates ?? []).map((text, index) =>
    bytesOfMember(text, `evidence.cpu.certificates.${index}`),
  );
  if (bytes.length > MAX_EVIDENCE_BYTES) tooLarge('evidence.cpu.bytes', MAX_EVIDENCE_BYTES);
  certificates.forEach((certificate, index) => {
    if (certificate.length > MAX_CERTIFICATE_BYTES) {
      tooLarge(`evidence.cpu.certificates.${index}`, MAX_CERTIFICATE_BYTES);
    }
  });
  return { type: cpu.type ?? 'auto', bytes, certificates };
}

function tooLarge(member: string, bytes: number): never {
  refuse('evidence_too_large', 'parse', `\`${member}\` has more than ${bytes} bytes.`);
}

/** Members that the contract names and this version cannot honour: told apart from mistakes, never ignored. */
function refuseUnsupported(value: JsonValue): void {
  const evidence = memberOf(value, 'evidence');
  if (memberOf(value, 'devices') !== undefined || memberOf(evidence, 'devices') !== undefined) {
    refuse(
      'binding_unsupported',
      'request',
      'Device evidence (`devices`) is not supported yet; leave it out.',
    );
  }
  if (memberOf(memberOf(evidence, 'cpu'), 'event_log') !== undefined) {
    refuse('binding_unsupported', 'request', 'Event logs (`event_log`) are not supported yet; leave it out.');
  }
  if (
    memberOf(value, 'cmw') !== undefined ||
    memberOf(evidence, 'cmw') !== undefined ||
    Array.isArray(evidence)
  ) {
    refuse(
      'evidence_type_unknown',
      'request',
      'Conceptual message wrappers (CMW) are not supported yet; send the evidence itself under `evidence.cpu`.',
    );
  }
}

function memberOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, name) ? (value as JsonObject)[name] : undefined;
}

function bindingOf(text: string): Binding {
  if (text === 'v1' || text === 'raw-nonce') return text;
  return refuse('binding_unsupported', 'request', 'The binding must be `v1` or `raw-nonce`.');
}

function reportDataOf(text: string): Uint8Array {
  const bytes = /^[0-9a-f]*$/.test(text) ? bytesOfHex(text) : null;
  if (bytes === null) {
    return refuse('evidence_encoding_invalid', 'parse', '`report_data` is not lowercase hex.');
  }
  if (bytes.length !== 64) {
    return refuse('request_invalid', 'request', '`report_data` is exactly 64 bytes: 128 hex digits.');
  }
  return bytes;
}
