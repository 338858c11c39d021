/** The TEEs of this build, and which of them some bytes belong to. */
import type { ParsedEvidence, Tee } from '../rats/evidence.js';
import { refuse } from '../rats/refusal.js';
import type { JsonObject } from '../rats/result.js';
import type { Scheme, UnwrappedEvidence } from './scheme.js';
import { snpScheme } from './snp/index.js';

export const SCHEMES: readonly Scheme[] = [snpScheme];

export const AUTO = 'auto';

/** Wire names that the API reserves for a TEE which this build does not verify. */
const ANNOUNCED: readonly Tee[] = ['tdx', 'az-tdx'];

const TDX_TEE_TYPE = 0x81;
/** Of a quote's header (Intel TDX DCAP quoting library API, A.3): enough to see version and TEE type. */
const QUOTE_HEADER_SEEN = 8;

/**
 * Bytes to ParsedEvidence. `type`: `auto` or a wire name; `certificates`: DER or PEM blobs given beside the
 * evidence. Throws refusals of stage `parse`, `evidence_type_unknown` when nothing here verifies the bytes or
 * they are of another type than named.
 */
export function parseEvidence(
  type: string,
  bytes: Uint8Array,
  certificates: readonly Uint8Array[],
): ParsedEvidence {
  const { scheme, unwrapped } = unwrap(type, bytes);
  const evidence = scheme.parse(unwrapped, certificates);
  requireType(type, evidence.tee);
  return evidence;
}

/** Decodes for display; nothing is verified. */
export function inspectEvidence(
  type: string,
  bytes: Uint8Array,
): { readonly tee: Tee; readonly envelope: string; readonly decoded: JsonObject } {
  const { scheme, unwrapped } = unwrap(type, bytes);
  const tee = teeOf(scheme, unwrapped);
  requireType(type, tee);
  return { tee, envelope: unwrapped.envelope, decoded: scheme.inspect(unwrapped) };
}

function unwrap(type: string, bytes: Uint8Array): { scheme: Scheme; unwrapped: UnwrappedEvidence } {
  const scheme = schemeFor(type, bytes);
  return { scheme, unwrapped: scheme.unwrap(bytes) };
}

function schemeFor(type: string, bytes: Uint8Array): Scheme {
  if (ANNOUNCED.includes(type)) unknownType(`Evidence of type ${type} is not verified by this build`);
  const named = SCHEMES.find(({ types }) => types.includes(type));
  if (type !== AUTO && named === undefined) unknownType('The named type is not known');
  const foreign = foreignForm(bytes);
  if (foreign !== null) unknownType(`The bytes are ${foreign}`);
  const recognised = SCHEMES.find((scheme) => scheme.recognises(bytes));
  return named ?? recognised ?? unknownType('The bytes have no form of evidence that is known');
}

/** Azure's envelope makes another type of what is inside it. */
function teeOf(scheme: Scheme, { runtimeClaims }: UnwrappedEvidence): Tee {
  return runtimeClaims === null ? scheme.tee : `az-${scheme.tee}`;
}

function requireType(type: string, tee: Tee): void {
  if (type !== AUTO && type !== tee)
    unknownType(`The bytes are evidence of type ${tee}, and ${type} was named`);
}

/** Forms that are recognised in order to be refused in words. */
function foreignForm(bytes: Uint8Array): string | null {
  if (bytes.length === 0) return 'none: the evidence is empty';
  if (bytes.length >= QUOTE_HEADER_SEEN) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const version = view.getUint16(0, true);
    const teeType = view.getUint32(4, true);
    if ((version === 4 || version === 5) && teeType === TDX_TEE_TYPE && view.getUint16(2, true) !== 0) {
      return 'an Intel TDX quote, which this build does not verify';
    }
  }
  if (isConceptualWrapper(bytes)) {
    return 'a conceptual message wrapper (CMW), which is not supported yet: send what is inside it';
  }
  return null;
}

/** JSON forms of draft-ietf-rats-msg-wrap: a record is an array, a collection has a member `__cmwc_t`. */
function isConceptualWrapper(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1').trimStart();
  return text.startsWith('[') || (text.startsWith('{') && text.includes('"__cmwc_t"'));
}

function unknownType(what: string): never {
  refuse('evidence_type_unknown', 'parse', `${what}. This build verifies: ${wireNames().join(', ')}.`);
}

function wireNames(): readonly string[] {
  return SCHEMES.flatMap(({ types }) => types);
}
