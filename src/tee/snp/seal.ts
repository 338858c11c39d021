/** The end of authentication: a genuine report becomes evidence with claims. */
import { hexOfParts } from '../../bytes/encoding.js';
import { certificateUsed, crlUsed } from '../../pki/used.js';
import {
  type AuthenticatedEvidence,
  type AuthenticationInput,
  sealAuthenticated,
} from '../../rats/evidence.js';
import type { CheckResult, EndorsementUsed } from '../../rats/result.js';
import { countsAt, type StaleEndorsement } from '../../rats/staleness.js';
import { tableInForce } from './bulletin-file.js';
import { assessTcb } from './bulletins.js';
import { appraiseSnp } from './checks.js';
import { claimsOf, referenceFieldsOf } from './claims.js';
import { identityOf } from './identity-checks.js';
import { ENDORSEMENT_KIND } from './kds.js';
import { crlRemedy } from './kds-remedy.js';
import { bitSet, POLICY_BIT } from './layout.js';
import { recollect } from './recollection.js';
import { isStale, staleCheck } from './revocation.js';
import type { SnpSigner } from './signer.js';
import type { Endorsed, SnpSubmission } from './submission.js';

export interface Sealing {
  readonly input: AuthenticationInput;
  /** The checks that hold where the list's being past its end is not granted. */
  readonly otherwise: readonly CheckResult[];
  /** Seconds until the vendor is worth asking again; null: it was not asked. */
  readonly retryAfter: number | null;
}

export function sealReport(
  submission: SnpSubmission,
  endorsed: Endorsed,
  { input: { anchors, at, endorsements }, otherwise, retryAfter }: Sealing,
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
  const hex = hexOfParts(report.signed);
  const fields = referenceFieldsOf(report, hex);
  const claims = claimsOf(report, { product, signingKey, cspId: vek.cspId }, fields, hex);
  // A bare HCL envelope is fresh only together with a vTPM quote; an unchecked revocation is no full yes.
  const tierCap = submission.runtimeClaims === null && list !== null ? 'affirming' : 'warning';
  return sealAuthenticated({
    tee: submission.tee,
    referenceTee: 'sev-snp',
    generation: product.toLowerCase(),
    debug: bitSet(report.policy, POLICY_BIT.debug),
    measurement: fields.measurement,
    simulated: anchors.simulated,
    evidenceDigest: submission.evidenceDigest,
    claims,
    referenceFields: fields,
    platformIdentity: identityOf({ report, signer }),
    tcb,
    tierCap,
    trustUntil: endOf(endorsed, at),
    endorsementsUsed: [...endorsementsUsed(endorsed), used],
    stale: staleOf(endorsed, at),
    retryAfter,
    recollection: recollect({ tee: submission.tee, report, signer, claims, tierCap, chain: endorsed.chain }),
    demandChecks: ({ staleHours }) => {
      if (list === null || !isStale(list, at)) return [];
      if (!countsAt(at, list.nextUpdate, staleHours)) return otherwise;
      // What the vendor said is of the moment, and no part of a record.
      const remedy = crlRemedy(signingKey, product);
      return [staleCheck(list, at, staleHours, { remedy, absence: null })];
    },
    appraise: (policy) => appraiseSnp({ report, product, signer, tcb, table, at, policy }),
  });
}

/** The earliest end among everything that the verdict rests on and that has not ended. */
function endOf({ chain, list }: Endorsed, at: Date): Date {
  const { leaf, authority, ark } = chain;
  const end = Math.min(leaf.notAfter.getTime(), authority.notAfter.getTime(), ark.notAfter.getTime());
  const inForce = list !== null && !isStale(list, at);
  return new Date(inForce ? Math.min(end, list.nextUpdate.getTime()) : end);
}

function crlKindOf({ signingKey }: Pick<Endorsed, 'signingKey'>): string {
  return signingKey === 'VCEK' ? ENDORSEMENT_KIND.vcekCrl : ENDORSEMENT_KIND.vlekCrl;
}

function staleOf(endorsed: Endorsed, at: Date): readonly StaleEndorsement[] {
  const { list, signingKey, product } = endorsed;
  if (list === null || !isStale(list, at)) return [];
  const { sha256, nextUpdate } = list;
  const name = `the ${signingKey} revocation list of ${product}`;
  return [{ kind: crlKindOf(endorsed), sha256, name, nextUpdate }];
}

function endorsementsUsed({ chain, signingKey, list }: Endorsed): readonly EndorsementUsed[] {
  const authority = signingKey === 'VCEK' ? ENDORSEMENT_KIND.ask : ENDORSEMENT_KIND.asvk;
  return [
    certificateUsed(ENDORSEMENT_KIND.leaf, chain.leaf),
    certificateUsed(authority, chain.authority),
    certificateUsed(ENDORSEMENT_KIND.ark, chain.ark),
    ...(list === null ? [] : [crlUsed(crlKindOf({ signingKey }), list)]),
  ];
}
