/** Simulated TDs, Intel's documents about them at will, and what forecast and verifier make of the two. */

import type { EndorsementSet } from '../../../src/rats/endorsement.js';
import type { AuthenticatedEvidence } from '../../../src/rats/evidence.js';
import type { AppraisalPolicy } from '../../../src/rats/policy.js';
import type { RecalledPlatform } from '../../../src/rats/recall.js';
import type { ReferenceValue } from '../../../src/rats/reference-value.js';
import { intelAnchorsOf, mintTd, type SimulatedTd, type TdOptions } from '../../../src/simulator/index.js';
import {
  mintQeIdentity,
  planQeIdentity,
  type QeIdentityPlan,
} from '../../../src/simulator/intel/qe-identity.js';
import { signJson } from '../../../src/simulator/intel/signed-json.js';
import { mintTcbInfo, planTcbInfo, type TcbInfoPlan } from '../../../src/simulator/intel/tcb-info.js';
import { parseEvidence, recallPlatform } from '../../../src/tee/registry.js';
import { ENDORSEMENT_KIND } from '../../../src/tee/tdx/pcs.js';
import { type Verification, verifyEvidence } from '../../../src/verifier/verify.js';
import { SIMULATED_AT, simulatedIntel } from '../../simulated-vendor.js';

export const AT = SIMULATED_AT;
export const FMSPC = 'a55a6f000000';
export const DAY_MS = 24 * 3600 * 1000;

export function daysLater(days: number, from: Date = AT): Date {
  return new Date(from.getTime() + days * DAY_MS);
}

/** Lowercase hex of the measurements that the TDs here have. */
const MEASURED = { mrtd: 'b6'.repeat(48), rtmr1: 'c7'.repeat(48), rtmr2: 'd8'.repeat(48) };

export const REFERENCE: ReferenceValue = {
  workload: 'llm-serving',
  version: 1,
  tee: 'tdx',
  covers: 'boot',
  match: { mrtd: [MEASURED.mrtd], rtmr1: [MEASURED.rtmr1], rtmr2: [MEASURED.rtmr2] },
  notBefore: null,
  notAfter: null,
};

export async function tdOf(options: Partial<TdOptions> = {}): Promise<SimulatedTd> {
  const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
  return mintTd(await simulatedIntel(), {
    at: AT,
    fmspc: FMSPC,
    mrTd: bytes(MEASURED.mrtd),
    rtmrs: [undefined, bytes(MEASURED.rtmr1), bytes(MEASURED.rtmr2)],
    ...options,
  });
}

/** Replaces what Intel says of this family. */
export interface Requirements {
  readonly at?: Date;
  readonly tcbInfo?: Partial<TcbInfoPlan>;
  readonly qeIdentity?: Partial<QeIdentityPlan>;
}

export async function documentsBy({ at = AT, tcbInfo = {}, qeIdentity = {} }: Requirements = {}) {
  const { authorities } = await simulatedIntel();
  const [info, identity] = await Promise.all([
    mintTcbInfo({ ...planTcbInfo(authorities, FMSPC, at), ...tcbInfo }),
    mintQeIdentity({ ...planQeIdentity(authorities, at), ...qeIdentity }),
  ]);
  return [
    { kind: ENDORSEMENT_KIND.tcbInfo, subject: FMSPC, bytes: info },
    { kind: ENDORSEMENT_KIND.qeIdentity, subject: 'any', bytes: identity },
  ];
}

/** The signed list that says when each evaluation was published. */
export async function numbersBy(events: Readonly<Record<number, string>>) {
  const { authorities } = await simulatedIntel();
  const inner = {
    id: 'TDX',
    version: 1,
    issueDate: '2026-11-20T00:00:00Z',
    nextUpdate: '2026-12-20T00:00:00Z',
    tcbEvalNumbers: Object.entries(events).map(([number, date]) => ({
      tcbEvaluationDataNumber: Number(number),
      tcbRecoveryEventDate: `${date}T00:00:00Z`,
      tcbDate: `${date}T00:00:00Z`,
    })),
  };
  const signingKey = authorities.tcbSigning.key;
  const plan = { ...planQeIdentity(authorities, AT), signingKey };
  const bytes = await signJson('tcbEvaluationDataNumbers', inner, plan);
  return { kind: 'tdx-tcb-evaluation-numbers', subject: 'tdx', bytes };
}

/** The verifier's word on the TD, its other documents as they came. */
export async function verified(
  td: SimulatedTd,
  documents: EndorsementSet,
  policy: AppraisalPolicy,
  at: Date = AT,
): Promise<Verification> {
  const replaced = documents.map(({ kind }) => kind);
  return verifyEvidence({
    evidence: parseEvidence('auto', td.evidence, []),
    expectedReportData: td.actual.reportData,
    endorsements: [...td.endorsements.filter(({ kind }) => !replaced.includes(kind)), ...documents],
    anchors: intelAnchorsOf(await simulatedIntel()),
    at,
    revocation: 'required',
    policy,
    references: { given: true, candidates: [REFERENCE] },
  });
}

/** The platform of evidence that is authentic, as it is remembered: through JSON. */
export function remembered(evidence: AuthenticatedEvidence | null): RecalledPlatform {
  if (evidence === null) throw new Error('only authentic evidence is remembered');
  return recallPlatform(evidence.tee, JSON.parse(JSON.stringify(evidence.recollection.facts())));
}
