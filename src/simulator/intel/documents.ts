/** Everything that the miniature Intel publishes, as dated documents named as on disk. */
import { type CrlPlan, windowOf, yearlyWindow } from '../crl.js';
import { type IntelAuthorities, PCK_CAS, type PckCa } from './authorities.js';
import { mintCrl } from './form.js';
import { mintQeIdentity, planQeIdentity } from './qe-identity.js';
import { DOCUMENT_DAYS, mintTcbInfo, planTcbInfo } from './tcb-info.js';
import { SIMULATED_FMSPCS } from './tcb-levels.js';

/** A document and the window that it says it holds for. */
export interface DatedDocument {
  readonly bytes: Uint8Array;
  readonly from: Date;
  /** null: it does not say, which only a faulted one does. */
  readonly until: Date | null;
}

/** `tcb_info_<fmspc>.json`, `qe_identity.json`, `<ca>_crl.der`, `root_ca_crl.der`. */
export type DocumentName =
  | `tcb_info_${string}.json`
  | 'qe_identity.json'
  | `${PckCa}_crl.der`
  | 'root_ca_crl.der';

export function tcbInfoName(fmspc: string): DocumentName {
  return `tcb_info_${fmspc}.json`;
}

export const DOCUMENT_NAMES: readonly DocumentName[] = [
  ...SIMULATED_FMSPCS.map(tcbInfoName),
  'qe_identity.json',
  ...PCK_CAS.map((ca): DocumentName => `${ca}_crl.der`),
  'root_ca_crl.der',
];

/** On every list of PCK certificates: the serial number of a platform whose key got out. */
export const REVOKED_SERIAL = 0x0bad_c0de_0000_0000_0000_0000_0000_0000_0000_0001n;

const KEY_COMPROMISE = 1;

/** The list of a PCK authority, for thirty days. */
export function planPckCrl(authorities: IntelAuthorities, ca: PckCa, at: Date): CrlPlan {
  const window = windowOf(at, DOCUMENT_DAYS);
  const { commonName, key } = authorities[ca];
  const revoked = [{ serialNumber: REVOKED_SERIAL, revokedAt: window.thisUpdate, reason: KEY_COMPROMISE }];
  return { issuer: commonName, issuerKey: key, signingKey: key, ...window, revoked };
}

/** The root's list, for one year: none of its certificates was ever revoked. */
export function planRootCrl({ root }: IntelAuthorities, at: Date): CrlPlan {
  return {
    issuer: root.commonName,
    issuerKey: root.key,
    signingKey: root.key,
    ...yearlyWindow(at),
    revoked: [],
  };
}

/** Mints a document for the instant. */
export async function mintDocument(
  authorities: IntelAuthorities,
  name: DocumentName,
  at: Date,
): Promise<DatedDocument> {
  if (name === 'root_ca_crl.der') return mintList(planRootCrl(authorities, at));
  if (name === 'platform_crl.der') return mintList(planPckCrl(authorities, 'platform', at));
  if (name === 'processor_crl.der') return mintList(planPckCrl(authorities, 'processor', at));
  if (name === 'qe_identity.json') {
    const plan = planQeIdentity(authorities, at);
    return { bytes: await mintQeIdentity(plan), from: plan.issueDate, until: plan.nextUpdate };
  }
  const plan = planTcbInfo(authorities, name.slice('tcb_info_'.length, -'.json'.length), at);
  return { bytes: await mintTcbInfo(plan), from: plan.issueDate, until: plan.nextUpdate };
}

export async function mintList(plan: CrlPlan): Promise<DatedDocument> {
  const { der, thisUpdate, nextUpdate } = await mintCrl(plan);
  return { bytes: der, from: thisUpdate, until: nextUpdate };
}

/** True while the document holds. */
export function holdsAt({ from, until }: DatedDocument, at: Date): boolean {
  return from <= at && until !== null && at < until;
}

/** True when a document is past half of its life. */
export function wantsRenewal({ from, until }: DatedDocument, at: Date): boolean {
  return until === null || at.getTime() > (from.getTime() + until.getTime()) / 2;
}
