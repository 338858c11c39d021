/** The three parts that certificates and revocation lists share (RFC 5280, 4.1 and 5.1). */
import { equalBytes } from '../bytes/encoding.js';
import {
  type DerNode,
  MalformedDer,
  readDer,
  readDerBits,
  readDerSequence,
  requireCanonical,
  requireCount,
} from './der.js';
import { type SignatureAlgorithm, type SignedDocument, signatureAlgorithmOf } from './signature.js';

export interface ReadDocument extends SignedDocument {
  /** The members of the signed part. */
  readonly members: readonly DerNode[];
  /** AlgorithmIdentifier, DER: must stand in the signed part too. */
  readonly algorithmIdentifier: Uint8Array;
}

/** Throws MalformedDer unless the bytes are one DER value of the three parts, signed in a known way. */
export function readSignedDocument(der: Uint8Array): ReadDocument {
  const whole = readDer(der);
  requireCanonical(whole);
  const [tbs, identifier, bits] = requireCount(
    readDerSequence(whole),
    3,
    'not a signed document of three parts',
  );
  const algorithm: SignatureAlgorithm | null = signatureAlgorithmOf(identifier.der);
  if (algorithm === null)
    throw new MalformedDer('not signed with RSASSA-PSS and SHA-384 or ECDSA and SHA-256');
  return {
    algorithm,
    algorithmIdentifier: identifier.der,
    tbs: tbs.der,
    signature: readDerBits(bits),
    members: readDerSequence(tbs),
  };
}

/** The algorithm outside the signature must be the one inside, octet by octet (RFC 5280, 4.1.1.2). */
export function requireSameAlgorithm(document: ReadDocument, inner: DerNode): void {
  if (!equalBytes(document.algorithmIdentifier, inner.der)) {
    throw new MalformedDer('the signature algorithm differs inside and outside of the signed part');
  }
}
