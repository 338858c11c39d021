/** The end of authentication: a genuine report becomes evidence with claims. */
import { hexOf } from '../../bytes/encoding.js';
import { certificateUsed, crlUsed } from '../../pki/used.js';
import {
  type AuthenticatedEvidence,
  type AuthenticationInput,
  sealAuthenticated,
} from '../../rats/evidence.js';
import type { EndorsementUsed } from '../../rats/result.js';
import { tableInForce } from './bulletin-file.js';
import { assessTcb } from './bulletins.js';
import { appraiseSnp } from './checks.js';
import { claimsOf, referenceFieldsOf } from './claims.js';
import { identityOf } from './identity-checks.js';
import { ENDORSEMENT_KIND } from './kds.js';
import { bitSet, POLICY_BIT } from './layout.js';
import { recollect } from './recollection.js';
import type { SnpSigner } from './signer.js';
import type { Endorsed, SnpSubmission } from './submission.js';

export function sealReport(
  submission: SnpSubmission,
  endorsed: Endorsed,
  { anchors, at, endorsements }: AuthenticationInput,
): AuthenticatedEvidence {
  const { report } = submission;
  const { product, signingKey, vek, list } = endorsed;
  const signer: SnpSigner = {
    signingKey,
    cspId: vek.cspId,
    hwid: vek.hwid,
    revocationChecked: list !== null,
  };
  const { table, used } = tableInForce(endorsements);
  const tcb = assessTcb({ report, product, table, at });
  const claims = claimsOf(report, { product, signingKey, cspId: vek.cspId });
  // A bare HCL envelope is fresh only together with a vTPM quote; an unchecked revocation is no full yes.
  const tierCap = submission.runtimeClaims === null && list !== null ? 'affirming' : 'warning';
  return sealAuthenticated({
    tee: submission.tee,
    referenceTee: 'sev-snp',
    generation: product.toLowerCase(),
    debug: bitSet(report.policy, POLICY_BIT.debug),
    measurement: hexOf(report.measurement),
    simulated: anchors.simulated,
    evidenceDigest: submission.evidenceDigest,
    claims,
    referenceFields: referenceFieldsOf(report),
    platformIdentity: identityOf({ report, signer }),
    tcb,
    tierCap,
    trustUntil: endOf(endorsed),
    endorsementsUsed: [...endorsementsUsed(endorsed), used],
    recollection: recollect({ tee: submission.tee, report, signer, claims, tierCap, chain: endorsed.chain }),
    demandChecks: () => [],
    appraise: (policy) => appraiseSnp({ report, product, signer, tcb, table, at, policy }),
  });
}

/** The earliest end among everything that the verdict rests on. */
function endOf({ chain, list }: Endorsed): Date {
  const ends = [chain.leaf, chain.authority, chain.ark].map(({ notAfter }) => notAfter.getTime());
  return new Date(Math.min(...ends, ...(list === null ? [] : [list.nextUpdate.getTime()])));
}

function endorsementsUsed({ chain, signingKey, list }: Endorsed): readonly EndorsementUsed[] {
  const authority = signingKey === 'VCEK' ? ENDORSEMENT_KIND.ask : ENDORSEMENT_KIND.asvk;
  const crl = signingKey === 'VCEK' ? ENDORSEMENT_KIND.vcekCrl : ENDORSEMENT_KIND.vlekCrl;
  return [
    certificateUsed(ENDORSEMENT_KIND.leaf, chain.leaf),
    certificateUsed(authority, chain.authority),
    certificateUsed(ENDORSEMENT_KIND.ark, chain.ark),
    ...(list === null ? [] : [crlUsed(crl, list)]),
  ];
}
