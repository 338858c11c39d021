/**
 * The body of a quote: what the TDX module says of a TD (Intel 344425, TDREPORT). Byte fields are as received,
 * views on a copy; nothing here is authentic.
 */
import { type FieldPlace, fieldOf } from '../../bytes/field.js';
import { BODY_FIELD, BODY_LENGTH, BODY_TYPE, EXTENDED_FIELD } from './layout.js';

export type TdBodyType = 2 | 3 | 4;

export interface TdReport {
  readonly bodyType: TdBodyType;
  /** 16 bytes: byte 0 the module’s ISVSVN, byte 1 its major version. Of the module that launched the TD. */
  readonly teeTcbSvn: Uint8Array;
  /** 48 bytes each; zeros for MRSIGNERSEAM mean Intel’s own module. */
  readonly mrSeam: Uint8Array;
  readonly mrSignerSeam: Uint8Array;
  /** 8 bytes each, little endian words. */
  readonly seamAttributes: Uint8Array;
  readonly tdAttributes: Uint8Array;
  readonly xfam: Uint8Array;
  /** 48 bytes each. */
  readonly mrTd: Uint8Array;
  readonly mrConfigId: Uint8Array;
  readonly mrOwner: Uint8Array;
  readonly mrOwnerConfig: Uint8Array;
  readonly rtmrs: readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  /** 64 bytes. */
  readonly reportData: Uint8Array;
  /** 16 bytes: the module now running, after a TD preserving update. Null in TD report 1.0. */
  readonly teeTcbSvn2: Uint8Array | null;
  /** 48 bytes; zeros when no service TD is bound. Null in TD report 1.0. */
  readonly mrServiceTd: Uint8Array | null;
  /** Null in TD reports 1.0 and 1.5. */
  readonly extended: ExtendedFields | null;
}

/** What the extended TD report adds, for display: no quote that has it is verified. */
export interface ExtendedFields {
  /** 1 byte and 32. */
  readonly vmId: Uint8Array;
  readonly tdId: Uint8Array;
  /** 48 bytes. */
  readonly devInfo: Uint8Array;
  /** Of the service TDs when the TD was created: 48 bytes and 8. */
  readonly initServTdHash: Uint8Array;
  readonly initServTdAttr: Uint8Array;
  /** Of the platform on which the TD was created: 16 bytes, 16 and 12. */
  readonly initCpuSvn: Uint8Array;
  readonly initTeeTcbSvn: Uint8Array;
  readonly initTeeFmspc: Uint8Array;
  /** Of the service TDs now: 48 bytes and 8. */
  readonly curServTdHash: Uint8Array;
  readonly curServTdAttr: Uint8Array;
}

/** Decodes a body of exactly the size of its type; judges nothing. Throws RangeError for another size. */
export function decodeTdReport(bytes: Uint8Array, bodyType: TdBodyType): TdReport {
  if (bytes.length !== BODY_LENGTH[bodyType]) throw new RangeError(`a body of ${bytes.length} bytes`);
  const owned = new Uint8Array(bytes);
  const take = (place: FieldPlace): Uint8Array => fieldOf(owned, place);
  const later = (place: FieldPlace): Uint8Array | null =>
    bodyType === BODY_TYPE.tdReport10 ? null : take(place);
  return {
    bodyType,
    teeTcbSvn: take(BODY_FIELD.teeTcbSvn),
    mrSeam: take(BODY_FIELD.mrSeam),
    mrSignerSeam: take(BODY_FIELD.mrSignerSeam),
    seamAttributes: take(BODY_FIELD.seamAttributes),
    tdAttributes: take(BODY_FIELD.tdAttributes),
    xfam: take(BODY_FIELD.xfam),
    mrTd: take(BODY_FIELD.mrTd),
    mrConfigId: take(BODY_FIELD.mrConfigId),
    mrOwner: take(BODY_FIELD.mrOwner),
    mrOwnerConfig: take(BODY_FIELD.mrOwnerConfig),
    rtmrs: [take(BODY_FIELD.rtmr0), take(BODY_FIELD.rtmr1), take(BODY_FIELD.rtmr2), take(BODY_FIELD.rtmr3)],
    reportData: take(BODY_FIELD.reportData),
    teeTcbSvn2: later(BODY_FIELD.teeTcbSvn2),
    mrServiceTd: later(BODY_FIELD.mrServiceTd),
    extended: bodyType === BODY_TYPE.tdReport15Extended ? decodeExtended(take) : null,
  };
}

function decodeExtended(take: (place: FieldPlace) => Uint8Array): ExtendedFields {
  return {
    vmId: take(EXTENDED_FIELD.vmId),
    tdId: take(EXTENDED_FIELD.tdId),
    devInfo: take(EXTENDED_FIELD.devInfo),
    initServTdHash: take(EXTENDED_FIELD.initServTdHash),
    initServTdAttr: take(EXTENDED_FIELD.initServTdAttr),
    initCpuSvn: take(EXTENDED_FIELD.initCpuSvn),
    initTeeTcbSvn: take(EXTENDED_FIELD.initTeeTcbSvn),
    initTeeFmspc: take(EXTENDED_FIELD.initTeeFmspc),
    curServTdHash: take(EXTENDED_FIELD.curServTdHash),
    curServTdAttr: take(EXTENDED_FIELD.curServTdAttr),
  };
}

/** A little endian word of eight bytes, such as TDATTRIBUTES. */
export function wordOf(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
}

/** TEE_TCB_SVN[1]: 0 for TDX module 1.0, 1 for 1.5, and so on. */
export function moduleMajorOf(teeTcbSvn: Uint8Array): number {
  return teeTcbSvn[1] ?? 0;
}

/** TEE_TCB_SVN[0]. */
export function moduleIsvSvnOf(teeTcbSvn: Uint8Array): number {
  return teeTcbSvn[0] ?? 0;
}
