/**
 * A look-alike of Intel's provisioning certification service (PCS API, version 4), of a cache server in its place, and
 * of the host that has the root's list. Paths, parameters, status codes and headers are those of Intel's documentation;
 * clients by others (go-tdx-guest, dcap-qvl) and Intel's own cache server agree on them. The cache server answers
 * `rootcacrl` with hex text under the media type of PEM.
 */
import { chainOf, PCK_CAS, type PckCa } from '../intel/authorities.js';
import { SIMULATED_FMSPCS } from '../intel/tcb-levels.js';
import type { SimulatedIntel } from '../intel/vendor.js';
import type { Issue } from './issue.js';
import { createPcsDocuments, type Edition } from './pcs-documents.js';
import { numberOn, type Recovery } from './recovery.js';
import {
  type Declined,
  declinedReply,
  documentReply,
  inHeader,
  isDeclined,
  type Reply,
  single,
  textOf,
} from './reply.js';

type Fmspc = (typeof SIMULATED_FMSPCS)[number];

export type PcsRequest =
  | { readonly kind: 'tcb-info'; readonly fmspc: Fmspc; readonly edition: Edition }
  | { readonly kind: 'identity'; readonly edition: Edition }
  | { readonly kind: 'evaluation-numbers'; readonly id: 'TDX' | 'SGX' }
  | { readonly kind: 'pck-crl'; readonly ca: PckCa; readonly encoding: 'der' | 'pem' }
  | { readonly kind: 'root-crl'; readonly encoding: 'der' | 'hex' }
  | { readonly kind: 'fmspcs' };

const INVALID: Declined = { status: 400, why: 'a parameter is missing or of another form' };
const NOT_FOUND: Declined = { status: 404, why: 'there is nothing of that name' };

/** Null: no path of this service. */
export function readPcsRequest({ pathname, searchParams }: URL): PcsRequest | Declined | null {
  if (pathname === '/IntelSGXRootCA.der') return { kind: 'root-crl', encoding: 'der' };
  const [, tee, what] = /^\/(sgx|tdx)\/certification\/v4\/(.+)$/u.exec(pathname) ?? [];
  if (tee === undefined || what === undefined) return null;
  switch (`${tee}/${what}`) {
    case 'tdx/tcb':
      return readTcbInfoRequest(searchParams);
    case 'tdx/qe/identity': {
      const edition = readEdition(searchParams);
      return isDeclined(edition) ? edition : { kind: 'identity', edition };
    }
    case 'sgx/pckcrl':
      return readPckCrlRequest(searchParams);
    case 'sgx/rootcacrl':
      return { kind: 'root-crl', encoding: 'hex' };
    case 'sgx/tcbevaluationdatanumbers':
      return { kind: 'evaluation-numbers', id: 'SGX' };
    case 'tdx/tcbevaluationdatanumbers':
      return { kind: 'evaluation-numbers', id: 'TDX' };
    case 'sgx/fmspcs':
      return { kind: 'fmspcs' };
    default:
      return NOT_FOUND;
  }
}

function readTcbInfoRequest(query: URLSearchParams): PcsRequest | Declined {
  const text = single(query, 'fmspc');
  if (typeof text !== 'string' || !/^[0-9a-fA-F]{12}$/u.test(text)) return INVALID;
  const edition = readEdition(query);
  if (isDeclined(edition)) return edition;
  const fmspc = SIMULATED_FMSPCS.find((known) => known === text.toLowerCase());
  return fmspc === undefined
    ? { status: 404, why: 'there is no TCB info for this FMSPC' }
    : { kind: 'tcb-info', fmspc, edition };
}

/** `update` and `tcbEvaluationDataNumber` exclude each other. */
function readEdition(query: URLSearchParams): Edition | Declined {
  const update = single(query, 'update');
  const number = single(query, 'tcbEvaluationDataNumber');
  if (number === null) {
    if (update === null) return { track: 'standard' };
    return update === 'early' || update === 'standard' ? { track: update } : INVALID;
  }
  const fits = update === null && typeof number === 'string' && /^\d{1,9}$/u.test(number);
  return fits ? { number: Number(number) } : INVALID;
}

