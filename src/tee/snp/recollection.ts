/** What is kept of a genuine report, so that its platform can be judged again without it. */
import { hexOf } from '../../bytes/encoding.js';
import type { Recollection } from '../../rats/evidence.js';
import type { JsonObject } from '../../rats/result.js';
import type { SnpChain } from './chain.js';
import { wordText } from './claims.js';
import { chipOf } from './identity-checks.js';
import { ENDORSEMENT_KIND } from './kds.js';
import { chipIdMasked, type SnpReport } from './report.js';
import type { SnpSigner } from './signer.js';

export interface Recollected {
  readonly tee: string;
  readonly report: SnpReport;
  readonly signer: SnpSigner;
  readonly claims: JsonObject;
  readonly tierCap: 'affirming' | 'warning';
  readonly chain: SnpChain;
}

export function recollect(recollected: Recollected): Recollection {
  // Asked for only where somebody keeps it.
  return {
    get machine() {
      return machineOf(recollected, stateOf(recollected.report));
    },
    get state() {
      return stateOf(recollected.report);
    },
    facts: () => factsOf(recollected),
  };
}

/** Patch levels and settings; those of one machine change together for all its guests but for the launch TCB. */
function stateOf(report: SnpReport): string {
  const { reportedTcb, committedTcb, launchTcb, currentTcb, platformInfo, currentMitVector } = report;
  const tcbs = [reportedTcb, committedTcb, launchTcb, currentTcb].map(hexOf).join('.');
  return `${tcbs}.${wordText(platformInfo)}.${currentMitVector === null ? '' : wordText(currentMitVector)}`;
}

/** Machines whose chip nobody names are told apart by their provider and state: those that are alike count as one. */
function machineOf({ report, signer }: Recollected, state: string): string {
  const chip = chipIdMasked(report) ? chipOf({ report, signer }) : hexOf(report.chipId);
  return chip ?? `${signer.cspId ?? ''}/${state}`;
}

/** REPORT_ID names the guest's launch, REPORT_DATA its request. */
function factsOf({ tee, signer, claims, tierCap, chain }: Recollected): JsonObject {
  const { report_data: _data, report_id: _id, ...kept } = claims;
  const authority = signer.signingKey === 'VCEK' ? ENDORSEMENT_KIND.ask : ENDORSEMENT_KIND.asvk;
  return {
    tee,
    claims: kept,
    hwid: signer.hwid === null ? null : hexOf(signer.hwid),
    revocation_checked: signer.revocationChecked,
    tier_cap: tierCap,
    certificates: [
      { kind: ENDORSEMENT_KIND.leaf, not_after: chain.leaf.notAfter.toISOString() },
      { kind: authority, not_after: chain.authority.notAfter.toISOString() },
      { kind: ENDORSEMENT_KIND.ark, not_after: chain.ark.notAfter.toISOString() },
    ],
  };
}
