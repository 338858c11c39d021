/** Certificates for the service itself, signed by their own keys, and how a client sees them. */
import { randomBytes, X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { pemOf, signCertificate, subjectKeyExtension } from '../src/simulator/certificate.js';
import { INTEL_FORM } from '../src/simulator/intel/form.js';
import { makeEcKey } from '../src/simulator/key-pair.js';

export interface MintedPair {
  readonly cert: string;
  readonly key: string;
  /** SHA-256 of the certificate as Node writes it. */
  readonly fingerprint: string;
}

const DAY_MS = 24 * 3600 * 1000;

/** Valid for a day around now unless said otherwise. */
export async function mintTlsPair(
  from = new Date(Date.now() - DAY_MS),
  until = new Date(Date.now() + DAY_MS),
): Promise<MintedPair> {
  const key = await makeEcKey('P-256');
  const der = await signCertificate(
    INTEL_FORM,
    {
      serialNumber: BigInt(`0x01${randomBytes(8).toString('hex')}`),
      subject: 'localhost',
      issuer: 'localhost',
      notBefore: from,
      notAfter: until,
      key,
      extensions: [subjectKeyExtension(key)],
    },
    key,
  );
  const cert = pemOf(der);
  return {
    cert,
    key: String(key.export({ type: 'pkcs8', format: 'pem' })),
    fingerprint: new X509Certificate(cert).fingerprint256,
  };
}

/** Writes the two files of a pair into a directory, one after the other as people do. */
export async function placePair(
  dir: string,
  { cert, key }: Pick<MintedPair, 'cert' | 'key'>,
): Promise<{ certFile: string; keyFile: string }> {
  const files = { certFile: join(dir, 'tls.crt'), keyFile: join(dir, 'tls.key') };
  await writeFile(files.certFile, cert);
  await writeFile(files.keyFile, key, { mode: 0o600 });
  return files;
}

/** An open connection that trusts anybody. */
export function connectTls(port: number): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Fingerprint of the certificate that a new connection is shown. */
export async function shownAt(port: number): Promise<string> {
  const socket = await connectTls(port);
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

/** The status line of the answer to a request on a connection that stays open. */
export function statusOver(socket: TLSSocket, path = '/'): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('data', (bytes: Buffer) => resolve(bytes.toString('latin1').split('\r\n')[0] ?? ''));
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  });
}
