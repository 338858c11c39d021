/**
 * What Intel's services are asked for (Intel PCS API, version 4), as data.
 *
 * The public clients agree: lists come in DER where `encoding=der` says so; TCB info, QE identity and the list of
 * evaluation numbers are JSON, whose bytes are signed; each reply has its issuer chain in a header, URL-encoded PEM,
 * issuer first, root second. `update` chooses the track, `standard` where it is left out, and excludes
 * `tcbEvaluationDataNumber`. 404: no such FMSPC or number. 410: a number that was withdrawn.
 *
 * Intel's cache server (PCCS) has the same paths with the same headers, takes `update` and not
 * `tcbEvaluationDataNumber`, has no list of evaluation numbers, and keeps the root's list at a path of its own, as hex
 * text, though the content type is that of DER. It says 404 for what it has not cached, 502 when Intel does not answer.
 */
import type { EndorsementRequirement, EndorsementTrack } from '../../rats/endorsement.js';
import { ENDORSEMENT_TRACKS } from '../../rats/endorsement.js';
import type { VendorRequest, VendorService } from '../../rats/vendor-request.js';
import type { RequestOptions } from '../scheme.js';
import {
  ENDORSEMENT_KIND,
  EVALUATION_NUMBERS,
  FILE,
  type PckCa,
  qeIdentityRequirement,
  SUBJECT_INTEL,
  tcbInfoRequirement,
} from './pcs.js';

export const PCS: VendorService = {
  name: 'intel-pcs',
  vendor: 'intel',
  base: 'https://api.trustedservices.intel.com',
  ration: null,
};

/** Where certificates say that the root's list is. */
export const CERTIFICATES: VendorService = {
  name: 'intel-certificates',
  vendor: 'intel',
  base: 'https://certificates.trustedservices.intel.com',
  ration: null,
};

export const SERVICES: readonly VendorService[] = [PCS, CERTIFICATES];

const SGX = '/sgx/certification/v4';
const TDX = '/tdx/certification/v4';

/** Null for signers and authorities, which come beside what they vouch for, and for subjects of another form. */
export function requestFor(
  { kind, subject }: Pick<EndorsementRequirement, 'kind' | 'subject'>,
  { cacheServer, evaluationNumber }: RequestOptions,
): VendorRequest | null {
  switch (kind) {
    case ENDORSEMENT_KIND.tcbInfo: {
      const [, fmspc, track] = /^([0-9a-f]{12})\/(\w+)$/.exec(subject) ?? [];
      const found = trackOf(track);
      if (fmspc === undefined || found === null) return null;
      const request = tcbInfoRequest(fmspc, found, evaluationNumber);
      // A cache server says 404 for what it has not cached: that is not Intel's word.
      return cacheServer && evaluationNumber === undefined ? { ...request, witness: null } : request;
    }
    case ENDORSEMENT_KIND.qeIdentity: {
      const track = trackOf(subject);
      return track === null ? null : qeIdentityRequest(track, evaluationNumber);
    }
    case ENDORSEMENT_KIND.evaluationNumbers:
      return subject === EVALUATION_NUMBERS.subject && !cacheServer ? EVALUATION_NUMBERS_REQUEST : null;
    case ENDORSEMENT_KIND.pckCrl:
      return subject === 'platform' || subject === 'processor' ? pckCrlRequest(subject) : null;
    case ENDORSEMENT_KIND.rootCrl:
      if (subject !== SUBJECT_INTEL) return null;
      return cacheServer ? CACHED_ROOT_CRL_REQUEST : ROOT_CRL_REQUEST;
    default:
      return null;
  }
}

/** `fmspc`: 12 lowercase hex digits. */
export function tcbInfoRequest(
  fmspc: string,
  track: EndorsementTrack,
  evaluationNumber?: number,
): VendorRequest {
  return {
    ...WHOLE,
    path: tcbInfoPath(fmspc, generation(track, evaluationNumber)),
    requirement: tcbInfoRequirement(fmspc, track),
    track,
    file: FILE.tcbInfo,
    // Of a platform that Intel does not know, or of a number that it does not have.
    witness: evaluationNumber === undefined ? qeIdentityPath(track) : tcbInfoPath(fmspc, generation(track)),
    beside: [{ header: 'TCB-Info-Issuer-Chain', file: FILE.signingChain }],
  };
}

export function qeIdentityRequest(track: EndorsementTrack, evaluationNumber?: number): VendorRequest {
  return {
    ...WHOLE,
    path: qeIdentityPath(track, evaluationNumber),
    requirement: qeIdentityRequirement(track),
    track,
    file: FILE.qeIdentity,
    witness: evaluationNumber === undefined ? null : qeIdentityPath(track),
    beside: [{ header: 'SGX-Enclave-Identity-Issuer-Chain', file: FILE.signingChain }],
  };
}

export function pckCrlRequest(ca: PckCa): VendorRequest {
  return {
    ...WHOLE,
    path: `${SGX}/pckcrl?ca=${ca}&encoding=der`,
    requirement: { kind: ENDORSEMENT_KIND.pckCrl, subject: ca },
    file: FILE.pckCrl,
    beside: [{ header: 'SGX-PCK-CRL-Issuer-Chain', file: FILE.pckCrlChain }],
  };
}

const WHOLE = {
  service: PCS.name,
  track: 'standard',
  encoding: 'bytes',
  rationed: false,
  witness: null,
} as const;

export const EVALUATION_NUMBERS_REQUEST: VendorRequest = {
  ...WHOLE,
  path: `${TDX}/tcbevaluationdatanumbers`,
  requirement: EVALUATION_NUMBERS,
  file: FILE.evaluationNumbers,
  beside: [{ header: 'TCB-Evaluation-Data-Numbers-Issuer-Chain', file: FILE.signingChain }],
};

export const ROOT_CRL_REQUEST: VendorRequest = {
  ...WHOLE,
  service: CERTIFICATES.name,
  path: '/IntelSGXRootCA.der',
  requirement: { kind: ENDORSEMENT_KIND.rootCrl, subject: SUBJECT_INTEL },
  file: FILE.rootCrl,
  beside: [],
};

const CACHED_ROOT_CRL_REQUEST: VendorRequest = {
  ...ROOT_CRL_REQUEST,
  service: PCS.name,
  path: `${SGX}/rootcacrl`,
  encoding: 'hex',
};

function tcbInfoPath(fmspc: string, ofGeneration: string): string {
  return `${TDX}/tcb?fmspc=${fmspc}&${ofGeneration}`;
}

function qeIdentityPath(track: EndorsementTrack, evaluationNumber?: number): string {
  return `${TDX}/qe/identity?${generation(track, evaluationNumber)}`;
}

function generation(track: EndorsementTrack, evaluationNumber?: number): string {
  return evaluationNumber === undefined ? `update=${track}` : `tcbEvaluationDataNumber=${evaluationNumber}`;
}

function trackOf(word: string | undefined): EndorsementTrack | null {
  return ENDORSEMENT_TRACKS.find((track) => track === word) ?? null;
}
