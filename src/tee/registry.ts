/** The TEEs of this build, and which of them some bytes belong to. */
import type { Endorsement, EndorsementRequirement, EndorsementSet } from '../rats/endorsement.js';
import type { ParsedEvidence, Tee } from '../rats/evidence.js';
import type { RecalledPlatform } from '../rats/recall.js';
import type { JsonObject } from '../rats/result.js';
import { refuseRequest, refuseType } from '../rats/shared-refusals.js';
import type { VendorFacts } from '../rats/vendor-facts.js';
import type { VendorRequest, VendorService } from '../rats/vendor-request.js';
import type { RequestOptions, Scheme, UnwrappedEvidence } from './scheme.js';
import { BULLETIN_REQUIREMENT, tableInForce } from './snp/bulletin-file.js';
import { sourceOf, tableIn } from './snp/bulletin-table.js';
import { snpScheme } from './snp/index.js';
import { bulletinFacts, processorFacts } from './snp/vendor-facts.js';
import { tdxScheme } from './tdx/index.js';
import { XFAM_BITS } from './tdx/layout.js';
import { isJsonObject, readTsmReport, type TsmReport } from './tsm-report.js';

export const SCHEMES: readonly Scheme[] = [snpScheme, tdxScheme];

/** Documents that no vendor signs and that policies are linted by. */
export const LINTED_BY: readonly EndorsementRequirement[] = [BULLETIN_REQUIREMENT];

/** What policies are held against when they are linted: by the table among the documents, else by the shipped one. */
export function vendorFacts(at: Date, documents: EndorsementSet = []): VendorFacts {
  const { table } = tableInForce(documents);
  return { at, processors: processorFacts(table, at), bulletins: bulletinFacts(table), xfam: XFAM_BITS };
}

/** The services of all vendors. */
export const VENDOR_SERVICES: readonly VendorService[] = SCHEMES.flatMap(({ services }) => services);

/** How its vendor is asked for a document; null: nobody publishes it, or it comes with another one. */
export function requestFor(
  requirement: Pick<EndorsementRequirement, 'kind' | 'subject'>,
  options: RequestOptions,
): VendorRequest | null {
  for (const scheme of SCHEMES) {
    const request = scheme.requestFor(requirement, options);
    if (request !== null) return request;
  }
  return null;
}

/** A platform that evidence of the wire name was seen from. Throws TypeError for facts that are of no form known here. */
export function recallPlatform(tee: Tee, facts: JsonObject): RecalledPlatform {
  const scheme = SCHEMES.find(({ types }) => types.includes(tee));
  if (scheme === undefined) throw new TypeError(`no TEE of this build is called ${tee}`);
  return scheme.recall(facts);
}

/** A table of AMD's bulletins to judge by in place of the one in force. Refuses `request_invalid`, naming what is wrong. */
export function bulletinTable(bytes: Uint8Array): {
  readonly source: string;
  readonly document: Endorsement;
} {
  try {
    return { source: sourceOf(tableIn(bytes)), document: { ...BULLETIN_REQUIREMENT, bytes } };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return refuseRequest(`The table of bulletins is not of its form: ${error.message}.`);
  }
}

export const AUTO = 'auto';

/** Wire names that the API reserves for a TEE which this build does not verify. */
const ANNOUNCED: readonly Tee[] = ['az-tdx'];

/**
 * Bytes to ParsedEvidence. `type`: `auto` or a wire name; `certificates`: DER or PEM blobs given beside the
 * evidence; `eventLog`: a log given beside it, null where there is none. Throws refusals of stage `parse`, `evidence_type_unknown` when nothing here verifies the bytes or
 * they are of another type than named.
 */
export function parseEvidence(
  type: string,
  bytes: Uint8Array,
  certificates: readonly Uint8Array[],
  eventLog: Uint8Array | null = null,
): ParsedEvidence {
  const { scheme, unwrapped } = unwrap(type, bytes);
  const evidence = scheme.parse(unwrapped, certificates, eventLog);
  requireType(type, evidence.tee);
  return evidence;
}

/** Decodes for display; nothing is verified. */
export function inspectEvidence(
  type: string,
  bytes: Uint8Array,
  eventLog: Uint8Array | null = null,
): { readonly tee: Tee; readonly envelope: string; readonly decoded: JsonObject } {
  const { scheme, unwrapped } = unwrap(type, bytes);
  const tee = teeOf(scheme, unwrapped);
  requireType(type, tee);
  return { tee, envelope: unwrapped.envelope, decoded: scheme.inspect(unwrapped, eventLog) };
}

