/** The attester's signing key as it was sent: a JWK, or a certification request for the certificate of a TLS server. */
import { bytesOfBase64 } from '../bytes/encoding.js';
import { type CertificationRequest, parseCertificationRequest } from '../pki/certification-request.js';
import { type PublicJwk, refuseKey, requirePublicJwk } from '../rats/binding.js';
import type { JsonObject } from '../rats/result.js';

export interface SigningKey {
  readonly jwk: PublicJwk;
  /** Null: a JWK was sent. Its signature has not been looked at. */
  readonly request: CertificationRequest | null;
}

/** Either way the RFC 7638 thumbprint of the key is what is bound. Refuses `key_invalid`. */
export function readSigningKey(sent: JsonObject): SigningKey {
  if (!Object.hasOwn(sent, 'csr')) return { jwk: requirePublicJwk(sent, 'sig'), request: null };
  const { csr, ...others } = sent;
  if (Object.keys(others).length > 0) refuseKey('sig', '`csr` stands alone, without members of a JWK');
  const der = typeof csr === 'string' ? bytesOfBase64(csr) : null;
  if (der === null) return refuseKey('sig', '`csr` is not base64');
  const request = parseCertificationRequest(der);
  return { jwk: request.publicJwk, request };
}
