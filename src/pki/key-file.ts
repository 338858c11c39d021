/** A public key as whoever runs a TLS server has it in a file: a certification request, a certificate, or the key alone. */
import { type KeyObject, X509Certificate } from 'node:crypto';
import { bytesOfBase64 } from '../bytes/encoding.js';
import { type PublicJwk, refuseKey } from '../rats/binding.js';
import { type CertificationRequest, parseCertificationRequest } from './certification-request.js';
import { DER_TAG, MalformedDer, readDer, readDerSequence } from './der.js';
import { publicJwkOf, readPublicKey } from './public-key.js';

export interface KeyFile {
  readonly publicJwk: PublicJwk;
  /** Null: the file holds something else. */
  readonly request: { readonly der: Uint8Array; readonly parsed: CertificationRequest } | null;
}

type Kind = 'request' | 'certificate' | 'key';

/** Labels of RFC 7468, and the one that OpenSSL and Windows wrote of old. */
const LABELS: ReadonlyMap<string, Kind> = new Map([
  ['CERTIFICATE REQUEST', 'request'],
  ['NEW CERTIFICATE REQUEST', 'request'],
  ['CERTIFICATE', 'certificate'],
  ['PUBLIC KEY', 'key'],
]);
const BLOCKS = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END \1-----/g;

/** PEM or DER; of several blocks the first that holds a public key, as the leaf of a chain. Refuses `key_invalid`. */
export function readKeyFile(bytes: Uint8Array): KeyFile {
  try {
    const { kind, der } =
      bytes[0] === DER_TAG.sequence ? { kind: kindOf(bytes), der: bytes } : blockOf(bytes);
    if (kind === 'request') {
      const parsed = parseCertificationRequest(der);
      return { publicJwk: parsed.publicJwk, request: { der, parsed } };
    }
    const key = kind === 'key' ? readPublicKey(readDer(der)) : certificateKey(der);
    return { publicJwk: publicJwkOf(key), request: null };
  } catch (error) {
    if (!(error instanceof MalformedDer)) throw error;
    return refuseKey(
      'sig',
      'the file holds no certification request, certificate or public key, in PEM or DER, that can be read',
    );
  }
}

/** Read as TLS servers read it, who would not start with a certificate that is none. */
function certificateKey(der: Uint8Array): KeyObject {
  try {
    return new X509Certificate(der).publicKey;
  } catch {
    throw new MalformedDer('not a certificate');
  }
}

function blockOf(bytes: Uint8Array): { readonly kind: Kind; readonly der: Uint8Array } {
  for (const [, label = '', base64 = ''] of Buffer.from(bytes).toString('latin1').matchAll(BLOCKS)) {
    const kind = LABELS.get(label);
    const der = bytesOfBase64(base64.replace(/[\r\n]/g, ''));
    if (kind !== undefined && der !== null) return { kind, der };
  }
  throw new MalformedDer('no block of a kind that is read');
}

/** By their first values: a request and a certificate have three parts, and a request begins with a version. */
function kindOf(der: Uint8Array): Kind {
  const parts = readDerSequence(readDer(der));
  const [first] = parts;
  if (parts.length !== 3 || first === undefined) return 'key';
  const members = readDerSequence(first);
  return members.length === 4 && members[0]?.tag === DER_TAG.integer ? 'request' : 'certificate';
}