/** The TEE that bytes belong to by their first looks; null: none of this build's, or an empty or unreadable form. */
export function schemeRecognising(bytes: Uint8Array): Scheme | null {
  return SCHEMES.find((scheme) => scheme.recognises(bytes)) ?? null;
}

/** The TEE that `parseEvidence` would hand the bytes to. Throws the same refusals. */
export function schemeOf(type: string, bytes: Uint8Array): Scheme {
  return unwrap(type, bytes).scheme;
}

function unwrap(type: string, bytes: Uint8Array): { scheme: Scheme; unwrapped: UnwrappedEvidence } {
  const named = namedScheme(type);
  if (bytes.length === 0) unknownType('The bytes are none: the evidence is empty');
  if (isConceptualWrapper(bytes)) {
    unknownType(
      'The bytes are a conceptual message wrapper (CMW), which is not supported yet: send what is inside it',
    );
  }
  if (isJsonObject(bytes)) {
    const report = readTsmReport(bytes);
    const scheme = tsmScheme(named, report);
    return { scheme, unwrapped: scheme.unwrapTsm(report) };
  }
  const recognised = schemeRecognising(bytes);
  if (named !== null && recognised !== null && recognised !== named) {
    unknownType(`The bytes look like evidence of type ${recognised.tee}, and ${type} was named`);
  }
  const scheme = named ?? recognised ?? unknownType('The bytes have no form of evidence that is known');
  return { scheme, unwrapped: scheme.unwrap(bytes) };
}

/** Null: to be found out. */
function namedScheme(type: string): Scheme | null {
  if (type === AUTO) return null;
  if (ANNOUNCED.includes(type)) unknownType(`Evidence of type ${type} is not verified by this build`);
  return SCHEMES.find(({ types }) => types.includes(type)) ?? unknownType('The named type is not known');
}

/** The provider decides where the kernel's word is there, else what the report looks like; they may not disagree. */
function tsmScheme(named: Scheme | null, { provider, outblob }: TsmReport): Scheme {
  const recognised = schemeRecognising(outblob);
  const found =
    provider === null ? recognised : (SCHEMES.find(({ tsmProvider }) => tsmProvider === provider) ?? null);
  if (found === null && provider !== null) {
    unknownType(`The report is of another provider than ${SCHEMES.map(tsmProviderOf).join(' and ')}`);
  }
  if (found !== null && recognised !== null && recognised !== found) {
    unknownType(`The report in the JSON looks like ${recognised.tee}, and its provider has ${found.tee}`);
  }
  if (named !== null && found !== null && found !== named) {
    unknownType(`The report in the JSON is of type ${found.tee}, and ${named.tee} was named`);
  }
  return named ?? found ?? unknownType('The report in the JSON has no form of evidence that is known');
}

function tsmProviderOf({ tsmProvider }: Scheme): string {
  return tsmProvider;
}

/** Azure's envelope makes another type of what is inside it. */
function teeOf(scheme: Scheme, { runtimeClaims }: UnwrappedEvidence): Tee {
  return runtimeClaims === null ? scheme.tee : `az-${scheme.tee}`;
}

function requireType(type: string, tee: Tee): void {
  if (type !== AUTO && type !== tee)
    unknownType(`The bytes are evidence of type ${tee}, and ${type} was named`);
}

/** `[`, `{`, and every octet that `trimStart` takes for white space. */
const MAY_BEGIN_JSON: ReadonlySet<number> = new Set([0x5b, 0x7b, 0x20, 0xa0, 0x09, 0x0a, 0x0b, 0x0c, 0x0d]);

/** JSON forms of draft-ietf-rats-msg-wrap: a record is an array, a collection has a member `__cmwc_t`. */
function isConceptualWrapper(bytes: Uint8Array): boolean {
  // No text is made of reports and quotes: what begins with neither bracket nor white space is none.
  if (!MAY_BEGIN_JSON.has(bytes[0] ?? 0)) return false;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1').trimStart();
  return text.startsWith('[') || (text.startsWith('{') && text.includes('"__cmwc_t"'));
}

function unknownType(what: string): never {
  refuseType('parse', `${what}. This build verifies: ${wireNames().join(', ')}.`);
}

function wireNames(): readonly string[] {
  return SCHEMES.flatMap(({ types }) => types);
}
