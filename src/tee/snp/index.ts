/** AMD SEV-SNP: the scheme, its evidence and its endorsements. */
import type { Scheme } from '../scheme.js';
import { BULLETIN_FILE, BULLETIN_REQUIREMENT, readBulletinFile, SHIPPED_BULLETINS } from './bulletin-file.js';
import { CERTIFICATE_FILES, ENDORSEMENT_FILES, fileOf, readEndorsement } from './endorsement-file.js';
import { looksLikeSnp, unwrapEvidence, unwrapTsm } from './envelope.js';
import { AZURE_SNP_TEE, parseEvidence, SNP_TEE } from './evidence.js';
import { inspectEvidence } from './inspect.js';
import { requestFor, SERVICES } from './kds-request.js';
import { recallReport } from './recall.js';
import { RENEWAL } from './renewal.js';
import { familyRequirements } from './requirements.js';

export const snpScheme: Scheme = {
  tee: SNP_TEE,
  vendor: 'amd',
  types: [SNP_TEE, AZURE_SNP_TEE],
  tsmProvider: 'sev_guest',
  recognises: looksLikeSnp,
  unwrap: unwrapEvidence,
  unwrapTsm,
  parse: parseEvidence,
  inspect: inspectEvidence,
  endorsementFiles: ENDORSEMENT_FILES,
  certificateFiles: CERTIFICATE_FILES,
  services: SERVICES,
  requestFor,
  familyRequirements,
  fileOf,
  readEndorsement,
  recall: recallReport,
  vouched: {
    kind: BULLETIN_REQUIREMENT.kind,
    file: BULLETIN_FILE,
    shipped: [SHIPPED_BULLETINS],
    read: readBulletinFile,
  },
  renewal: RENEWAL,
};
