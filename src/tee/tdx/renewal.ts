/**
 * What of Intel's documents is renewed, and together with what. TCB info and QE identity come in two tracks, and both are
 * at hand wherever one is in use: the early one says today what the other will say in a year's time. They are of one
 * evaluation where their evaluation numbers agree (Intel PCS API, version 4: `tcbEvaluationDataNumber`), and Intel's list of
 * these numbers says which there are.
 */
import { ENDORSEMENT_TRACKS } from '../../rats/endorsement.js';
import type { Renewal } from '../scheme.js';
import { ENDORSEMENT_KIND, EVALUATION_NUMBERS, qeIdentityRequirement, tcbInfoRequirement } from './pcs.js';

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
    const infos = ENDORSEMENT_TRACKS.map((track) => tcbInfoRequirement(fmspc, track));
    return [...infos, ...identities, EVALUATION_NUMBERS];
  },
  partnerOf({ kind, subject }) {
    if (kind !== tcbInfo) return null;
    const track = ENDORSEMENT_TRACKS.find((name) => subject.endsWith(`/${name}`));
    return track === undefined ? null : qeIdentityRequirement(track);
  },
};
