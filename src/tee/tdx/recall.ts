/**
 * A platform from the facts that `recollect` kept: which levels it reaches by any TCB info and QE identity, and when
 * others than today's will be the ones that count.
 */
import { KeptJson } from '../../bytes/kept-json.js';
import type { EndorsementRequirement, EndorsementSet, EndorsementTrack } from '../../rats/endorsement.js';
import { recallEvidence } from '../../rats/evidence.js';
import type { LapsingDocument, Recalled, RecalledPlatform } from '../../rats/recall.js';
import type { JsonObject } from '../../rats/result.js';
import { isDebuggable } from './attribute-checks.js';
import { appraiseTdx } from './checks.js';
import { referenceFieldsOf } from './claims.js';
import { BODY_TYPE } from './layout.js';
import type { PckFacts } from './pck.js';
import {
  ENDORSEMENT_KIND,
  EVALUATION_NUMBERS,
  type PckCa,
  qeIdentityRequirement,
  SUBJECT_INTEL,
  tcbInfoRequirement,
} from './pcs.js';
import { identityOf } from './platform-checks.js';
import { checkQeIdentity, type QeIdentityFields } from './qe.js';
import { assessmentOf, assessReached, evaluationCheck } from './tcb-evaluation.js';
import { collateralIn, recoveryIn } from './tcb-recovery.js';
import { moduleMajorOf, type TdReport } from './td-report.js';

const TEE = 'tdx';

/** What the facts come to, in the form that the checks take. */
interface Seen {
  readonly report: TdReport;
  readonly pck: PckFacts;
  readonly qe: QeIdentityFields & { readonly isvSvn: number };
  readonly claims: JsonObject;
  readonly referenceFields: Readonly<Record<string, string>>;
  readonly tierCap: 'affirming' | 'warning';
  readonly revocationChecked: boolean;
}

/** Throws TypeError for facts of another form. */
export function recallQuote(facts: JsonObject): RecalledPlatform {
  const kept = new KeptJson(facts);
  const claims = kept.object('claims');
  const fmspc = claims.text('fmspc');
  const issuedBy: PckCa = kept.object('pck').text('issued_by') === 'processor' ? 'processor' : 'platform';
  const report = reportOf(claims);
  const seen: Seen = {
    report,
    pck: pckOf(claims, kept.object('pck')),
    qe: qeOf(kept.object('qe')),
    claims: kept.json('claims'),
    referenceFields: referenceFieldsOf(report),
    tierCap: kept.text('tier_cap') === 'affirming' ? 'affirming' : 'warning',
    revocationChecked: kept.flag('revocation_checked'),
  };
  const levels = (track: EndorsementTrack): readonly EndorsementRequirement[] => [
    tcbInfoRequirement(fmspc, track),
    qeIdentityRequirement(track),
  ];
  const lists = [
    { kind: ENDORSEMENT_KIND.rootCrl, subject: SUBJECT_INTEL },
    { kind: ENDORSEMENT_KIND.pckCrl, subject: issuedBy },
  ];
  const lapsing: readonly LapsingDocument[] = [
    ...levels('standard').map((level) => ({ ...level, code: 'stale_collateral' as const })),
    ...lists.map((list) => ({ ...list, code: 'tdx_crl_stale' as const })),
  ];
  return {
    tee: TEE,
    referenceTee: 'tdx',
    identity: identityOf(seen.pck),
    alike: alikeOf(facts),
    referenceFields: seen.referenceFields,
    certificates: kept.objects('certificates').map((certificate) => ({
      kind: certificate.text('kind'),
      notAfter: certificate.instant('not_after'),
      code: 'tdx_cert_expired',
    })),
    requirements: (track) => [...levels(track), EVALUATION_NUMBERS],
    lapsing,
    announced: (documents, from) => recoveryIn(documents, { fmspc, from }),
    judge: (documents, at) => judge(seen, documents, at),
  };
}

/** All that a policy may look at but which platform it is. */
function alikeOf({ claims, pck, qe, revocation_checked, tier_cap }: JsonObject): string {
  const { pck: claimed, ...guest } = new KeptJson({ claims: claims ?? null }).json('claims');
  const { platform_instance_id: _instance, ...settings } = new KeptJson({ pck: claimed ?? null }).json('pck');
  return JSON.stringify([guest, settings, pck, qe, revocation_checked, tier_cap]);
}

