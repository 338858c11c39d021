/** Intel TDX: the scheme, its evidence and its endorsements. */
import type { Scheme } from '../scheme.js';
import { ENDORSEMENT_FILES, fileOf, readEndorsement } from './endorsement-file.js';
import { looksLikeTdx, unwrapEvidence, unwrapTsm } from './envelope.js';
import { parseEvidence } from './evidence.js';
import { inspectEvidence } from './inspect.js';
import { familyRequirements } from './pcs.js';
import { requestFor, SERVICES } from './pcs-request.js';
import { recallQuote } from './recall.js';
import { RENEWAL } from './renewal.js';
import { TDX_TEE } from './seal.js';

export const tdxScheme: Scheme = {
  tee: TDX_TEE,
  vendor: 'intel',
  types: [TDX_TEE],
  tsmProvider: 'tdx_guest',
  recognises: looksLikeTdx,
  unwrap: unwrapEvidence,
  unwrapTsm,
  parse: parseEvidence,
  inspect: inspectEvidence,
  endorsementFiles: ENDORSEMENT_FILES,
  // The PCK chain is part of the quote.
  certificateFiles: [],
  services: SERVICES,
  requestFor,
  familyRequirements,
  fileOf,
  readEndorsement,
  recall: recallQuote,
  vouched: null,
  renewal: RENEWAL,
};
