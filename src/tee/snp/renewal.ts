/** What of AMD's documents is renewed: revocation lists. Certificates of chips hold for the life of their TCB. */
import type { Renewal } from '../scheme.js';
import { ENDORSEMENT_KIND } from './kds.js';

const { vcekCrl, vlekCrl, ask, asvk } = ENDORSEMENT_KIND;

/** Whose certificates each list judges. */
const AUTHORITY: Readonly<Record<string, string>> = { [vcekCrl]: ask, [vlekCrl]: asvk };

export const RENEWAL: Renewal = {
  kinds: [vcekCrl, vlekCrl],
  certificateKinds: [ask, asvk],
  beside({ kind, subject }) {
    const authority = AUTHORITY[kind];
    return authority === undefined ? [] : [{ kind: authority, subject }];
  },
  partnerOf: () => null,
};
