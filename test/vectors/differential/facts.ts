/**
 * What a mutant is, read without the verifier: so that a disagreement is explained by the material and not by
 * what either side says of it. Sizes are as announced, and what does not add up is counted.
 */
import { createHash, createPublicKey, verify, X509Certificate } from 'node:crypto';
import * as pkijs from 'pkijs';
import { parseCertificate } from '../../../src/pki/certificate.js';
import { type PckFacts, readPck } from '../../../src/tee/tdx/pck.js';
import { type Material, splitDocument } from './opinions.js';

export interface QuoteFacts {
  readonly qeVendorId: string;
  /** Bytes that no announced size accounts for, and bytes behind the quote that are not zero. */
  readonly unaccounted: number;
  /** Version 5: the size that the descriptor announces is that of its type. */
  readonly bodySizeFits: boolean;
  readonly outerType: number;
  readonly teeTcbSvn: Uint8Array;
  readonly teeTcbSvn2: Uint8Array | null;
  readonly mrSignerSeam: Uint8Array;
  readonly seamAttributes: Uint8Array;
  readonly tdAttributes: bigint;
  readonly mrServiceTd: Uint8Array | null;
  readonly authDataLength: number;
  readonly qe: {
    readonly miscSelect: number;
    readonly attributes: Uint8Array;
    readonly isvSvn: number;
    /** REPORTDATA begins with the hash, and what follows is zero. */
    readonly hashFits: boolean;
    readonly padded: boolean;
  };
  readonly chain: Uint8Array;
}

export interface ListFacts {
  readonly there: boolean;
  readonly readable: boolean;
  /** By its issuer, with number and authority key identifier. */
  readonly signed: boolean;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
}

export interface Level {
  readonly tcb: {
    readonly sgxtcbcomponents: readonly { readonly svn: number }[];
    readonly tdxtcbcomponents: readonly { readonly svn: number }[];
    readonly pcesvn: number;
  };
  readonly tcbDate: string;
  readonly tcbStatus: string;
  readonly advisoryIDs?: readonly string[];
}

export interface SvnLevel extends Omit<Level, 'tcb'> {
  readonly tcb: { readonly isvsvn: number };
}

export interface Info {
  readonly id: string;
  readonly version: number;
  readonly fmspc: string;
  readonly pceId: string;
  readonly tcbType: number;
  readonly tdxModule: { readonly mrsigner: string; readonly attributes: string };
  readonly tdxModuleIdentities?: readonly {
    readonly id: string;
    readonly mrsigner: string;
    readonly attributes: string;
    readonly tcbLevels: readonly SvnLevel[];
  }[];
  readonly tcbLevels: readonly Level[];
}

export interface Identity {
  readonly id: string;
  readonly version: number;
  readonly miscselect: string;
  readonly miscselectMask: string;
  readonly attributes: string;
  readonly attributesMask: string;
  readonly tcbLevels: readonly SvnLevel[];
}

export interface Facts {
  readonly quote: QuoteFacts;
  /** Of the first certificate in the quote. */
  readonly pck: PckFacts;
  /** As PEM blocks in the quote; anything else around them makes the text odd. */
  readonly pckChain: PemFacts;
  readonly signingChain: PemFacts;
  readonly info: Info;
  readonly identity: Identity;
  /** The documents as text, signature included. */
  readonly infoText: string;
  readonly identityText: string;
  readonly rootList: ListFacts;
  readonly pckList: ListFacts;
  readonly at: Date;
}

export interface PemFacts {
  readonly certificates: readonly X509Certificate[];
  /** The blocks, written anew, are the very text. */
  readonly canonical: boolean;
  /** Blocks and space. */
  readonly nothingElse: boolean;
}

/** For material that at least one verifier accepts; throws for what nobody could read. */
export function factsOf({ evidence, documents, at, anchors }: Material): Facts {
  const quote = quoteFactsOf(evidence);
  const pckChain = pemFactsOf(quote.chain);
  const [leaf, ca] = pckChain.certificates;
  const [root] = anchors.vendors.intel?.roots ?? [];
  if (leaf === undefined || ca === undefined || root === undefined) throw new Error('no chain');
  return {
    quote,
    pck: readPck(parseCertificate(leaf.raw)),
    pckChain,
    signingChain: pemFactsOf(documents.tcbSigningChain ?? new Uint8Array()),
    info: JSON.parse(splitDocument(documents.tcbInfo, 'tcbInfo').text),
    identity: JSON.parse(splitDocument(documents.qeIdentity, 'enclaveIdentity').text),
    infoText: Buffer.from(documents.tcbInfo ?? []).toString('utf8'),
    identityText: Buffer.from(documents.qeIdentity ?? []).toString('utf8'),
    rootList: listFactsOf(documents.rootCrl, new X509Certificate(root)),
    pckList: listFactsOf(documents.pckCrl, ca),
    at,
  };
}

