/** TCB infos and QE identities to be changed at will, their signatures just digits, and what comes of them. */
import type { JsonObject, JsonValue } from '../../../src/rats/result.js';
import { type QeIdentity, readQeIdentity } from '../../../src/tee/tdx/qe-identity.js';
import { readTcbInfo, type TcbInfo } from '../../../src/tee/tdx/tcb-info.js';
import type { TcbFinding } from '../../../src/tee/tdx/tcb-level.js';

export const SIGNATURE = '0123456789abcdef'.repeat(8);

/** Sixteen components: these, then zeros. */
export function components(...first: readonly number[]): readonly number[] {
  return [...first, ...Array<number>(16 - first.length).fill(0)];
}

/** An SVN vector: these bytes, then zeros. */
export function svns(...first: readonly number[]): Uint8Array {
  return Uint8Array.from(components(...first));
}

export interface LevelSketch {
  readonly status?: string;
  /** `YYYY-MM-DD`. */
  readonly date?: string;
  readonly advisories?: readonly string[];
}

export interface PlatformSketch extends LevelSketch {
  readonly sgx?: readonly number[];
  readonly pceSvn?: number;
  readonly tdx?: readonly number[];
}

function standing({ status = 'UpToDate', date = '2024-03-13', advisories }: LevelSketch): JsonObject {
  const dated = { tcbDate: `${date}T00:00:00Z`, tcbStatus: status };
  return advisories === undefined ? dated : { ...dated, advisoryIDs: advisories };
}

export function platformLevel(sketch: PlatformSketch = {}): JsonObject {
  const { sgx = components(), pceSvn = 0, tdx = components() } = sketch;
  const svn = (value: number): JsonObject => ({ svn: value });
  return {
    tcb: { sgxtcbcomponents: sgx.map(svn), pcesvn: pceSvn, tdxtcbcomponents: tdx.map(svn) },
    ...standing(sketch),
  };
}

export function isvSvnLevel(isvsvn: number, sketch: LevelSketch = {}): JsonObject {
  return { tcb: { isvsvn }, ...standing(sketch) };
}

const REFERENCE = {
  mrsigner: '00'.repeat(48),
  attributes: '00'.repeat(8),
  attributesMask: 'FF'.repeat(8),
};

export function moduleIdentity(id: string, tcbLevels: JsonValue, mrsigner = REFERENCE.mrsigner): JsonObject {
  return { id, ...REFERENCE, mrsigner, tcbLevels };
}

/** One level that everybody reaches, and one module identity likewise. */
export function tcbInfoJson(changes: JsonObject = {}): JsonObject {
  return {
    id: 'TDX',
    version: 3,
    issueDate: '2025-06-19T10:16:03Z',
    nextUpdate: '2025-07-19T10:16:03Z',
    fmspc: 'B0C06F000000',
    pceId: '0000',
    tcbType: 0,
    tcbEvaluationDataNumber: 17,
    tdxModule: REFERENCE,
    tdxModuleIdentities: [moduleIdentity('TDX_01', [isvSvnLevel(0)])],
    tcbLevels: [platformLevel()],
    ...changes,
  };
}

export function qeIdentityJson(changes: JsonObject = {}): JsonObject {
  return {
    id: 'TD_QE',
    version: 2,
    issueDate: '2025-06-19T10:32:27Z',
    nextUpdate: '2025-07-19T10:32:27Z',
    tcbEvaluationDataNumber: 17,
    miscselect: '01020304',
    miscselectMask: 'FFFFFFFF',
    attributes: '11000000000000000000000000000000',
    attributesMask: 'FBFFFFFFFFFFFFFF0000000000000000',
    mrsigner: 'DC9E2A7C6F948F17474E34A7FC43ED030F7C1563F1BABDDF6340C82E0E54A8C5',
    isvprodid: 2,
    tcbLevels: [isvSvnLevel(4)],
    ...changes,
  };
}

export const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'utf8'));
export const bytesOfJson = (value: JsonValue): Uint8Array => bytesOf(JSON.stringify(value));

export const tcbInfoBytes = (tcbInfo: JsonValue): Uint8Array =>
  bytesOfJson({ tcbInfo, signature: SIGNATURE });
export const qeIdentityBytes = (enclaveIdentity: JsonValue): Uint8Array =>
  bytesOfJson({ enclaveIdentity, signature: SIGNATURE });

export function tcbInfoOf(changes: JsonObject = {}): TcbInfo {
  return asTcbInfo(tcbInfoBytes(tcbInfoJson(changes)));
}

export function qeIdentityOf(changes: JsonObject = {}): QeIdentity {
  return asQeIdentity(qeIdentityBytes(qeIdentityJson(changes)));
}

export function asTcbInfo(bytes: Uint8Array): TcbInfo {
  const document = readTcbInfo(bytes);
  if (document.kind === 'other') throw new Error('a TCB info for TDX was meant');
  return document;
}

export function asQeIdentity(bytes: Uint8Array): QeIdentity {
  const document = readQeIdentity(bytes);
  if (document.kind === 'other') throw new Error('an identity of the TD QE was meant');
  return document;
}

/** Where in a document; a number is a place in a list. */
export type Path = readonly (string | number)[];

/** The document with something else in that place; without it when `value` is undefined. */
export function changed(document: JsonValue, path: Path, value: JsonValue | undefined): JsonValue {
  const [step, ...rest] = path;
  if (step === undefined) throw new TypeError('a place is needed');
  if (document === null || typeof document !== 'object') throw new TypeError(`nothing is at ${step}`);
  const entries = new Map<string, JsonValue>(Object.entries(document));
  const inside = entries.get(String(step));
  const changedInside = rest.length === 0 ? value : changed(inside ?? null, rest, value);
  if (changedInside === undefined) entries.delete(String(step));
  else entries.set(String(step), changedInside);
  return Array.isArray(document) ? [...entries.values()] : Object.fromEntries(entries);
}

/** What came of an evaluation, in one word. */
export function statusOf(finding: TcbFinding): string {
  return finding.matched ? finding.status : 'unmatched';
}

export function whyOf(finding: TcbFinding): string {
  return finding.matched ? 'matched' : finding.why;
}
