/**
 * What the JSON documents that Intel signs share: an inner object under a signature over its very bytes, status
 * words, and lists of levels in a fixed order.
 * Source: Intel PCS API v4, "Get TDX TCB Info" and "Get TDX QE Identity"; Intel QVL, AttestationParsers.
 */
import { hexOf } from '../../bytes/encoding.js';
import { sliceJsonObject } from '../../bytes/json.js';
import type { SignedDocument } from '../../pki/signature.js';
import { RefusalError } from '../../rats/refusal.js';
import { MalformedCollateral, Members, readMembers } from './collateral-members.js';

export { MalformedCollateral } from './collateral-members.js';

/** Bytes. Genuine documents have less than 6 KiB. */
export const MAX_DOCUMENT_LENGTH = 256 * 1024;

export interface SignedDocumentJson {
  /**
   * `tbs`: a copy of the inner object as received, from its `{` to its `}`. `signature`: 64 bytes, r, then s, big
   * endian. Not verified here.
   */
  readonly document: SignedDocument;
}

/** Another id or version than was asked for. Its other members are not looked at: who knows what they mean? */
export interface OtherDocument extends SignedDocumentJson {
  readonly kind: 'other';
  readonly id: string;
  readonly version: number;
}

/** What a module or a quoting enclave can be. */
export const COMPONENT_STATUSES = ['UpToDate', 'OutOfDate', 'Revoked'] as const;
export type ComponentStatus = (typeof COMPONENT_STATUSES)[number];

/** The status words of documents, in Intel's spelling; all of them may stand in platform levels. */
export const TCB_STATUSES = [
  'UpToDate',
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
  'OutOfDate',
  'OutOfDateConfigurationNeeded',
  'Revoked',
] as const;
export type TcbStatus = (typeof TCB_STATUSES)[number];

/** The status words of a result: two more, which no document may hold. */
export type TdxTcbStatus = TcbStatus | 'TDRelaunchAdvised' | 'TDRelaunchAdvisedConfigurationNeeded';

/** A line of a list of levels: what holds for whoever reaches it. */
export interface TcbLevel<Status extends TcbStatus = TcbStatus> {
  readonly status: Status;
  readonly tcbDate: Date;
  /** `INTEL-SA-00837`, as listed. */
  readonly advisories: readonly string[];
}

/** A level of a TDX module or of the quoting enclave. */
export interface IsvSvnLevel extends TcbLevel<ComponentStatus> {
  /** 0 to 65535. */
  readonly isvSvn: number;
}

/** What every document begins with. */
export interface DocumentDates {
  readonly id: string;
  readonly version: number;
  readonly issueDate: Date;
  readonly nextUpdate: Date;
}

export interface DocumentHead extends DocumentDates {
  /** Of the TCB recovery event: rises with every one. 32 bits. */
  readonly evaluationNumber: number;
}

/** Which document a reader is for. */
export interface DocumentForm {
  /** Name of the inner object. */
  readonly member: 'tcbInfo' | 'enclaveIdentity' | 'tcbEvaluationDataNumbers';
  readonly id: string;
  readonly version: number;
}

/**
 * Reads `{"<member>": {...}, "signature": "<128 hex>"}` and hands `read` the inner object, id, version and dates already read.
 * A document of another id or version is named and not judged. Throws MalformedCollateral for everything else
 * that is not the form.
 */
export function readSignedDocument<T>(
  bytes: Uint8Array,
  form: DocumentForm,
  read: (members: Members, dates: DocumentDates) => T,
): (T & SignedDocumentJson) | OtherDocument {
  if (bytes.length > MAX_DOCUMENT_LENGTH) {
    throw new MalformedCollateral(`${bytes.length} bytes are more than ${MAX_DOCUMENT_LENGTH}`);
  }
  const { value, slices } = parse(bytes);
  return readMembers(value, 'document', (outer) => {
    const inner = new Members(outer.take(form.member), form.member);
    // Not itself signed, and so read in the one form that Intel writes: a changed letter is a changed document.
    const signature = outer.bytes('signature', 64);
    if (hexOf(signature) !== value.signature) throw new MalformedCollateral('signature is not in lowercase');
    const document: SignedDocument = {
      algorithm: 'ecdsa-p256-sha256-raw',
      tbs: Uint8Array.from(slices.get(form.member) ?? []),
      signature,
    };
    const id = inner.word('id');
    const version = inner.integer('version', 0xffff_ffff);
    if (id !== form.id || version !== form.version) return { kind: 'other', id, version, document };
    const content = read(inner, readDates(inner, id, version));
    inner.end();
    return { ...content, document };
  });
}

function parse(bytes: Uint8Array): ReturnType<typeof sliceJsonObject> {
  try {
    return sliceJsonObject(bytes);
  } catch (error) {
    if (error instanceof RefusalError) throw new MalformedCollateral(error.refusal.detail.replace(/\.$/, ''));
    throw error;
  }
}

function readDates(members: Members, id: string, version: number): DocumentDates {
  const issueDate = members.instant('issueDate');
  const nextUpdate = members.instant('nextUpdate');
  if (issueDate >= nextUpdate) throw new MalformedCollateral(`${members.where} ends before it begins`);
  return { id, version, issueDate, nextUpdate };
}

export function readEvaluationNumber(members: Members): number {
  return members.integer('tcbEvaluationDataNumber', 0xffff_ffff);
}

/** `tcbDate`, `tcbStatus` (one of `words`) and, where there is one, `advisoryIDs`. */
export function readLevel<Status extends TcbStatus>(
  members: Members,
  words: readonly Status[],
): TcbLevel<Status> {
  return {
    status: members.oneOf('tcbStatus', words),
    tcbDate: members.instant('tcbDate'),
    advisories: members.has('advisoryIDs') ? members.words('advisoryIDs') : [],
  };
}

/** The `tcbLevels` of a module identity or of the QE identity, in the document's order. */
export function readIsvSvnLevels(members: Members): readonly IsvSvnLevel[] {
  return members.filledList('tcbLevels', (item, where) =>
    readMembers(item, where, (level) => ({
      isvSvn: level.object('tcb', (tcb) => tcb.integer('isvsvn', 0xffff)),
      ...readLevel(level, COMPONENT_STATUSES),
    })),
  );
}

/**
 * Levels in descending order: matching takes the first that fits, so the order decides. Intel's library keeps
 * them in sorted sets and refuses what does not fit in; so are levels with equal keys refused here.
 * Source: Intel QVL, TcbInfo and EnclaveIdentityV2 (`std::set<..., std::greater<>>`).
 */
export function sortLevels<Level>(
  levels: readonly Level[],
  keyOf: (level: Level) => readonly number[],
  where: string,
): readonly Level[] {
  const sorted = levels
    .map((level) => ({ level, key: keyOf(level) }))
    .sort((a, b) => compareKeys(b.key, a.key));
  sorted.forEach(({ key }, index) => {
    const next = sorted[index + 1];
    if (next !== undefined && compareKeys(key, next.key) === 0) {
      throw new MalformedCollateral(`${where} has two levels of one rank`);
    }
  });
  return sorted.map(({ level }) => level);
}

/** Lexicographic; keys of one list have one length. */
function compareKeys(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
