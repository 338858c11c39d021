/** Secrets and keys in files that only their owner may read. */
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { base64urlOf, bytesOfBase64, bytesOfHex, hexOf } from '../bytes/encoding.js';
import type { Entropy } from '../verifier/ports.js';
import { reasonOf, systemCodeOf } from './file-access.js';

export const SECRET_LENGTH = 32;

/** Where a secret comes from. `create`: made at first use, for a service on its own machine. */
export type SecretSource =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'file'; readonly path: string; readonly create: boolean };

/** A file is missing, unreadable or holds something else. In words for the operator. */
export class SecretUnusable extends Error {
  override readonly name = 'SecretUnusable';
}

/** The 32 bytes. Text: hex, base64url or base64; a file: that text or the raw bytes. */
export function readSecret(source: SecretSource, entropy: Entropy): Uint8Array {
  if (source.kind === 'text') {
    return decodeSecret(source.text) ?? fail('A secret in the environment is not 32 bytes in hex or base64.');
  }
  if (source.create) createFile(source.path, `${hexOf(entropy.bytes(SECRET_LENGTH))}\n`);
  const content = readOrFail(source.path);
  if (content.length === SECRET_LENGTH) return content;
  const decoded = decodeSecret(Buffer.from(content).toString('latin1').trim());
  return decoded ?? fail(`${source.path} does not hold 32 bytes, raw or in hex or base64.`);
}

/** The API key in the file; when there is no file yet, one is made with mode 0600. */
export function readOrMakeApiKey(path: string, entropy: Entropy): string {
  createFile(path, `ak_${base64urlOf(entropy.bytes(SECRET_LENGTH))}\n`);
  const text = Buffer.from(readOrFail(path)).toString('latin1').trim();
  if (!/^ak_[A-Za-z0-9_-]{43}$/.test(text)) fail(`${path} does not hold an API key that Assay wrote.`);
  return text;
}

/** Whole or not at all, and never over an existing file: processes that start together agree on one. */
function createFile(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, content, { mode: 0o600 });
  try {
    linkSync(draft, path);
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function readOrFail(path: string): Uint8Array {
  try {
    return Uint8Array.from(readFileSync(path));
  } catch (error) {
    return fail(`${path} cannot be read: ${reasonOf(error)}.`);
  }
}

function decodeSecret(text: string): Uint8Array | null {
  const bytes = bytesOfHex(text) ?? bytesOfBase64(text);
  return bytes?.length === SECRET_LENGTH ? bytes : null;
}

function fail(message: string): never {
  throw new SecretUnusable(message);
}
