/**
 * Intel's revocation lists (Intel SGX PCK certificate and CRL profile specification, section 2; RFC 5280, section
 * 5): the root's names authorities and TCB signing certificates, that of the Platform or Processor CA names PCKs.
 */
import type { Certificate } from '../../pki/certificate.js';
import { type Crl, crlSignedBy, isNewerCrl, readCrls } from '../../pki/crl.js';
import { checked, failed, notRun, passed } from '../../rats/check.js';
import type { EndorsementRequirement } from '../../rats/endorsement.js';
import type { RevocationMode } from '../../rats/evidence.js';
import { onceFor } from '../../rats/once.js';
import type { RefusalCode } from '../../rats/refusal.js';
import type { CheckResult } from '../../rats/result.js';
import { countsAt } from '../../rats/staleness.js';
import type { CollateralProblem } from './collateral-problems.js';
import type { PckChain } from './pck-chain.js';
import { ENDORSEMENT_KIND, SUBJECT_INTEL } from './pcs.js';
import { PCK_CRL_DOCUMENTS, ROOT_CRL_DOCUMENT, type VendorDocument } from './pcs-document.js';

export interface RevocationRequest {
  readonly chain: PckChain;
  /** Who signed TCB info and QE identity, as far as that is known. */
  readonly signers: readonly Certificate[];
  /** The lists at hand, DER. */
  readonly rootLists: readonly Uint8Array[];
  readonly pckLists: readonly Uint8Array[];
  readonly at: Date;
  readonly mode: RevocationMode;
  /** Hours past its nextUpdate for which a list counts. */
  readonly staleHours: number;
}

export interface RevocationFindings {
  /** The lists that the verdict rests on; null when there is none. */
  readonly root: Crl | null;
  readonly pck: Crl | null;
  /** Of the signers, those on the root's list. */
  readonly revokedSigners: readonly Certificate[];
  readonly checks: readonly CheckResult[];
  readonly problems: readonly CollateralProblem[];
}

const SOURCE = 'Intel SGX PCK certificate and CRL profile specification, section 2; RFC 5280, section 5';
const CODES = [
  'tdx_crl_signature_invalid',
  'tdx_pck_revoked',
  'tdx_pck_ca_revoked',
  'tdx_tcb_signing_revoked',
] as const satisfies readonly RefusalCode[];

export function revocationNotExamined(why: string): RevocationFindings {
  return {
    root: null,
    pck: null,
    revokedSigners: [],
    checks: CODES.map((code) => notRun(code, SOURCE, why)),
    problems: [],
  };
}

/** Judges by the newest good list of each kind; only absent ones may be tolerated. */
export async function examineRevocation(request: RevocationRequest): Promise<RevocationFindings> {
  const { chain, signers, at } = request;
  const rootList = {
    document: ROOT_CRL_DOCUMENT,
    requirement: { kind: ENDORSEMENT_KIND.rootCrl, subject: SUBJECT_INTEL },
  };
  const root = await examineLists(request.rootLists, chain.root, rootList, request);
  // The key that issued the PCK, and no other of that name: a list of another key is about other certificates.
  const pckList = {
    document: PCK_CRL_DOCUMENTS[chain.issuedBy],
    requirement: { kind: ENDORSEMENT_KIND.pckCrl, subject: chain.issuedBy },
  };
  const pck = await examineLists(request.pckLists, chain.ca, pckList, request);
  const unsigned = [root, pck].flatMap(({ unsigned }) => unsigned ?? []);
  const examined = [root, pck].some(({ newest }) => newest !== null);
  return {
    root: root.inForce,
    pck: pck.inForce,
    revokedSigners: signers.filter((signer) => isListed(signer, root)),
    problems: [...root.problems, ...pck.problems],
    checks: [
      unsigned.length === 0 && !examined
        ? notRun('tdx_crl_signature_invalid', SOURCE, 'no list that could be read')
        : checked(unsigned.length === 0, 'tdx_crl_signature_invalid', SOURCE, {
            expected: 'lists with number and authority key identifier, signed by their issuer',
            observed: unsigned.length === 0 ? 'the signatures hold' : unsigned.join('; '),
          }),
      judge('tdx_pck_revoked', [chain.leaf], pck, at),
      judge('tdx_pck_ca_revoked', [chain.ca], root, at),
      signers.length === 0
        ? notRun('tdx_tcb_signing_revoked', SOURCE, 'no signing certificate that leads to the root')
        : judge('tdx_tcb_signing_revoked', signers, root, at),
    ],
  };
}

/** However old the list is. */
function isListed({ serialNumber }: Certificate, { newest }: ListFindings): boolean {
  return newest?.revokedSerials.has(serialNumber) === true;
}

