/**
 * What the vendor's documents say of this platform: that they are about it, that they are new enough, and which
 * level platform, module and quoting enclave have reached (Intel PCS API v4; Intel QVL, TCB level evaluation).
 */
import { checked, notRun } from '../../rats/check.js';
import { onceFor, onceForEach } from '../../rats/once.js';
import type { EndorsementDemands } from '../../rats/policy.js';
import type { CheckResult, TcbAssessment } from '../../rats/result.js';
import type { TdxTcbStatus } from './collateral.js';
import { type PckFacts, pckTexts } from './pck.js';
import type { PckChain } from './pck-chain.js';
import { decodeQeReport, type PckCertification } from './qe.js';
import { QE_IDENTITY_ID, QE_IDENTITY_VERSION, type QeIdentity } from './qe-identity.js';
import type { TdxQuote } from './quote.js';
import type { DocumentFindings } from './signed-collateral.js';
import { type Convergence, convergenceText } from './tcb-convergence.js';
import { TCB_INFO_ID, TCB_INFO_VERSION, type TcbInfo } from './tcb-info.js';
import { evaluateTcb, matchModule, type PlatformSvns, type TcbFinding } from './tcb-level.js';
import type { TdReport } from './td-report.js';

interface Documents {
  readonly chain: PckChain | null;
  readonly tcbInfo: DocumentFindings<TcbInfo>;
  readonly qeIdentity: DocumentFindings<QeIdentity>;
}

export interface TcbRequest extends Documents {
  readonly quote: TdxQuote;
  readonly certification: PckCertification | null;
}

export interface TcbAssessed {
  /** Null when no level was reached, or nothing could be evaluated. */
  readonly finding: Extract<TcbFinding, { readonly matched: true }> | null;
  readonly checks: readonly CheckResult[];
}

const DOCUMENT_SOURCE =
  'Intel PCS API v4, sections Get TDX TCB Info and Get TDX QE Identity; Intel SGX PCK certificate and CRL profile specification, section 1.3 (FMSPC, PCEID)';
const MODULE_SOURCE =
  'Intel QVL, TDX module identity; Intel PCS API v4, section Get TDX TCB Info: tdxModule, tdxModuleIdentities';
const LEVEL_SOURCE = 'Intel QVL, TCB level evaluation; Intel PCS API v4, section Get TDX TCB Info: tcbLevels';

/** Whether TCB info is for this platform, QE identity for TDs, and both of an evaluation that is asked for. */
export function checkDocuments(
  { chain, tcbInfo, qeIdentity }: Documents,
  demands: EndorsementDemands,
): readonly CheckResult[] {
  return [
    checkTcbInfo(chain, tcbInfo),
    ...foreignIdentity(qeIdentity),
    checkEvaluation(tcbInfo, qeIdentity, demands),
  ];
}

/** Intel signs identities of other enclaves with the same key; the signature does not speak for this one then. */
function foreignIdentity({ other }: DocumentFindings<QeIdentity>): readonly CheckResult[] {
  if (other === null) return [];
  const mismatch = checked(false, 'tdx_qe_identity_signature_invalid', DOCUMENT_SOURCE, {
    expected: `the identity ${QE_IDENTITY_ID} of version ${QE_IDENTITY_VERSION}`,
    observed: `${other.id} of version ${other.version}`,
  });
  return [mismatch];
}

function checkTcbInfo(chain: PckChain | null, { signed, other }: DocumentFindings<TcbInfo>): CheckResult {
  const code = 'tdx_tcb_info_mismatch';
  if (other !== null) {
    return checked(false, code, DOCUMENT_SOURCE, {
      expected: `TCB info ${TCB_INFO_ID} of version ${TCB_INFO_VERSION}`,
      observed: `${other.id} of version ${other.version}`,
    });
  }
  if (chain === null || signed === null) {
    return notRun(code, DOCUMENT_SOURCE, 'no PCK certificate, or no TCB info that Intel signed');
  }
  return checked(isAbout(chain, signed.content), code, DOCUMENT_SOURCE, {
    expected: platformText(chain.pck),
    observed: subjectText(signed.content),
  });
}

const platformText = onceFor((pck: PckFacts): string => {
  const { fmspc, pceId } = pckTexts(pck);
  return `TCB info of FMSPC ${fmspc}, PCEID ${pceId}`;
});
const subjectText = onceFor(({ fmspc, pceId, evaluationNumber }: TcbInfo): string => {
  return `FMSPC ${fmspc}, PCEID ${pceId}, evaluation ${evaluationNumber}`;
});

/** Whether the document is about the family, and the provisioning enclave, of the platform. */
function isAbout({ pck }: PckChain, { fmspc, pceId }: TcbInfo): boolean {
  const platform = pckTexts(pck);
  return fmspc === platform.fmspc && pceId === platform.pceId;
}

function checkEvaluation(
  { signed: info }: DocumentFindings<TcbInfo>,
  { signed: identity }: DocumentFindings<QeIdentity>,
  demands: EndorsementDemands,
): CheckResult {
  if (info === null || identity === null) {
    const why = 'TCB info or QE identity is not at hand as Intel signed it';
    return notRun('tdx_tcb_evaluation_number_too_low', DOCUMENT_SOURCE, why);
  }
  return evaluationCheck(info.content, identity.content, demands);
}

