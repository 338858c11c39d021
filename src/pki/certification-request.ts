/**
 * Certification requests (PKCS #10, RFC 2986), read strictly: a public key, signed by whoever holds the private one. Names and
 * attributes are what somebody wishes for; nobody here believes or reads them.
 */
import { type KeyObject, verify } from 'node:crypto';
import { hexOf } from '../bytes/encoding.js';
import { type PublicJwk, refuseKey } from '../rats/binding.js';
import {
  type DerNode,
  MalformedDer,
  readDer,
  readDerBits,
  readDerInteger,
  readDerSequence,
  requireCanonical,
  requireCount,
} from './der.js';
import { publicJwkOf, readPublicKey } from './public-key.js';

/** Bytes. One with a hundred names has half of them. */
export const MAX_REQUEST_BYTES = 8 * 1024;

export interface CertificationRequest {
  /** Of a kind that tokens can be bound to. */
  readonly publicJwk: PublicJwk;
  readonly key: KeyObject;
  /** With which the request is signed; null: the algorithm of the key has none beside it (Ed25519). */
  readonly hash: 'sha256' | 'sha384' | 'sha512' | null;
  /** What is signed, as received. */
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

/** AlgorithmIdentifier of ECDSA with SHA-2 (RFC 5758, 3.2) and of Ed25519 (RFC 8410, 3): none has parameters. */
const ALGORITHMS: ReadonlyMap<
  string,
  { readonly kty: 'EC' | 'OKP'; readonly hash: CertificationRequest['hash'] }
> = new Map([
  ['300a06082a8648ce3d040302', { kty: 'EC', hash: 'sha256' }],
  ['300a06082a8648ce3d040303', { kty: 'EC', hash: 'sha384' }],
  ['300a06082a8648ce3d040304', { kty: 'EC', hash: 'sha512' }],
  ['300506032b6570', { kty: 'OKP', hash: null }],
]);

/** [0] IMPLICIT SET OF Attribute: there even when it is empty. */
const ATTRIBUTES_TAG = 0xa0;

/** Exactly one request, DER. Its signature is for `requireOwnSignature`. Refuses `key_invalid`. */
export function parseCertificationRequest(der: Uint8Array): CertificationRequest {
  if (der.length > MAX_REQUEST_BYTES) {
    refuseKey('sig', `its certification request has more than ${MAX_REQUEST_BYTES} bytes`);
  }
  try {
    return readRequest(Uint8Array.from(der));
  } catch (error) {
    if (!(error instanceof MalformedDer)) throw error;
    return refuseKey('sig', `its certification request is not PKCS #10 in DER (${error.message})`);
  }
}

function readRequest(der: Uint8Array): CertificationRequest {
  const whole = readDer(der);
  requireCanonical(whole);
  const [info, algorithm, bits] = requireCount(readDerSequence(whole), 3, 'not a request of three parts');
  const [version, name, spki, attributes] = requireCount(readDerSequence(info), 4, 'not what a request asks');
  if (readDerInteger(version) !== 0n) throw new MalformedDer('not version 1');
  // Unread, but of the shape that they have: nothing else is what somebody meant to sign.
  readDerSequence(name);
  readDerSequence(attributes, ATTRIBUTES_TAG);
  const key = readPublicKey(spki);
  const publicJwk = publicJwkOf(key);
  return {
    publicJwk,
    key,
    hash: hashOf(algorithm, publicJwk),
    signed: info.der,
    signature: readDerBits(bits),
  };
}

function hashOf({ der }: DerNode, { kty }: PublicJwk): CertificationRequest['hash'] {
  const algorithm = ALGORITHMS.get(hexOf(der));
  if (algorithm === undefined || algorithm.kty !== kty) {
    return refuseKey(
      'sig',
      'its certification request is not signed by ECDSA with SHA-2 or by Ed25519, as its key does',
    );
  }
  return algorithm.hash;
}

/**
 * Refuses `key_invalid` unless the key signed the request: nobody can have a token bound to the key of somebody else by sending
 * a request of their own making. It says nothing about when; that is for the evidence.
 */
export async function requireOwnSignature({
  key,
  hash,
  signed,
  signature,
}: CertificationRequest): Promise<void> {
  const holds = await new Promise<boolean>((resolve, reject) => {
    verify(hash, signed, { key, dsaEncoding: 'der' }, signature, (error, result) =>
      error === null ? resolve(result) : reject(error),
    );
  });
  if (!holds) refuseKey('sig', 'the signature of its certification request does not hold under its own key');
}