function judge(seen: Seen, documents: EndorsementSet, at: Date): Recalled | null {
  const collateral = collateralIn(documents);
  if (collateral === null) return null;
  const { tcbInfo, qeIdentity } = collateral;
  const { report, pck, qe, revocationChecked } = seen;
  const { finding, checks } = assessReached({ report, ...pck, qeIsvSvn: qe.isvSvn }, tcbInfo, qeIdentity);
  const made = [checkQeIdentity(qe, qeIdentity), ...checks];
  if (finding === null || made.some(({ outcome }) => outcome === 'fail')) {
    return { kind: 'refused', checks: made };
  }
  const tcb = assessmentOf(finding);
  const evidence = recallEvidence({
    tee: TEE,
    referenceTee: 'tdx',
    generation: `tdx-${moduleMajorOf(report.teeTcbSvn).toString(16).padStart(2, '0')}`,
    debug: isDebuggable(report),
    measurement: seen.referenceFields.mrtd ?? '',
    claims: seen.claims,
    referenceFields: seen.referenceFields,
    platformIdentity: identityOf(pck),
    tcb,
    tierCap: seen.tierCap,
    demandChecks: (demands) => [evaluationCheck(tcbInfo, qeIdentity, demands)],
    appraise: (policy) =>
      appraiseTdx({ report, pck, tcb, current: finding.current, revocationChecked, at, policy }),
  });
  return { kind: 'appraisable', evidence };
}

/** REPORTDATA is not kept, and no check of the policy group reads it. */
function reportOf(claims: KeptJson): TdReport {
  const digest = (name: string): Uint8Array => claims.bytes(name, 48);
  const later = (name: string, length: number): Uint8Array | null =>
    claims.orNull(name, (from) => from.bytes(name, length));
  const teeTcbSvn2 = later('tee_tcb_svn_2', 16);
  return {
    bodyType: teeTcbSvn2 === null ? BODY_TYPE.tdReport10 : BODY_TYPE.tdReport15,
    teeTcbSvn: claims.bytes('tee_tcb_svn', 16),
    mrSeam: digest('mrseam'),
    mrSignerSeam: digest('mrsignerseam'),
    seamAttributes: claims.bytes('seam_attributes', 8),
    tdAttributes: claims.bytes('td_attributes', 8),
    xfam: claims.bytes('xfam', 8),
    mrTd: digest('mrtd'),
    mrConfigId: digest('mrconfigid'),
    mrOwner: digest('mrowner'),
    mrOwnerConfig: digest('mrownerconfig'),
    rtmrs: [digest('rtmr0'), digest('rtmr1'), digest('rtmr2'), digest('rtmr3')],
    reportData: new Uint8Array(),
    teeTcbSvn2,
    mrServiceTd: later('mrservicetd', 48),
    extended: null,
  };
}

/** PPID, CPUSVN and SGX type are not kept: levels are compared by components, and no policy names the others. */
function pckOf(claims: KeptJson, kept: KeptJson): PckFacts {
  const claimed = claims.object('pck');
  const setting = (name: string): boolean | null => claimed.orNull(name, (from) => from.flag(name));
  return {
    ppid: new Uint8Array(),
    components: kept.integers('components'),
    pceSvn: kept.integer('pce_svn'),
    cpuSvn: new Uint8Array(),
    pceId: claims.bytes('pce_id', 2),
    fmspc: claims.bytes('fmspc', 6),
    sgxType: null,
    platformInstanceId: claimed.orNull('platform_instance_id', (from) =>
      from.bytes('platform_instance_id', 16),
    ),
    configuration: {
      dynamicPlatform: setting('dynamic_platform'),
      cachedKeys: setting('cached_keys'),
      smtEnabled: setting('smt_enabled'),
    },
  };
}

function qeOf(kept: KeptJson): Seen['qe'] {
  return {
    miscSelect: kept.integer('misc_select'),
    attributes: kept.bytes('attributes', 16),
    mrSigner: kept.bytes('mr_signer', 32),
    isvProdId: kept.integer('isv_prod_id'),
    isvSvn: kept.integer('isv_svn'),
  };
}