interface ListFindings {
  /** The newest one that its issuer signed and that has begun. */
  readonly newest: Crl | null;
  /** The same, unless it is past its end and every grace. */
  readonly inForce: Crl | null;
  /** Why none counts as the issuer's; null: one does, or none could be read. */
  readonly unsigned: string | null;
  readonly problems: readonly CollateralProblem[];
}

interface WantedList {
  readonly document: VendorDocument;
  readonly requirement: EndorsementRequirement;
}

async function examineLists(
  ders: readonly Uint8Array[],
  issuer: Certificate,
  { document, requirement }: WantedList,
  { at, mode, staleHours }: Pick<RevocationRequest, 'at' | 'mode' | 'staleHours'>,
): Promise<ListFindings> {
  const none = { newest: null, inForce: null, unsigned: null } as const;
  const problem = (code: CollateralProblem['code'], why: string): CollateralProblem => ({
    code,
    document,
    requirement,
    why,
  });
  if (ders.length === 0) {
    const absent = problem('collateral_unavailable', 'none at hand');
    return { ...none, problems: [mode === 'required' ? absent : { ...absent, tolerated: true }] };
  }
  const { readable: lists, unreadable: why } = readCrls(ders);
  const [first] = lists;
  if (first === undefined)
    return { ...none, problems: [problem('collateral_malformed', why ?? 'unreadable')] };
  const signed = await signedBy(lists, issuer);
  const newest = newestOf(signed.filter(({ thisUpdate }) => thisUpdate <= at));
  // An unsigned list is nobody's word; that it is old besides is still worth saying.
  const judged = newest ?? signed[0] ?? first;
  const { nextUpdate } = judged;
  const current = countsAt(at, nextUpdate, 0);
  const early = judged.thisUpdate > at;
  return {
    newest,
    inForce: countsAt(at, nextUpdate, staleHours) ? newest : null,
    unsigned: signed.length > 0 ? null : `${document.name} ${objectionTo(first)}`,
    problems: [
      ...(early ? [problem('clock_skew', `issued ${judged.thisUpdate.toISOString()}`)] : []),
      ...(current
        ? []
        : [{ ...problem('tdx_crl_stale', `nextUpdate ${nextUpdate.toISOString()}`), nextUpdate }]),
    ],
  };
}

/** Intel's lists always say number and key; one that does not is not taken for Intel's. */
async function signedBy(lists: readonly Crl[], issuer: Certificate): Promise<Crl[]> {
  const signed: Crl[] = [];
  for (const list of lists) {
    if (list.number === null || list.authorityKeyId === null) continue;
    if (await crlSignedBy(list, issuer)) signed.push(list);
  }
  return signed;
}

function newestOf(lists: readonly Crl[]): Crl | null {
  return lists.reduce<Crl | null>((best, one) => (best === null || isNewerCrl(one, best) ? one : best), null);
}

function objectionTo({ number, authorityKeyId }: Crl): string {
  if (number === null) return 'has no number';
  return authorityKeyId === null ? 'does not name its key' : 'is not signed by its issuer';
}

/** Several entries name a list. */
const issuedText = onceFor((list: Crl): string => `the list of ${list.thisUpdate.toISOString()}`);
const notOnText = onceFor((list: Crl): string => `not on ${issuedText(list)}`);

function unlistedText(certificates: readonly Certificate[]): string {
  const [first, ...more] = certificates;
  if (first !== undefined && more.every(({ subjectCn }) => subjectCn === first.subjectCn)) {
    return unlistedOne(first);
  }
  return `${[...new Set(certificates.map(({ subjectCn }) => subjectCn))].join(', ')} not on the list`;
}

const unlistedOne = onceFor(({ subjectCn }: Certificate): string => `${subjectCn ?? ''} not on the list`);

/** A listed certificate is revoked however old the list is; not being listed counts only in one that counts. */
function judge(
  code: (typeof CODES)[number],
  certificates: readonly Certificate[],
  { newest, inForce }: ListFindings,
  at: Date,
): CheckResult {
  const expected = unlistedText(certificates);
  if (newest === null)
    return notRun(code, SOURCE, 'no list that its issuer signed and that had begun', { expected });
  const listed = certificates.find(({ serialNumber }) => newest.revokedSerials.has(serialNumber));
  const issued = issuedText(newest);
  if (listed !== undefined) {
    const observed = `serial number 0x${listed.serialNumberHex} is on ${issued}`;
    return failed(code, SOURCE, { expected, observed });
  }
  if (inForce === null) {
    return notRun(code, SOURCE, `${issued} is past its nextUpdate at ${at.toISOString()}`, { expected });
  }
  return passed(code, SOURCE, { expected, observed: notOnText(newest) });
}
