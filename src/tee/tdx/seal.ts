/** The end of authentication: a genuine quote becomes evidence with claims. */
import { hexOf } from '../../bytes/encoding.js';
import { certificateUsed, crlUsed } from '../../pki/used.js';
import {
  type AuthenticatedEvidence,
  type AuthenticationInput,
  type LogReplay,
  sealAuthenticated,
} from '../../rats/evidence.js';
import type { EndorsementUsed } from '../../rats/result.js';
import { isDebuggable } from './attribute-checks.js';
import { appraiseTdx } from './checks.js';
import { claimsOf, referenceFieldsOf } from './claims.js';
import type { DocumentHead } from './collateral.js';
import type { EventLog } from './event-log.js';
import { examineLog } from './event-log-replay.js';
import { ENDORSEMENT_KIND } from './pcs.js';
import { identityOf } from './platform-checks.js';
import { recollect } from './recollection.js';
import type { AuthenticDocument } from './signed-collateral.js';
import type { Endorsed, TdxSubmission } from './submission.js';
import { assessmentOf, evaluationCheck } from './tcb-evaluation.js';
import { moduleMajorOf, type TdReport } from './td-report.js';

export const TDX_TEE = 'tdx';

export function sealQuote(
  { quote, evidenceDigest, eventLog }: TdxSubmission,
  endorsed: Endorsed,
  { anchors, at }: AuthenticationInput,
): AuthenticatedEvidence {
  const { report, version } = quote;
  const { pck } = endorsed.chain;
  const revocationChecked = endorsed.rootCrl !== null && endorsed.pckCrl !== null;
  const tcb = assessmentOf(endorsed.tcb);
  const claims = claimsOf({ quoteVersion: version, report, pck });
  // An unchecked revocation is no full yes.
  const tierCap = revocationChecked ? 'affirming' : 'warning';
  const used = endorsementsUsed(endorsed);
  const sealed = sealAuthenticated({
    tee: TDX_TEE,
    referenceTee: 'tdx',
    generation: `tdx-${moduleMajorOf(report.teeTcbSvn).toString(16).padStart(2, '0')}`,
    debug: isDebuggable(report),
    measurement: hexOf(report.mrTd),
    simulated: anchors.simulated,
    evidenceDigest,
    claims,
    referenceFields: referenceFieldsOf(report),
    platformIdentity: identityOf(pck),
    tcb,
    tierCap,
    trustUntil: new Date(Math.min(...used.map(({ not_after }) => Date.parse(not_after)))),
    endorsementsUsed: used,
    recollection: recollect({ quote, chain: endorsed.chain, claims, tierCap, revocationChecked }),
    demandChecks: (demands) => [
      evaluationCheck(endorsed.tcbInfo.content, endorsed.qeIdentity.content, demands),
    ],
    appraise: (policy) =>
      appraiseTdx({ report, pck, tcb, current: endorsed.tcb.current, revocationChecked, at, policy }),
  });
  return eventLog === null ? sealed : withLog(sealed, eventLog, report);
}

function withLog(sealed: AuthenticatedEvidence, log: EventLog, report: TdReport): AuthenticatedEvidence {
  const replay = (): LogReplay => {
    const { checks, fields } = examineLog(log, report);
    if (fields === null) return { checks, evidence: null };
    const referenceFields = { ...sealed.referenceFields, ...fields };
    return { checks, evidence: sealAuthenticated({ ...sealed, referenceFields }) };
  };
  return sealAuthenticated({ ...sealed, replay });
}

/** All that bound how long a verdict may be trusted, each once; the PCK's issuer is that of its list as well. */
function endorsementsUsed({
  chain,
  tcbInfo,
  qeIdentity,
  rootCrl,
  pckCrl,
}: Endorsed): readonly EndorsementUsed[] {
  const used = [
    certificateUsed(ENDORSEMENT_KIND.pck, chain.leaf),
    certificateUsed(ENDORSEMENT_KIND.pckCa, chain.ca),
    certificateUsed(ENDORSEMENT_KIND.rootCa, chain.root),
    ...(pckCrl === null ? [] : [crlUsed(ENDORSEMENT_KIND.pckCrl, pckCrl)]),
    ...(rootCrl === null ? [] : [crlUsed(ENDORSEMENT_KIND.rootCrl, rootCrl)]),
    documentUsed(ENDORSEMENT_KIND.tcbInfo, tcbInfo),
    certificateUsed(ENDORSEMENT_KIND.tcbSigning, tcbInfo.signer.certificate),
    documentUsed(ENDORSEMENT_KIND.qeIdentity, qeIdentity),
    certificateUsed(ENDORSEMENT_KIND.tcbSigning, qeIdentity.signer.certificate),
  ];
  return [...new Map(used.map((one) => [one.sha256, one])).values()];
}

function documentUsed(kind: string, { sha256, content }: AuthenticDocument<DocumentHead>): EndorsementUsed {
  const { issueDate, nextUpdate } = content;
  return { kind, sha256, not_before: issueDate.toISOString(), not_after: nextUpdate.toISOString() };
}