const BODY_SIZES: Readonly<Record<number, number>> = { 2: 584, 3: 648 };

function quoteFactsOf(evidence: Uint8Array): QuoteFacts {
  const bytes = Buffer.from(evidence);
  const version = bytes.readUInt16LE(0);
  const type = version === 5 ? bytes.readUInt16LE(48) : 2;
  const size = BODY_SIZES[type] ?? 0;
  const bodyAt = version === 5 ? 54 : 48;
  const body = bytes.subarray(bodyAt, bodyAt + size);
  const dataAt = bodyAt + size + 4;
  const data = bytes.subarray(dataAt, dataAt + bytes.readUInt32LE(dataAt - 4));
  const outer = data.subarray(134, 134 + data.readUInt32LE(130));
  const report = outer.subarray(0, 384);
  const authDataLength = outer.readUInt16LE(448);
  const innerAt = 450 + authDataLength;
  const chain = outer.subarray(innerAt + 6, innerAt + 6 + outer.readUInt32LE(innerAt + 2));
  const rest = bytes.subarray(dataAt + data.length);
  const hash = createHash('sha256')
    .update(data.subarray(64, 128))
    .update(outer.subarray(450, innerAt))
    .digest();
  const later = (from: number, to: number) => (type === 3 ? body.subarray(from, to) : null);
  return {
    qeVendorId: bytes.toString('hex', 12, 28),
    unaccounted:
      data.length -
      134 -
      outer.length +
      (outer.length - innerAt - 6 - chain.length) +
      rest.filter((byte) => byte !== 0).length,
    bodySizeFits: version === 4 || bytes.readUInt32LE(50) === size,
    outerType: data.readUInt16LE(128),
    teeTcbSvn: body.subarray(0, 16),
    teeTcbSvn2: later(0x248, 0x258),
    mrSignerSeam: body.subarray(0x40, 0x70),
    seamAttributes: body.subarray(0x70, 0x78),
    tdAttributes: body.readBigUInt64LE(0x78),
    mrServiceTd: later(0x258, 0x288),
    authDataLength,
    qe: {
      miscSelect: report.readUInt32LE(16),
      attributes: report.subarray(48, 64),
      isvSvn: report.readUInt16LE(258),
      hashFits: report.subarray(320, 352).equals(hash),
      padded: report.subarray(352).every((byte) => byte === 0),
    },
    chain,
  };
}

const BLOCK = /-----BEGIN CERTIFICATE-----\r?\n?([A-Za-z0-9+/=\r\n]+)-----END CERTIFICATE-----/gu;

function pemFactsOf(pem: Uint8Array): PemFacts {
  const text = Buffer.from(pem).toString('latin1').replace(/\0$/u, '');
  const ders = [...text.matchAll(BLOCK)].map(([, body = '']) =>
    Buffer.from(body.replace(/\s/gu, ''), 'base64'),
  );
  const certificates = ders.map((der) => new X509Certificate(der));
  return {
    certificates,
    canonical: certificates.map(String).join('') === text,
    nothingElse: text.replaceAll(BLOCK, '').trim() === '',
  };
}

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';

function listFactsOf(der: Uint8Array | null, issuer: X509Certificate): ListFacts {
  const none = { there: der !== null, readable: false, signed: false };
  const never = { thisUpdate: new Date(Number.NaN), nextUpdate: new Date(Number.NaN) };
  if (der === null) return { ...none, ...never };
  try {
    const list = pkijs.CertificateRevocationList.fromBER(Uint8Array.from(der));
    const key = createPublicKey(issuer.publicKey.export({ format: 'pem', type: 'spki' }));
    const algorithms = [list.signature.algorithmId, list.signatureAlgorithm.algorithmId];
    const oids = (list.crlExtensions?.extensions ?? []).map(({ extnID }) => extnID);
    return {
      there: true,
      readable: list.nextUpdate !== undefined,
      signed:
        verify('sha256', list.tbsView, key, list.signatureValue.valueBlock.valueHexView) &&
        algorithms.every((oid) => oid === ECDSA_WITH_SHA256) &&
        oids.includes('2.5.29.20') &&
        oids.includes('2.5.29.35'),
      thisUpdate: list.thisUpdate.value,
      nextUpdate: list.nextUpdate?.value ?? new Date(Number.NaN),
    };
  } catch {
    return { ...none, ...never };
  }
}