function readPckCrlRequest(query: URLSearchParams): PcsRequest | Declined {
  const named = single(query, 'ca');
  const encoding = single(query, 'encoding') ?? 'pem';
  const ca = PCK_CAS.find((known) => known === named);
  return ca === undefined || (encoding !== 'der' && encoding !== 'pem')
    ? INVALID
    : { kind: 'pck-crl', ca, encoding };
}

export type Pcs = (request: PcsRequest, issue: Issue) => Promise<Reply>;

export function createPcs(intel: SimulatedIntel, recoveries: () => readonly Recovery[]): Pcs {
  const documents = createPcsDocuments(intel, recoveries);
  const { authorities } = intel;
  const chain = (of: 'tcbSigning' | PckCa) =>
    inHeader(chainOf(authorities[of].certificate, authorities.root.certificate));
  const json = (header: string, body: Uint8Array): Reply => ({
    status: 200,
    headers: { 'Content-Type': 'application/json', [header]: chain('tcbSigning') },
    body,
  });

  return async (request, issue) => {
    switch (request.kind) {
      case 'tcb-info': {
        const gone = unavailable(request.edition, recoveries(), issue.now);
        if (gone !== null) return declinedReply(gone);
        const fmspc = issue.another ? otherFmspc(request.fmspc) : request.fmspc;
        return json('TCB-Info-Issuer-Chain', await documents.tcbInfo(fmspc, request.edition, issue));
      }
      case 'identity': {
        const gone = unavailable(request.edition, recoveries(), issue.now);
        if (gone !== null) return declinedReply(gone);
        const identity = await documents.identity(issue.another ? 'QE' : 'TD_QE', request.edition, issue);
        return json('SGX-Enclave-Identity-Issuer-Chain', identity);
      }
      case 'evaluation-numbers': {
        const other = request.id === 'TDX' ? 'SGX' : 'TDX';
        const numbers = await documents.evaluationNumbers(issue.another ? other : request.id, issue);
        return json('TCB-Evaluation-Data-Numbers-Issuer-Chain', numbers);
      }
      case 'pck-crl': {
        const ca = issue.another ? otherCa(request.ca) : request.ca;
        const list = await documents.pckCrl(ca, issue);
        const reply =
          request.encoding === 'der'
            ? documentReply('application/pkix-crl', list)
            : documentReply('application/x-pem-file', textOf(pemOfCrl(list)));
        return { ...reply, headers: { ...reply.headers, 'SGX-PCK-CRL-Issuer-Chain': chain(ca) } };
      }
      case 'root-crl': {
        const list = await (issue.another ? documents.pckCrl('platform', issue) : documents.rootCrl(issue));
        return request.encoding === 'der'
          ? documentReply('application/pkix-crl', list)
          : documentReply('application/x-pem-file', textOf(Buffer.from(list).toString('hex')));
      }
      case 'fmspcs':
        return documentReply('application/json', textOf(JSON.stringify(FMSPCS)));
    }
  };
}

const FMSPCS = SIMULATED_FMSPCS.map((fmspc) => ({ fmspc: fmspc.toUpperCase(), platform: 'E5' }));

/** A number that is not announced yet is unknown, one long replaced is withdrawn. */
function unavailable(edition: Edition, recoveries: readonly Recovery[], now: Date): Declined | null {
  if (!('number' in edition)) return null;
  if (edition.number > numberOn('early', recoveries, now)) return NOT_FOUND;
  const oldest = numberOn('standard', recoveries, now) - 1;
  return edition.number < oldest ? { status: 410, why: 'this evaluation number is withdrawn' } : null;
}

function otherFmspc(fmspc: Fmspc): Fmspc {
  return SIMULATED_FMSPCS.find((known) => known !== fmspc) ?? fmspc;
}

function otherCa(ca: PckCa): PckCa {
  return ca === 'platform' ? 'processor' : 'platform';
}

function pemOfCrl(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/gu) ?? [];
  return `-----BEGIN X509 CRL-----\n${lines.join('\n')}\n-----END X509 CRL-----\n`;
}
