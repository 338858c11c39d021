/** What attesters and relying parties send, from wire words to the requests of the use cases. */
import type { z } from 'zod';
import { bytesOfHex } from '../bytes/encoding.js';
import type { JsonObject, JsonValue } from '../rats/result.js';
import {
  refuseBinding,
  refuseEncoding,
  refuseMember,
  refuseRequest,
  refuseSize,
  refuseType,
} from '../rats/shared-refusals.js';
import type {
  AppraiseRequest,
  AttestRequest,
  Binding,
  ChallengeRequest,
  PolicyName,
  ReplayRequest,
  SimulationRequest,
  SubmittedEvidence,
} from '../verifier/requests.js';
import { bytesOfMember, conform, jsonOf, objectMember } from './body.js';
import { BYTES_TYPE, type Call } from './route.js';
import {
  AppraiseBody,
  AttestBody,
  ChallengeBody,
  MAX_EVIDENCE_BYTES,
  RawAttestQuery,
} from './schemas/evidence.js';
import { SimulationBody } from './schemas/policies.js';
import { ReplayBody } from './schemas/records.js';

const MAX_CERTIFICATE_BYTES = 64 * 1024;

export function challengeRequest(call: Call): ChallengeRequest {
  const body = conform(jsonOf(call), ChallengeBody);
  return {
    audience: body.audience,
    binding: bindingOf(body.binding ?? 'v1'),
    rpNonce: body.rp_nonce ?? null,
  };
}

export function appraiseRequest(call: Call): AppraiseRequest {
  const value = jsonOf(call);
  refuseUnsupported(value);
  const body = conform(value, AppraiseBody);
  return {
    evidence: evidenceOf(body.evidence.cpu),
    reportData: reportDataOf(body.report_data),
    workload: body.workload ?? null,
    policy: body.policy === undefined ? null : policyNameOf(body.policy),
    at: body.at === undefined ? null : new Date(body.at),
  };
}

export function replayRequest(call: Call): ReplayRequest {
  const value = jsonOf(call);
  refuseUnsupported(value);
  const { evidence } = conform(value, ReplayBody);
  return { decision: call.params.decision ?? '', evidence: evidenceOf(evidence.cpu) };
}

export function simulationRequest(call: Call): SimulationRequest {
  const value = jsonOf(call);
  refuseUnsupported(value);
  const body = conform(value, SimulationBody);
  return {
    evidence: evidenceOf(body.evidence.cpu),
    reportData: reportDataOf(body.report_data),
    workload: body.workload ?? null,
    proposed: proposedOf(body.policy, objectMember(value, 'document')),
    at: body.at === undefined ? null : new Date(body.at),
  };
}

function proposedOf(policy: string | undefined, document: JsonObject | null): SimulationRequest['proposed'] {
  if (policy !== undefined && document === null) return policyNameOf(policy);
  if (document !== null && policy === undefined) return { document };
  return refuseRequest('Say which policy to try: either `policy` or `document`.');
}

/** `payments` or `payments@3`. */
function policyNameOf(text: string): PolicyName {
  const [name = '', version] = text.split('@');
  return { name, version: version === undefined ? null : Number(version) };
}

/** From the body, or for raw evidence from the query. */
export function attestRequest(call: Call): AttestRequest {
  return call.body?.mediaType === BYTES_TYPE ? rawAttestRequest(call) : jsonAttestRequest(call);
}

function jsonAttestRequest(call: Call): AttestRequest {
  const [surplus] = Object.keys(call.query);
  if (surplus !== undefined) {
    refuseMember('request', 'With a JSON body, everything goes into the body and nothing into the query.');
  }
  const value = jsonOf(call);
  refuseUnsupported(value);
  const body = conform(value, AttestBody);
  return {
    binding: null,
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
    return refuseRequest('Raw evidence needs ?challenge=…&audience=… in the address.');
  }
  return {
    binding: 'raw-nonce',
    challenge: sealed,
    audience,
    workload: workload ?? null,
    evidence: { type: 'auto', bytes: body?.bytes ?? new Uint8Array(0), certificates: [], eventLog: null },
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
  const eventLog =
    cpu.event_log === undefined ? null : bytesOfMember(cpu.event_log, 'evidence.cpu.event_log');
  return { type: cpu.type ?? 'auto', bytes, certificates, eventLog };
}

function tooLarge(member: string, bytes: number): never {
  refuseSize('parse', `\`${member}\` has more than ${bytes} bytes.`);
}

/** Members that the contract names and this version cannot honour: told apart from mistakes, never ignored. */
function refuseUnsupported(value: JsonValue): void {
  const evidence = memberOf(value, 'evidence');
  if (memberOf(value, 'devices') !== undefined || memberOf(evidence, 'devices') !== undefined) {
    refuseBinding('request', 'Device evidence (`devices`) is not supported yet; leave it out.');
  }
  if (
    memberOf(value, 'cmw') !== undefined ||
    memberOf(evidence, 'cmw') !== undefined ||
    Array.isArray(evidence)
  ) {
    refuseType(
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
  return refuseBinding('request', 'The binding must be `v1` or `raw-nonce`.');
}

function reportDataOf(text: string): Uint8Array {
  const bytes = /^[0-9a-f]*$/.test(text) ? bytesOfHex(text) : null;
  if (bytes === null) {
    return refuseEncoding('`report_data` is not lowercase hex.');
  }
  if (bytes.length !== 64) {
    return refuseRequest('`report_data` is exactly 64 bytes: 128 hex digits.');
  }
  return bytes;
}
