/** Certificate authorities in a PEM file, which are believed beside those of Node.js. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { reasonOf } from './file-access.js';

/** The file holds no authorities. In words for the operator. */
export class AuthoritiesUnusable extends Error {
  override readonly name = 'AuthoritiesUnusable';
}

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates alone, as PEM. Throws AuthoritiesUnusable when the file cannot be read or holds none. */
export function readAuthorities(path: string): string {
  const blocks = textIn(path).match(BLOCK) ?? [];
  if (blocks.length === 0) throw new AuthoritiesUnusable(`${path} holds no certificate in PEM.`);
  for (const block of blocks) requireCertificate(block, path);
  return blocks.join('\n');
}

function textIn(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    throw new AuthoritiesUnusable(`${path} cannot be read: ${reasonOf(error)}.`);
  }
}

function requireCertificate(block: string, path: string): void {
  try {
    new X509Certificate(block);
  } catch {
    throw new AuthoritiesUnusable(`${path} holds a certificate that cannot be read.`);
  }
}
