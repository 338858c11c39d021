/**
 * AMD's revocation lists (AMD 57230, chapter 4; RFC 5280, section 5): signed by the ARK, one under the VCEK
 * address for the ASK, one under the VLEK address for the ASVK. Leaves have serial number 0 and are never listed.
 */
import type { Certificate } from '../../pki/certificate.js';
import { type Crl, crlSignedBy, isNewerCrl, parseCrl, readCrls } from '../../pki/crl.js';
import { MalformedDer } from '../../pki/der.js';
import { withAbsence } from '../../rats/absence.js';
import { checked, failed, notRun, passed } from '../../rats/check.js';
import type { EndorsementAbsence } from '../../rats/endorsement.js';
import type { RevocationMode } from '../../rats/evidence.js';
import { instantText, onceFor } from '../../rats/once.js';
import type { CheckResult } from '../../rats/result.js';
import { countsAt, expectedInGrace, observedInGrace } from '../../rats/staleness.js';
import type { SnpChain } from './chain.js';
import { crlRemedy, crlUrl } from './kds-remedy.js';
import type { SigningKey } from './signer.js';

export interface RevocationRequest {
  readonly chain: SnpChain;
  /** The lists at hand for this product and kind of key, DER. */
  readonly lists: readonly Uint8Array[];
  readonly signingKey: SigningKey;
  readonly at: Date;
  readonly mode: RevocationMode;
  /** Hours past its nextUpdate for which a list counts. */
  readonly staleHours: number;
  /** Why AMD gave no list, or no newer one; null: it was not asked. */
  readonly absence: EndorsementAbsence | null;
}

export interface RevocationFindings {
  /** The list that the verdict rests on; null when there is none to rest on. */
  readonly list: Crl | null;
  /** Whether the newest list is past its nextUpdate. */
  readonly stale: boolean;
  readonly checks: readonly CheckResult[];
}

const SOURCE = 'AMD 57230, chapter 4 (CRL); RFC 5280, section 5';

const CODES = [
  'collateral_unavailable',
  'collateral_malformed',
  'snp_crl_signature_invalid',
  'clock_skew',
  'snp_crl_stale',
  'snp_ca_revoked',
] as const;

export function revocationNotExamined(why: string): RevocationFindings {
  return { list: null, stale: false, checks: CODES.map((code) => notRun(code, SOURCE, why)) };
}

/** Judges by the good list with the highest number; only an absent one may be tolerated. */
export async function examineRevocation(request: RevocationRequest): Promise<RevocationFindings> {
  const { chain, lists, at } = request;
  if (lists.length === 0) return absent(request);
  const { readable, unreadable } = readCrls(lists, parseAmdCrl);
  const signed = await signedBy(readable, chain.ark);
  const begun = signed.filter(({ thisUpdate }) => thisUpdate <= at);
  const list = newestOf(begun, chain);
  const facts = { remedy: crlRemedy(request.signingKey, chain.product) };
  const checks = [
    passed('collateral_unavailable', SOURCE, {
      expected: crlUrl(request.signingKey, chain.product),
      observed: lists.length === 1 ? 'a list is at hand' : `${lists.length} lists are at hand`,
    }),
    checked(readable.length > 0, 'collateral_malformed', SOURCE, {
      ...facts,
      expected: 'a DER list with nextUpdate and number',
      observed: unreadable ?? 'read',
    }),
    readable.length === 0
      ? notRun('snp_crl_signature_invalid', SOURCE, 'no list could be read')
      : checked(signed.length > 0, 'snp_crl_signature_invalid', SOURCE, {
          ...facts,
          expected: `signed by ARK-${chain.product}`,
          observed: signed.length > 0 ? 'the signature holds' : 'not signed by it',
        }),
    signed.length === 0
      ? notRun('clock_skew', SOURCE, 'no list that AMD signed')
      : checked(list !== null, 'clock_skew', SOURCE, {
          expected: `a list issued no later than ${instantText(at)}`,
          observed: `issued ${timesOf(list === null ? signed : [list])}`,
        }),
    ...judgeList(list, request),
  ];
  return {
    list: list !== null && countsAt(at, list.nextUpdate, request.staleHours) ? list : null,
    stale: list !== null && isStale(list, at),
    checks,
  };
}

export function isStale({ nextUpdate }: Crl, at: Date): boolean {
  return !countsAt(at, nextUpdate, 0);
}

