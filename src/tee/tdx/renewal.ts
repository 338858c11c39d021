/**
 * What of Intel's documents is renewed, and together with what. TCB info and QE identity come in two tracks, and both are
 * at hand wherever one is in use: the early one says today what the other will say in a year's time. They are of one
 * evaluation where their evaluation numbers agree (Intel PCS API, version 4: `tcbEvaluationDataNumber`).
 */
import { ENDORSEMENT_TRACKS } from '../../rats/endorsement.js';
import type { VendorRequest } from '../../rats/vendor-request.js';
import type { Renewal } from '../scheme.js';
import { ENDORSEMENT_KIND, qeIdentityRequirement, tcbInfoRequirement } from './pcs.js';

const { tcbInfo, qeIdentity, pckCrl, rootCrl } = ENDORSEMENT_KIND;

export const RENEWAL: Renewal = {
  kinds: [tcbInfo, qeIdentity, pckCrl, rootCrl],
  // Issuers come beside what they signed.
  certificateKinds: [],
  beside({ kind, subject }) {
    const identities = ENDORSEMENT_TRACKS.map(qeIdentityRequirement);
    if (kind === qeIdentity) return identities;
    if (kind !== tcbInfo) return [];
    const [fmspc = ''] = subject.split('/');
    return [...ENDORSEMENT_TRACKS.map((track) => tcbInfoRequirement(fmspc, track)), ...identities];
  },
  partnerOf({ kind, subject }) {
    if (kind !== tcbInfo) return null;
    const track = ENDORSEMENT_TRACKS.find((name) => subject.endsWith(`/${name}`));
    return track === undefined ? null : qeIdentityRequirement(track);
  },
  numbered(request, evaluation) {
    const { kind } = request.requirement;
    return kind === tcbInfo || kind === qeIdentity ? ofNumber(request, evaluation) : null;
  },
};

/** A number stands in the place of the track: the service refuses both together (status 400). */
function ofNumber(request: VendorRequest, evaluation: bigint): VendorRequest {
  const [path = '', query = ''] = request.path.split('?');
  const parameters = new URLSearchParams(query);
  parameters.delete('update');
  parameters.set('tcbEvaluationDataNumber', evaluation.toString());
  return { ...request, path: `${path}?${parameters.toString()}` };
}
