/** A public key as whoever runs a TLS server has it in a file: a certification request, a certificate, or the key alone. */
import { X509Certificate } from 'node:crypto';
import { bytesOfBase64 } from '../bytes/encoding.js';
import { type PublicJwk, refuseKey } from '../rats/binding.js';
import { type CertificationRequest, parseCertificationRequest } from './certification-request.js';
import { DER_TAG, type DerNode, MalformedDer, readDer, readDerSequence } from './der.js';
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
/** [0] EXPLICIT, which only certificates of version 2 and 3 have. */
const VERSION_TAG = 0xa0;

/**
 * Parameters of a curve or a group, which OpenSSL writes before keys and servers keep beside certificates, hold no key. Nothing
 * else is passed over: behind a leaf that cannot be read stands its authority, whose key is somebody else’s.
 */
const BEGINNING = /-----BEGIN(?! [A-Z0-9. ]*PARAMETERS-----)/;
/** From there on. Blanks at the ends of lines are none of the text, as for OpenSSL. */
const BLOCK =
  /-----BEGIN ([A-Z0-9 ]{1,64})-----[ \t]*\r?\n((?:[A-Za-z0-9+/=]*[ \t]*\r?\n)+)-----END \1-----[ \t]*(?:\r?\n|$)/y;

/** PEM or DER; of several blocks the first, as the leaf of a chain. Refuses `key_invalid`. */
export function readKeyFile(bytes: Uint8Array): KeyFile {
  try {
    const { kind, der } =
      bytes[0] === DER_TAG.sequence ? { kind: kindOf(bytes), der: bytes } : blockOf(bytes);
    if (kind === 'request') {
      const parsed = parseCertificationRequest(der);
      return { publicJwk: parsed.publicJwk, request: { der, parsed } };
    }
    const key = readPublicKey(kind === 'key' ? readDer(der) : certificateKey(der));
    return { publicJwk: publicJwkOf(key), request: null };
  } catch (error) {
    if (!(error instanceof MalformedDer)) throw error;
    return refuseKey(
      'sig',
      'the file holds no certification request, certificate or public key, in PEM or DER, that can be read',
    );
  }
}

/** SubjectPublicKeyInfo of what TLS servers read as a certificate: they would not start with one that is none. */
function certificateKey(der: Uint8Array): DerNode {
  try {
    new X509Certificate(der);
  } catch {
    throw new MalformedDer('not a certificate');
  }
  const [certificate] = readDerSequence(readDer(der));
  const members = certificate === undefined ? [] : readDerSequence(certificate);
  // Behind serial number, algorithm, issuer, validity and subject; before them the version, unless it is the first (RFC 5280, 4.1).
  const spki = members[members[0]?.tag === VERSION_TAG ? 6 : 5];
  if (spki === undefined) throw new MalformedDer('a certificate without a key');
  return spki;
}

function blockOf(bytes: Uint8Array): { readonly kind: Kind; readonly der: Uint8Array } {
  const text = Buffer.from(bytes).toString('latin1');
  const start = text.search(BEGINNING);
  if (start < 0) throw new MalformedDer('no block');
  const [, label = '', base64 = ''] = blockAt(text, start);
  const kind = LABELS.get(label);
  if (kind === undefined) return refuseBlock(`is labelled ${label}`);
  const der = bytesOfBase64(base64.replace(/\s/g, ''));
  if (der === null) return refuseBlock('does not decode');
  return { kind, der };
}

function blockAt(text: string, start: number): RegExpExecArray {
  BLOCK.lastIndex = start;
  const isLine = start === 0 || text[start - 1] === '\n';
  return (isLine ? BLOCK.exec(text) : null) ?? refuseBlock('is not whole, or holds more than base64');
}

function refuseBlock(what: string): never {
  return refuseKey(
    'sig',
    `the first PEM block of the file ${what}; a certification request, a certificate or a public key must come first`,
  );
}

/** By their first values: a request and a certificate have three parts, and a request begins with a version. */
function kindOf(der: Uint8Array): Kind {
  const parts = readDerSequence(readDer(der));
  const [first] = parts;
  if (parts.length !== 3 || first === undefined) return 'key';
  const members = readDerSequence(first);
  return members.length === 4 && members[0]?.tag === DER_TAG.integer ? 'request' : 'certificate';
}
