/**
 * The files of Linux's configfs-tsm in one JSON object: `outblob` and `auxblob` as the kernel names them, or
 * `report` and `cert_table`, and `provider`. Source: Linux, Documentation/ABI/testing/configfs-tsm-report.
 */
import { bytesOfBase64 } from '../bytes/encoding.js';
import { parseJsonObject } from '../bytes/json.js';
import type { JsonObject } from '../rats/result.js';
import {
  refuseEncoding,
  refuseMember,
  refuseRepetition,
  refuseSize,
  refuseType,
} from '../rats/shared-refusals.js';

/** A report and a table of 64 KiB in base64, and some space. */
const MAX_LENGTH = 128 * 1024;

const REPORT_NAMES = ['outblob', 'report'] as const;
const TABLE_NAMES = ['auxblob', 'cert_table'] as const;
const MEMBERS: readonly string[] = [...REPORT_NAMES, ...TABLE_NAMES, 'provider'];

export interface TsmReport {
  /** `sev_guest`, `tdx_guest`, …; null when the JSON does not say. */
  readonly provider: string | null;
  /** The report or quote. */
  readonly outblob: Uint8Array;
  /** What travels beside it; empty when there is nothing. */
  readonly auxblob: Uint8Array;
}

/** True for anything that begins like a JSON object. */
export function isJsonObject(bytes: Uint8Array): boolean {
  const first = bytes.find((byte) => byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d);
  return first === 0x7b;
}

/**
 * Refuses with `evidence_too_large`, `evidence_encoding_invalid`, `member_duplicate`, `json_too_deep`,
 * `member_unknown`, and `evidence_type_unknown` for JSON without a report.
 */
export function readTsmReport(bytes: Uint8Array): TsmReport {
  if (bytes.length > MAX_LENGTH) {
    refuseSize('parse', `The JSON has ${bytes.length} bytes; at most ${MAX_LENGTH} are read.`);
  }
  const json = parseJsonObject(bytes);
  const provider = readProvider(json);
  const outblob = bytesOfMember(json, REPORT_NAMES);
  if (outblob === null) {
    refuseType('parse', 'The JSON has no "outblob" or "report", so there is no evidence in it.');
  }
  for (const name of Object.keys(json)) {
    if (MEMBERS.includes(name)) continue;
    refuseMember('parse', `Beside ${MEMBERS.join(', ')} the JSON has a member that is not read here.`);
  }
  return { provider, outblob, auxblob: bytesOfMember(json, TABLE_NAMES) ?? new Uint8Array() };
}

/** The kernel writes the provider's name with a line feed behind it. */
function readProvider({ provider }: JsonObject): string | null {
  if (provider === undefined) return null;
  if (typeof provider !== 'string') {
    refuseEncoding('The member "provider" must be a string.');
  }
  return provider.replace(/\n$/, '');
}

/** The one of two names that is there, as bytes; null when neither is. */
function bytesOfMember(json: JsonObject, [kernel, short]: readonly [string, string]): Uint8Array | null {
  const name = json[kernel] === undefined ? short : kernel;
  const text = json[name];
  if (text === undefined) return null;
  if (name === kernel && json[short] !== undefined) {
    refuseRepetition('parse', `The members "${kernel}" and "${short}" say the same thing twice.`);
  }
  const bytes = typeof text === 'string' ? bytesOfBase64(text) : null;
  return bytes ?? refuseEncoding(`The member "${name}" is not base64.`);
}
