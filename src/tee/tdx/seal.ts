/** The end of authentication: a genuine quote becomes evidence with claims. */
import { certificateUsed, crlUsed, endOf, usedAs } from '../../pki/used.js';
import {
  type AuthenticatedEvidence,
  type AuthenticationInput,
  type LogReplay,
  sealAuthenticated,
} from '../../rats/evidence.js';
import type { EndorsementUsed, TcbAssessment } from '../../rats/result.js';
import { isDebuggable } from './attribute-checks.js';
import { appraiseTdx } from './checks.js';
import { claimsOf, referenceFieldsOf } from './claims.js';
import type { DocumentHead } from './collateral.js';
import type { EventLog } from './event-log.js';
import { examineLog } from './event-log-replay.js';
import { pckTexts } from './pck.js';
import { ENDORSEMENT_KIND } from './pcs.js';
import type { AuthenticDocument } from './signed-collateral.js';
import type { Endorsed, TdxSubmission } from './submission.js';
import { evaluationCheck } from './tcb-evaluation.js';
import { moduleMajorOf, type TdReport } from './td-report.js';

export const TDX_TEE = 'tdx';
const TCB_SOURCE = 'intel-tcb-info';

export function sealQuote(
  { quote, evidenceDigest, eventLog }: TdxSubmission,
  endorsed: Endorsed,
  { anchors, at }: AuthenticationInput,
): AuthenticatedEvidence {
  const { report, version } = quote;
  const { pck } = endorsed.chain;
  const { platformInstanceId } = pckTexts(pck);
  const revocationChecked = endorsed.rootCrl !== null && endorsed.pckCrl !== null;
  const tcb = assessmentOf(endorsed);
  const used = endorsementsUsed(endorsed);
  const fields = referenceFieldsOf(report);
  const sealed = sealAuthenticated({
    tee: TDX_TEE,
    referenceTee: 'tdx',
    generation: `tdx-${moduleMajorOf(report.teeTcbSvn).toString(16).padStart(2, '0')}`,
    debug: isDebuggable(report),
    measurement: fields.mrtd,
    simulated: anchors.simulated,
    evidenceDigest,
    claims: claimsOf({ quoteVersion: version, report, pck }, fields),
    referenceFields: fields,
    platformIdentity:
      platformInstanceId === null ? null : { kind: 'tdx-platform-instance', value: platformInstanceId },
    tcb,
    // An unchecked revocation is no full yes.
    tierCap: revocationChecked ? 'affirming' : 'warning',
    trustUntil: new Date(Math.min(...used.map(endOf))),
    endorsementsUsed: used,
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

/** Date and advisories stay those of the launch, also where the status tells the module of today from it. */
function assessmentOf({ tcb }: Endorsed): TcbAssessment {
  const { date, advisories, platform, module, qe } = tcb.launch;
  return { status: tcb.status, source: TCB_SOURCE, date, advisories, platform, module, qe };
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
  return usedAs(kind, { key: content, sha256, from: content.issueDate, until: content.nextUpdate });
}
