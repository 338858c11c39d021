/** Genuine TDX quotes with everything that endorses them, as a case to judge, and where their parts lie. */
import type { Endorsement } from '../../src/rats/endorsement.js';
import { tdxScheme } from '../../src/tee/tdx/index.js';
import { ENDORSEMENT_KIND, requirementsOf } from '../../src/tee/tdx/pcs.js';
import type { Case } from './histogram.js';
import { tdxSamples } from './tdx-samples.js';

export interface GenuineQuote {
  readonly slug: string;
  readonly quote: Uint8Array;
  /** The instant that the manifest pins for this sample. */
  readonly pinned: Date;
  /** By the file names of the endorsement layout. */
  readonly collateral: Readonly<Record<string, Uint8Array>>;
  /** Twelve lowercase hex digits. */
  readonly fmspc: string;
}

/** Every entry of kind `tdx-quote`. */
export function genuineQuotes(home: string): readonly GenuineQuote[] {
  return tdxSamples(home).map(({ slug, quote, pinned, collateral, expected }) => ({
    slug,
    quote,
    pinned,
    collateral: Object.fromEntries(Object.entries(collateral)),
    fmspc: expected.pck.fmspc,
  }));
}

/** One endorsement per file, as what the quote asks for; it asks for no chain that it brings itself. */
export function endorsementsOf(
  { fmspc }: Pick<GenuineQuote, 'fmspc'>,
  collateral: GenuineQuote['collateral'],
): readonly Endorsement[] {
  const kinds = Object.values(ENDORSEMENT_KIND);
  return Object.entries(collateral).flatMap(([file, bytes]) => {
    const kind = kinds.find((candidate) => tdxScheme.fileOf(candidate) === file);
    const requirement = requirementsOf(fmspc, 'platform').find((wanted) => wanted.kind === kind);
    return requirement === undefined ? [] : [{ ...requirement, bytes }];
  });
}

export function caseOf(sample: GenuineQuote): Case {
  return {
    type: 'tdx',
    evidence: sample.quote,
    certificates: [],
    endorsements: endorsementsOf(sample, sample.collateral),
    at: sample.pinned,
    revocation: 'required',
  };
}

/** A stretch of a quote: its first byte, and the one behind its last. */
export interface Region {
  readonly from: number;
  readonly to: number;
}

/** Of quotes with a QE report and a PCK chain, which all genuine ones have. In the order of the bytes. */
export interface QuoteRegions {
  readonly header: Region;
  /** Type and size of the body; empty in version 4. */
  readonly descriptor: Region;
  readonly body: Region;
  readonly signatureLength: Region;
  readonly signature: Region;
  readonly attestationKey: Region;
  /** Type and size. */
  readonly outerHead: Region;
  readonly qeReport: Region;
  readonly qeReportSignature: Region;
  readonly qeAuthLength: Region;
  readonly qeAuthData: Region;
  readonly innerHead: Region;
  readonly chain: Region;
  /** Zeros behind the signature data. */
  readonly padding: Region;
}

/** Offsets are this file's own: an independent witness. */
export function regionsOf(quote: Uint8Array): QuoteRegions {
  const view = new DataView(quote.buffer, quote.byteOffset, quote.length);
  let offset = 0;
  const next = (length: number): Region => {
    const from = offset;
    offset += length;
    return { from, to: offset };
  };
  const header = next(48);
  const descriptor = next(view.getUint16(0, true) === 4 ? 0 : 6);
  const body = next(descriptor.to === descriptor.from ? 584 : view.getUint32(descriptor.from + 2, true));
  const signatureLength = next(4);
  const end = offset + view.getUint32(signatureLength.from, true);
  const [signature, attestationKey, outerHead] = [next(64), next(64), next(6)];
  const [qeReport, qeReportSignature, qeAuthLength] = [next(384), next(64), next(2)];
  const qeAuthData = next(view.getUint16(qeAuthLength.from, true));
  const innerHead = next(6);
  const chain = next(end - offset);
  const padding = next(quote.length - end);
  return {
    header,
    descriptor,
    body,
    signatureLength,
    signature,
    attestationKey,
    outerHead,
    qeReport,
    qeReportSignature,
    qeAuthLength,
    qeAuthData,
    innerHead,
    chain,
    padding,
  };
}

/** The quote with another PCK chain, its sizes made to fit. */
export function withChain(quote: Uint8Array, pem: Uint8Array): Uint8Array {
  const { signatureLength, outerHead, innerHead, chain } = regionsOf(quote);
  const copy = Buffer.concat([quote.subarray(0, chain.from), pem, quote.subarray(chain.to)]);
  const grown = pem.length - (chain.to - chain.from);
  for (const offset of [signatureLength.from, outerHead.from + 2, innerHead.from + 2]) {
    copy.writeUInt32LE(copy.readUInt32LE(offset) + grown, offset);
  }
  return new Uint8Array(copy);
}