/** That the two differ refuses nothing: they are published separately. The lower one counts. */
export function evaluationCheck(
  { evaluationNumber: first }: TcbInfo,
  { evaluationNumber: second }: QeIdentity,
  { minimumEvaluationNumber: minimum }: EndorsementDemands,
): CheckResult {
  const holds = Math.min(first, second) >= minimum;
  return checked(holds, 'tdx_tcb_evaluation_number_too_low', DOCUMENT_SOURCE, {
    expected: `tcbEvaluationDataNumber at least ${minimum}`,
    observed: `TCB info ${first}, QE identity ${second}`,
  });
}

/** Module identity, levels, convergence and relaunch; on documents that are in force and about this platform. */
export function assessTcb(request: TcbRequest): TcbAssessed {
  const { quote, chain, certification, tcbInfo, qeIdentity } = request;
  const { report } = quote;
  const [info, identity] = [tcbInfo.inForce?.content ?? null, qeIdentity.inForce?.content ?? null];
  if (info === null || chain === null || !isAbout(chain, info)) {
    const why = 'no TCB info in force that is about this platform';
    return {
      finding: null,
      checks: [notRun('tdx_module_mismatch', MODULE_SOURCE, why), ...levelsNotRun(why)],
    };
  }
  if (identity === null || certification === null) {
    const { check, ok } = moduleMatch(report, info);
    const why = ok ? 'no QE identity in force' : NO_MODULE_IDENTITY;
    return { finding: null, checks: [check, ...levelsNotRun(why)] };
  }
  const qeIsvSvn = decodeQeReport(certification.qeReport).isvSvn;
  return assessReached({ report, ...chain.pck, qeIsvSvn }, info, identity);
}

/** What of a quote and its PCK certificate decides which levels are reached. */
export interface ReachingPlatform extends PlatformSvns {
  readonly report: Pick<TdReport, 'teeTcbSvn' | 'teeTcbSvn2' | 'mrSignerSeam' | 'seamAttributes'>;
  readonly qeIsvSvn: number;
}

const NO_MODULE_IDENTITY = 'no identity of the TDX module to take levels from';

/** The same by documents of which it is known that they are about the platform and may decide. */
export function assessReached(
  { report, components, pceSvn, qeIsvSvn }: ReachingPlatform,
  info: TcbInfo,
  identity: QeIdentity,
): TcbAssessed {
  const { check, ok } = moduleMatch(report, info);
  if (!ok) return { finding: null, checks: [check, ...levelsNotRun(NO_MODULE_IDENTITY)] };
  const { teeTcbSvn, teeTcbSvn2 } = report;
  const finding = evaluateTcb({ components, pceSvn, qeIsvSvn, teeTcbSvn, teeTcbSvn2 }, info, identity);
  return { finding: finding.matched ? finding : null, checks: [check, ...levelChecks(finding)] };
}

function moduleMatch(
  { teeTcbSvn, mrSignerSeam, seamAttributes }: ReachingPlatform['report'],
  info: TcbInfo,
): { readonly ok: boolean; readonly check: CheckResult } {
  const { ok, expected, observed } = matchModule(teeTcbSvn, mrSignerSeam, seamAttributes, info);
  return { ok, check: checked(ok, 'tdx_module_mismatch', MODULE_SOURCE, { expected, observed }) };
}

const TCB_SOURCE = 'intel-tcb-info';

/** Date and advisories stay those of the launch, also where the status tells the module of today from it. */
export function assessmentOf({ status, launch }: NonNullable<TcbAssessed['finding']>): TcbAssessment {
  return assessmentsOf(launch)(status);
}

const assessmentsOf = onceFor(({ date, advisories, platform, module, qe }: Convergence) =>
  onceForEach(16, (status: TdxTcbStatus): TcbAssessment => {
    return Object.freeze({ status, source: TCB_SOURCE, date, advisories, platform, module, qe });
  }),
);

function levelChecks(finding: TcbFinding): readonly CheckResult[] {
  const observed = finding.matched ? convergenceText(finding.launch, finding.current) : finding.why;
  const supported = checked(finding.matched, 'tdx_tcb_not_supported', LEVEL_SOURCE, {
    expected: 'a level of platform, TDX module and quoting enclave that is reached, at launch and now',
    observed,
  });
  if (!finding.matched) {
    return [supported, notRun('tdx_tcb_revoked', LEVEL_SOURCE, 'no level is reached')];
  }
  return [
    supported,
    checked(finding.status !== 'Revoked', 'tdx_tcb_revoked', LEVEL_SOURCE, {
      expected: 'not Revoked',
      observed,
    }),
  ];
}

function levelsNotRun(why: string): readonly CheckResult[] {
  return [notRun('tdx_tcb_not_supported', LEVEL_SOURCE, why), notRun('tdx_tcb_revoked', LEVEL_SOURCE, why)];
}
