/**
 * One document from its vendor: asked for, read as the file that it is, held to what was asked for, and kept together
 * with what vouches for it, or not at all.
 */
import { bytesOfHex } from '../bytes/encoding.js';
import type { EndorsementDocument, Realm, TrustAnchors } from '../rats/endorsement.js';
import { outcomeOf } from '../rats/outcome.js';
import { refuseDocument } from '../rats/shared-refusals.js';
import type { VendorRequest } from '../rats/vendor-request.js';
import type { EndorsementContext, Scheme } from '../tee/scheme.js';
import type { EndorsementStore } from '../verifier/endorsement-ports.js';
import { retryAfterOf } from './retry-after.js';
import type { FetchResult, VendorReply, VendorTransport } from './vendor-answer.js';

/** How the store names where a fetched document came from. */
export const VENDOR_SOURCE = 'vendor';

export interface FetchParts {
  readonly transport: Pick<VendorTransport, 'get'>;
  readonly schemes: readonly Pick<Scheme, 'endorsementFiles' | 'readEndorsement'>[];
  readonly store: Pick<EndorsementStore, 'keepUnlessOlder'>;
  readonly realm: Realm;
  readonly anchors: TrustAnchors;
  readonly now: Date;
  /** Told how it ended, for the metrics. */
  readonly fetched: (kind: string, result: FetchResult['kind']) => void;
}

/**
 * The vendor's faults are values. Throws `database_unavailable` where the store cannot be reached; nothing is kept
 * then, and the vendor was asked in vain.
 */
export async function fetchDocument(request: VendorRequest, parts: FetchParts): Promise<FetchResult> {
  const result = await askAndKeep(request, parts);
  parts.fetched(request.requirement.kind, result.kind);
  return result;
}

async function askAndKeep(request: VendorRequest, parts: FetchParts): Promise<FetchResult> {
  const outcome = await parts.transport.get(request.service, request.path);
  if (outcome.kind === 'failed') {
    return { kind: 'unavailable', why: `${request.service}: ${outcome.detail}` };
  }
  const { reply } = outcome;
  if (reply.status === 404) return notThere(request, parts);
  if (reply.status !== 200) return turnedDown(request, reply, parts.now);
  const read = await outcomeOf(() => readReply(request, reply, parts));
  if (!read.ok) return { kind: 'refused', code: read.refusal.code, why: read.refusal.detail };
  const { asked, beside } = read.value;
  const states = await parts.store.keepUnlessOlder(parts.realm, asked, beside, VENDOR_SOURCE, parts.now);
  if (states === null) {
    const issued = asked.issuedAt.toISOString();
    return { kind: 'older', why: `${request.service} gave a document of ${issued}; a newer one is kept` };
  }
  const documents = [asked, ...beside].map(({ kind, subject, sha256 }, index) => ({
    kind,
    subject,
    sha256,
    state: states[index] ?? 'known',
  }));
  return { kind: 'kept', documents };
}

/** Whether the vendor has no such document, or is not itself: a wrong "no" would be remembered for hours. */
async function notThere(
  { service, requirement, witness }: VendorRequest,
  { transport }: FetchParts,
): Promise<FetchResult> {
  if (witness === null) {
    return {
      kind: 'unavailable',
      why: `${service} answered 404 for ${requirement.kind}, which always exists`,
    };
  }
  const outcome = await transport.get(service, witness);
  if (outcome.kind === 'reply' && outcome.reply.status === 200) return { kind: 'not-found', status: 404 };
  const instead = outcome.kind === 'reply' ? `answered ${outcome.reply.status}` : outcome.detail;
  return {
    kind: 'unavailable',
    why: `${service} answered 404 for ${requirement.kind}, and for one that exists: ${instead}`,
  };
}

/** Statuses of 4xx that say nothing of the document: who asks, from where or how fast is what is not taken. */
const ABOUT_WHO_ASKS = new Set([401, 403, 407, 408, 421, 425, 429]);

/** 410 is Intel's word for an evaluation number that it withdrew. */
function turnedDown({ service }: VendorRequest, { status, headers }: VendorReply, now: Date): FetchResult {
  if (status === 410) return { kind: 'not-found', status };
  const retryAfter = retryAfterOf(headers['retry-after'], now);
  if (status === 429 || (status === 503 && retryAfter !== null)) return { kind: 'rate-limited', retryAfter };
  const why = `${service} answered ${status}`;
  const answered = status >= 400 && status < 500 && !ABOUT_WHO_ASKS.has(status);
  return answered ? { kind: 'unavailable', why, answered } : { kind: 'unavailable', why };
}

interface ReadReply {
  readonly asked: EndorsementDocument;
  /** What came with it: the other certificates of a chain, the signer, the authority. */
  readonly beside: readonly EndorsementDocument[];
}

/** Refuses what is not the vendor's, and what is another document than was asked for. */
async function readReply(
  request: VendorRequest,
  reply: VendorReply,
  { schemes, anchors }: FetchParts,
): Promise<ReadReply> {
  const scheme = schemes.find(({ endorsementFiles }) => endorsementFiles.includes(request.file));
  if (scheme === undefined) throw new TypeError(`${request.file} is a file of no scheme`);
  const files = new Map([[request.file, bodyOf(request, reply)]]);
  for (const { header, file } of request.beside) {
    const pem = pemOf(reply.headers[header.toLowerCase()]);
    if (pem !== null) files.set(file, pem);
  }
  const context: EndorsementContext = {
    anchors,
    track: request.track,
    beside: (file) => files.get(file) ?? null,
  };
  const found = new Map<string, EndorsementDocument>();
  for (const [file, bytes] of files) {
    for (const document of await scheme.readEndorsement(file, bytes, context)) {
      found.set([document.kind, document.subject, document.sha256].join('\0'), document);
    }
  }
  const documents = [...found.values()];
  const { kind, subject } = request.requirement;
  const [asked, ...more] = documents.filter((one) => one.kind === kind && one.subject === subject);
  if (asked === undefined || more.length > 0) {
    return refuseDocument('collateral_malformed', `${request.service} gave another document than ${kind}.`);
  }
  return { asked, beside: documents.filter((one) => one !== asked) };
}

function bodyOf({ encoding, service }: VendorRequest, { body }: VendorReply): Uint8Array {
  if (encoding === 'bytes') return body;
  const bytes = bytesOfHex(Buffer.from(body).toString('latin1').trim());
  return bytes ?? refuseDocument('collateral_malformed', `${service} gave something other than hex text.`);
}

/** Null where it is absent or not URL-encoded text; whoever needs the chain says that there is none. */
function pemOf(header: string | undefined): Uint8Array | null {
  if (header === undefined) return null;
  try {
    return new Uint8Array(Buffer.from(decodeURIComponent(header), 'utf8'));
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}
