/** The service's own certificate and key, from two PEM files that somebody renews. */
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { reasonOf, systemCodeOf } from './file-access.js';

export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** A key and the certificate made for it. */
export interface TlsPair {
  /** PEM; the certificate of the service first, then those between it and a root. */
  readonly cert: Buffer;
  readonly key: Buffer;
  /** SHA-256 of what both files hold, in hex. */
  readonly digest: string;
  readonly beginsAt: Date;
  readonly expiresAt: Date;
}

/** The files hold no pair that can be served. In words for the operator. */
export class TlsUnusable extends Error {
  override readonly name = 'TlsUnusable';
  constructor(
    message: string,
    /** Of what was read; null when nothing could be. */
    readonly digest: string | null,
  ) {
    super(message);
  }
}

/** Reads both files. Throws TlsUnusable when they cannot be read or are no pair; their dates are not looked at. */
export async function readTlsPair(files: TlsFiles): Promise<TlsPair> {
  const cert = await readWhole(files.certFile);
  const key = await readWhole(files.keyFile);
  const digest = createHash('sha256').update(cert).update('\0').update(key).digest('hex');
  const certificate = attempt(
    () => new X509Certificate(cert),
    () => `${files.certFile} does not begin with a certificate in PEM.`,
    digest,
  );
  const secret = attempt(
    () => createPrivateKey(key),
    () => `${files.keyFile} does not hold a private key in PEM without a passphrase.`,
    digest,
  );
  if (!certificate.checkPrivateKey(secret)) {
    throw new TlsUnusable(
      `The key in ${files.keyFile} is not the one that the first certificate in ${files.certFile} was made for.`,
      digest,
    );
  }
  attempt(
    () => createSecureContext({ cert, key }),
    (error) =>
      `TLS cannot use ${files.certFile} with ${files.keyFile}: ${systemCodeOf(error) ?? 'the chain is not in order'}.`,
    digest,
  );
  return {
    cert,
    key,
    digest,
    beginsAt: new Date(certificate.validFrom),
    expiresAt: new Date(certificate.validTo),
  };
}

/** Why clients would refuse this certificate at the instant, in words; null: its dates are good. */
export function dateFault({ beginsAt, expiresAt }: TlsPair, now: Date): string | null {
  if (now >= expiresAt) return `The certificate ended on ${expiresAt.toISOString()}.`;
  if (now < beginsAt) return `The certificate begins only on ${beginsAt.toISOString()}.`;
  return null;
}

async function readWhole(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new TlsUnusable(`${path} cannot be read: ${reasonOf(error)}.`, null);
  }
}

function attempt<T>(work: () => T, words: (error: unknown) => string, digest: string): T {
  try {
    return work();
  } catch (error) {
    throw new TlsUnusable(words(error), digest);
  }
}
