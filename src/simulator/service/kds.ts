/**
 * A look-alike of AMD's key distribution service (AMD 57230, chapter 4; paths as go-sev-guest and virtee's tools ask
 * them): certificates in DER, chains in PEM, lists in DER. Any chip has a VCEK but the one of zeros, as for masked
 * chip ids, which the service answers with 404. Media types are those of RFC 2585 and of PEM: no client looks at them.
 */
import { bytesOfHex, hexOf } from '../../bytes/encoding.js';
import {
  certifyAuthorities,
  crlPlanOf,
  type ProductAuthorities,
  type SigningKeyKind,
} from '../amd/authorities.js';
import { chipKeyOf } from '../amd/chip-key.js';
import { mintCrl } from '../amd/crl.js';
import { mintLeaf, planLeaf } from '../amd/leaf.js';
import {
  encodeTcb,
  isProduct,
  PRODUCT_LINES,
  type ProductName,
  type TcbVersion,
} from '../amd/product-line.js';
import type { SimulatedAmd } from '../amd/vendor.js';
import { pemOf, yearsFrom } from '../certificate.js';
import { daysAfter, type Issue, Issued, isOfToday, issuedFor, startOfDay } from './issue.js';
import { type Declined, declinedReply, documentReply, type Reply, single, textOf } from './reply.js';

export type KdsRequest =
  | {
      readonly kind: 'vcek';
      readonly product: ProductName;
      /** 64 or 8 bytes. */
      readonly chipId: Uint8Array;
      readonly tcb: TcbVersion;
    }
  | { readonly kind: 'chain' | 'crl'; readonly product: ProductName; readonly key: SigningKeyKind };

/** Days that lists hold: about a year, on Turin six weeks. */
const LIST_DAYS: Readonly<Record<ProductName, number>> = { Milan: 365, Genoa: 365, Turin: 42 };
const LEAF_DAYS = 7 * 366;
const MOST_LEAVES = 10_000;
const MOST_LISTS = 200;

const LEVELS = ['fmcSPL', 'blSPL', 'teeSPL', 'snpSPL', 'ucodeSPL'] as const;

const UNKNOWN: Declined = { status: 404, why: 'there is nothing of that name' };

/** Null: no path of this service. */
export function readKdsRequest({ pathname, searchParams }: URL): KdsRequest | Declined | null {
  const [, family, product, what] = /^\/(vcek|vlek)\/v1\/([^/]+)\/([^/]+)$/u.exec(pathname) ?? [];
  if (family === undefined || product === undefined || what === undefined) return null;
  if (!isProduct(product)) return UNKNOWN;
  const key: SigningKeyKind = family === 'vcek' ? 'VCEK' : 'VLEK';
  if (what === 'cert_chain') return { kind: 'chain', product, key };
  if (what === 'crl') return { kind: 'crl', product, key };
  if (key === 'VLEK') return { status: 401, why: 'a VLEK is for providers, who have a credential' };
  return readVcekRequest(product, what, searchParams);
}

function readVcekRequest(product: ProductName, hwId: string, query: URLSearchParams): KdsRequest | Declined {
  const chipId = bytesOfHex(hwId);
  if (chipId?.length !== PRODUCT_LINES[product].chipIdLength) {
    return { status: 400, why: `a chip of ${product} has another form of hwID` };
  }
  if (product !== 'Turin' && query.has('fmcSPL')) return { status: 400, why: `${product} has no fmcSPL` };
  const levels: number[] = [];
  for (const name of LEVELS) {
    const level = readLevel(query, name);
    if (typeof level !== 'number') return level;
    levels.push(level);
  }
  if (chipId.every((byte) => byte === 0)) return { status: 404, why: 'no chip has this hwID' };
  const [fmc = 0, bootloader = 0, tee = 0, snp = 0, microcode = 0] = levels;
  return { kind: 'vcek', product, chipId, tcb: { fmc, bootloader, tee, snp, microcode } };
}