/** Whether a list is in force at the instant, or counts for the hours of a grace. `remedy`: how to get a newer one. */
export function staleCheck(
  list: Crl,
  at: Date,
  staleHours: number,
  { remedy, absence }: { readonly remedy: string; readonly absence: EndorsementAbsence | null },
): CheckResult {
  const { nextUpdate } = list;
  const counts = countsAt(at, nextUpdate, staleHours);
  const expected = `nextUpdate not before ${instantText(at)}`;
  const observed = textsOf(list).window;
  if (counts && isStale(list, at)) {
    return passed('snp_crl_stale', SOURCE, {
      expected: expectedInGrace(expected, staleHours),
      observed: observedInGrace(observed, nextUpdate, staleHours),
    });
  }
  return checked(counts, 'snp_crl_stale', SOURCE, {
    expected,
    observed: withAbsence(observed, counts ? null : absence),
    remedy,
  });
}

/** A listed authority is revoked however old the list is; not being listed counts only in one that counts. */
function judgeList(list: Crl | null, request: RevocationRequest): CheckResult[] {
  const { chain, at, signingKey, staleHours, absence } = request;
  if (list === null) {
    const why = 'no list that AMD signed and that had begun';
    return [notRun('snp_crl_stale', SOURCE, why), notRun('snp_ca_revoked', SOURCE, why)];
  }
  const counts = countsAt(at, list.nextUpdate, staleHours);
  const listed = listedBy(list, chain);
  const remedy = crlRemedy(signingKey, chain.product);
  const stale = staleCheck(list, at, staleHours, { remedy, absence });
  const expected = `${chain.authority.subjectCn} and ${chain.ark.subjectCn} not on the list`;
  if (listed !== null) {
    const observed = `${listed.subjectCn} (serial number 0x${listed.serialNumberHex}) is on list ${list.number}`;
    return [stale, failed('snp_ca_revoked', SOURCE, { expected, observed })];
  }
  return [
    stale,
    counts
      ? passed('snp_ca_revoked', SOURCE, { expected, observed: textsOf(list).notOn })
      : notRun('snp_ca_revoked', SOURCE, 'the list is past its nextUpdate', { expected }),
  ];
}

function absent({ chain, signingKey, mode, absence }: RevocationRequest): RevocationFindings {
  const expected = `the list of ${crlUrl(signingKey, chain.product)}`;
  const remedy = crlRemedy(signingKey, chain.product);
  const why = 'no revocation list at hand';
  const missing =
    mode === 'required'
      ? failed('collateral_unavailable', SOURCE, { expected, observed: withAbsence(why, absence), remedy })
      : notRun('collateral_unavailable', SOURCE, `${why}, which best-effort tolerates`, { expected, remedy });
  const others = CODES.slice(1).map((code) => notRun(code, SOURCE, why));
  return { list: null, stale: false, checks: [missing, ...others] };
}

/** AMD numbers its lists, and the number decides which is the newest. Throws MalformedDer. */
export function parseAmdCrl(der: Uint8Array): Crl {
  const list = parseCrl(der);
  if (list.number === null) throw new MalformedDer('a list without number');
  return list;
}

async function signedBy(lists: readonly Crl[], ark: Certificate): Promise<Crl[]> {
  const signed: Crl[] = [];
  for (const list of lists) if (await crlSignedBy(list, ark)) signed.push(list);
  return signed;
}

/** The authority of the chain that the list revokes. */
function listedBy({ revokedSerials }: Crl, { authority, ark }: SnpChain): Certificate | null {
  if (revokedSerials.has(authority.serialNumber)) return authority;
  return revokedSerials.has(ark.serialNumber) ? ark : null;
}

/** By number; of two with one number the one issued later, of two issued at once the one that revokes. */
function newestOf(lists: readonly Crl[], chain: SnpChain): Crl | null {
  const newer = (a: Crl, b: Crl): boolean => {
    if (isNewerCrl(a, b) || isNewerCrl(b, a)) return isNewerCrl(a, b);
    return listedBy(a, chain) !== null && listedBy(b, chain) === null;
  };
  return lists.reduce<Crl | null>((best, list) => (best === null || newer(list, best) ? list : best), null);
}

function timesOf(lists: readonly Crl[]): string {
  return lists.map((list) => textsOf(list).issued).join(', ');
}

/** A list is kept once AMD's signature is seen on it, and so are the words about it. */
const textsOf = onceFor(({ number, thisUpdate, nextUpdate }: Crl) => ({
  issued: thisUpdate.toISOString(),
  window: `list ${number}, nextUpdate ${nextUpdate.toISOString()}`,
  notOn: `not on list ${number}`,
}));
