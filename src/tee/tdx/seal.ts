/** The end of authentication: a genuine quote becomes evidence with claims. */
import { hexOfParts } from '../../bytes/encoding.js';
import { certificateUsed, crlUsed, endsAt, usedAs } from '../../pki/used.js';
import type { EndorsementTrack } from '../../rats/endorsement.js';
import {
  type AuthenticatedEvidence,
  type AuthenticationInput,
  type LogReplay,
  sealAuthenticated,
} from '../../rats/evidence.js';
import type { CheckResult, EndorsementUsed } from '../../rats/result.js';
import { countsAt, type StaleEndorsement } from '../../rats/staleness.js';
import { isDebuggable } from './attribute-checks.js';
import { appraiseTdx } from './checks.js';
import { claimsOf, referenceFieldsOf } from './claims.js';
import type { DocumentHead } from './collateral.js';
import { isInGrace, type StaleProblem, staleChecks } from './collateral-problems.js';
import type { EventLog } from './event-log.js';
import { examineLog } from './event-log-replay.js';
import { ENDORSEMENT_KIND } from './pcs.js';
import {
  PCK_CRL_DOCUMENTS,
  QE_IDENTITY_DOCUMENTS,
  ROOT_CRL_DOCUMENT,
  tcbInfoDocument,
} from './pcs-document.js';
import { identityOf } from './platform-checks.js';
import { recollect } from './recollection.js';
import type { AuthenticDocument } from './signed-collateral.js';
import type { Endorsed, TdxSubmission } from './submission.js';
import { assessmentOf, evaluationCheck } from './tcb-evaluation.js';
import { moduleMajorOf, type TdReport } from './td-report.js';

export const TDX_TEE = 'tdx';

export interface Sealing {
  readonly input: AuthenticationInput;
  /** The documents whose nextUpdate has passed. */
  readonly overdue: readonly StaleProblem[];
  /** The checks that hold where their being past their end is not granted. */
  readonly otherwise: readonly CheckResult[];
  /** Seconds until the vendor is worth asking again; null: it was not asked. */
  readonly retryAfter: number | null;
}

export function sealQuote(
  { quote, evidenceDigest, eventLog }: TdxSubmission,
  endorsed: Endorsed,
  { input: { anchors, at, demands: given }, overdue, otherwise, retryAfter }: Sealing,
): AuthenticatedEvidence {
  const { report, version } = quote;
  const { pck } = endorsed.chain;
  const revocationChecked = endorsed.rootCrl !== null && endorsed.pckCrl !== null;
  const tcb = assessmentOf(endorsed.tcb);
  // The fields of a report are views on one copy of its body.
  const hex = hexOfParts(new Uint8Array(report.teeTcbSvn.buffer));
  const fields = referenceFieldsOf(report, hex);
  const claims = claimsOf({ quoteVersion: version, report, pck }, fields, hex);
  // An unchecked revocation is no full yes.
  const tierCap = revocationChecked ? 'affirming' : 'warning';
  const used = endorsementsUsed(endorsed);
  const stale = staleOf(endorsed, at, given.track);
  const sealed = sealAuthenticated({
    tee: TDX_TEE,
    referenceTee: 'tdx',
    generation: `tdx-${moduleMajorOf(report.teeTcbSvn).toString(16).padStart(2, '0')}`,
    debug: isDebuggable(report),
    measurement: fields.mrtd,
    simulated: anchors.simulated,
    evidenceDigest,
    claims,
    referenceFields: fields,
    platformIdentity: identityOf(pck),
    tcb,
    tierCap,
    trustUntil: endOf(used, stale),
    endorsementsUsed: used,
    stale,
    retryAfter,
    recollection: recollect({ quote, chain: endorsed.chain, claims, tierCap, revocationChecked }),
    demandChecks: (demands) =>
      overdue.every((one) => isInGrace(one, at, demands.staleHours))
        ? [
            ...staleChecks(overdue, at, demands.staleHours),
            evaluationCheck(endorsed.tcbInfo.content, endorsed.qeIdentity.content, demands),
          ]
        : otherwise,
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
  return used.filter(({ sha256 }, place) => used.findIndex((one) => one.sha256 === sha256) === place);
}

/** The earliest end among everything that the verdict rests on and that has not ended. */
function endOf(used: readonly EndorsementUsed[], stale: readonly StaleEndorsement[]): Date {
  const over = new Set(stale.map(({ sha256 }) => sha256));
  const inForce = used.filter(({ sha256 }) => !over.has(sha256));
  return new Date(Math.min(...inForce.map(endsAt)));
}

function staleOf(endorsed: Endorsed, at: Date, track: EndorsementTrack): readonly StaleEndorsement[] {
  const { chain, tcbInfo, qeIdentity, rootCrl, pckCrl } = endorsed;
  const documents = [
    [ENDORSEMENT_KIND.rootCrl, () => ROOT_CRL_DOCUMENT, rootCrl, rootCrl?.nextUpdate],
    [ENDORSEMENT_KIND.pckCrl, () => PCK_CRL_DOCUMENTS[chain.issuedBy], pckCrl, pckCrl?.nextUpdate],
    [
      ENDORSEMENT_KIND.tcbInfo,
      () => tcbInfoDocument(tcbInfo.content.fmspc, track),
      tcbInfo,
      tcbInfo.content.nextUpdate,
    ],
    [
      ENDORSEMENT_KIND.qeIdentity,
      () => QE_IDENTITY_DOCUMENTS[track],
      qeIdentity,
      qeIdentity.content.nextUpdate,
    ],
  ] as const;
  return documents.flatMap(([kind, description, document, nextUpdate]) =>
    document === null || nextUpdate === undefined || countsAt(at, nextUpdate, 0)
      ? []
      : [{ kind, sha256: document.sha256, name: description().name, nextUpdate }],
  );
}

function documentUsed(kind: string, { sha256, content }: AuthenticDocument<DocumentHead>): EndorsementUsed {
  return usedAs(kind, { key: content, sha256, from: content.issueDate, until: content.nextUpdate });
}