/** Decimal, zeros in front allowed; one that is not given is 0 (57230, 4.1). */
function readLevel(query: URLSearchParams, name: string): number | Declined {
  const text = single(query, name);
  if (text === null) return 0;
  if (typeof text !== 'string') return text;
  const level = /^\d{1,3}$/u.test(text) ? Number(text) : Number.NaN;
  return level <= 255 ? level : { status: 400, why: `${name} is 0 to 255` };
}

export type Kds = (request: KdsRequest, issue: Issue) => Promise<Reply>;

export function createKds(amd: SimulatedAmd): Kds {
  const leaves = new Issued<Uint8Array>(MOST_LEAVES);
  const lists = new Issued<Uint8Array>(MOST_LISTS);
  const lineOf = (product: ProductName) => amd.products.get(product);
  /** A line beside this one; this one where there is no other. */
  const otherLine = (product: ProductName) =>
    [...amd.products.keys()].find((name) => name !== product) ?? product;

  return async (asked, issue) => {
    const request = issue.another ? anotherThan(asked, otherLine) : asked;
    const authorities = lineOf(request.product);
    if (authorities === undefined) return declinedReply(UNKNOWN);
    switch (request.kind) {
      case 'vcek':
        return documentReply('application/pkix-cert', await leafOf(authorities, request, issue, leaves));
      case 'chain':
        return documentReply(
          'application/x-pem-file',
          textOf(await chainOf(authorities, request.key, issue)),
        );
      case 'crl':
        return documentReply('application/pkix-crl', await listOf(authorities, request.key, issue, lists));
    }
  };
}

function anotherThan(request: KdsRequest, otherLine: (product: ProductName) => ProductName): KdsRequest {
  if (request.kind !== 'vcek') return { ...request, product: otherLine(request.product) };
  return { ...request, chipId: request.chipId.map((byte) => byte ^ 0xff) };
}

/** The same bytes for a chip and TCB through a calendar year, and the same key for ever. */
function leafOf(
  authorities: ProductAuthorities,
  { product, chipId, tcb }: Extract<KdsRequest, { kind: 'vcek' }>,
  issue: Issue,
  leaves: Issued<Uint8Array>,
): Promise<Uint8Array> {
  const at = startOfYear(issuedFor(issue, LEAF_DAYS));
  const key = [product, hexOf(chipId), hexOf(encodeTcb(product, tcb)), at.toISOString()].join(' ');
  return leaves.once(key, () => {
    const subject = { at, product, reportedTcb: tcb, chipId, cspId: '', signingKey: 'VCEK' } as const;
    return mintLeaf(planLeaf(subject, authorities), chipKeyOf(authorities, chipId, tcb));
  });
}

/** ASK or ASVK first, then ARK. */
async function chainOf(
  authorities: ProductAuthorities,
  key: SigningKeyKind,
  { now, expired }: Issue,
): Promise<string> {
  const { product, ark, ask, asvk } = authorities;
  const keys = { ark: ark.key, ask: ask.key, asvk: asvk.key };
  // Of twenty years ago, by the same root, whose own certificate is the anchor and cannot be replaced.
  const shown = expired ? await certifyAuthorities(product, yearsFrom(now, -21), keys) : authorities;
  return pemOf((key === 'VCEK' ? shown.ask : shown.asvk).certificate) + pemOf(ark.certificate);
}

function listOf(
  { product, ark, crls }: ProductAuthorities,
  key: SigningKeyKind,
  issue: Issue,
  lists: Issued<Uint8Array>,
): Promise<Uint8Array> {
  const days = LIST_DAYS[product];
  const at = issuedFor(issue, days);
  const stored = key === 'VCEK' ? crls.vcek : crls.vlek;
  if (isOfToday(stored.thisUpdate, at)) return Promise.resolve(stored.der);
  const thisUpdate = startOfDay(at);
  return lists.once([product, key, thisUpdate.toISOString()].join(' '), async () => {
    const plan = { ...crlPlanOf(product, ark, key), thisUpdate, nextUpdate: daysAfter(thisUpdate, days) };
    return (await mintCrl(plan)).der;
  });
}

function startOfYear(at: Date): Date {
  return new Date(Date.UTC(at.getUTCFullYear(), 0, 1));
}
