/** Reading what the command line names: files, standard input, JSON, hex, instants. Mistakes are in words. */
import { readFile, writeFile } from 'node:fs/promises';
import { bytesOfBase64, bytesOfHex } from '../bytes/encoding.js';
import { parseJson, parseJsonObject } from '../bytes/json.js';
import { requireOwnSignature } from '../pki/certification-request.js';
import { readKeyFile } from '../pki/key-file.js';
import { reasonOf } from '../platform/file-access.js';
import { type PublicJwk, requirePublicJwk } from '../rats/binding.js';
import { RefusalError } from '../rats/refusal.js';
import type { JsonObject, JsonValue } from '../rats/result.js';
import { UsageMistake } from './exit.js';
import type { Terminal } from './terminal.js';

export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    throw new UsageMistake(`${path} cannot be read: ${reasonOf(error)}.`);
  }
}

export async function writeBytes(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(path, bytes);
  } catch (error) {
    throw new UsageMistake(`${path} cannot be written: ${reasonOf(error)}.`);
  }
}

/** `-` is standard input. */
export function readEvidence(path: string, terminal: Terminal): Promise<Uint8Array> {
  return path === '-' ? terminal.readInput() : readBytes(path);
}

/** Strict JSON; `what` names the document in mistakes. */
export async function readJson(path: string, what: string): Promise<JsonValue> {
  return inWords(what, parseJson, await readBytes(path));
}

/** A JWK: the JSON itself, or a file that holds it. */
export async function readJwk(text: string, option: string): Promise<JsonObject> {
  const bytes = isJson(text) ? Buffer.from(text, 'utf8') : await readBytes(text);
  return inWords(option, parseJsonObject, bytes);
}

/** The attester's signing key: a JWK as above, or a file with a certification request, a certificate or a public key. */
export async function readSigningKey(text: string, option: string): Promise<PublicJwk> {
  const bytes = isJson(text) ? Buffer.from(text, 'utf8') : await readBytes(text);
  if (isJson(Buffer.from(bytes).toString('latin1'))) {
    return requirePublicJwk(inWords(option, parseJsonObject, bytes), 'sig');
  }
  const { publicJwk, request } = readKeyFile(bytes);
  if (request !== null) await requireOwnSignature(request.parsed);
  return publicJwk;
}

function isJson(text: string): boolean {
  return text.trimStart().startsWith('{');
}

function inWords<T>(what: string, parse: (bytes: Uint8Array) => T, bytes: Uint8Array): T {
  try {
    return parse(bytes);
  } catch (error) {
    if (error instanceof RefusalError) throw new UsageMistake(`${what}: ${error.refusal.detail}`);
    throw error;
  }
}

/** Hex of exactly `length` bytes, either case. */
export function hexOption(text: string, option: string, length: number): Uint8Array {
  const bytes = bytesOfHex(text);
  if (bytes === null || bytes.length !== length) {
    throw new UsageMistake(`${option} takes exactly ${length} bytes as ${2 * length} hexadecimal digits.`);
  }
  return bytes;
}

/** base64 or base64url of exactly `length` bytes. */
export function base64Option(text: string, option: string, length: number): Uint8Array {
  const bytes = bytesOfBase64(text);
  if (bytes === null || bytes.length !== length) {
    throw new UsageMistake(`${option} takes exactly ${length} bytes in base64url without padding.`);
  }
  return bytes;
}

const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/u;

/** RFC 3339 with an offset; a date that does not exist is a mistake. */
export function instantOption(text: string, option: string): Date {
  const at = new Date(RFC3339.test(text) ? text : Number.NaN);
  // A calendar mistake such as 30 February rolls over into another day.
  const day = Number(text.slice(8, 10));
  const lastDay = new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).getUTCDate();
  if (Number.isNaN(at.getTime()) || day > lastDay) {
    throw new UsageMistake(`${option} takes an instant in RFC 3339, such as 2026-11-20T12:00:00Z.`);
  }
  return at;
}
