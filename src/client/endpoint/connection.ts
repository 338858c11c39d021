/**
 * A connection of TLS 1.3 after a full handshake, and whose key it was made with. Each handshake is whole, so that the other side
 * signs with its key anew: a resumed session shows only that somebody knows a secret of an earlier one. TLS 1.2 is left out,
 * where a key may change within a connection (RFC 5246, 7.4.1.1).
 */
import { createHash, type KeyObject, type X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { calculateJwkThumbprint } from 'jose';
import { refuseToken } from '../refused.js';

export interface Peer {
  /** As in the URL, an IPv6 address without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** Which of those that the name has; null: any. */
  readonly address: string | null;
}

export interface ConnectionTerms {
  /** PEM; null: the authorities that Node knows. */
  readonly authorities: string | readonly string[] | null;
  /** Milliseconds. */
  readonly within: number;
}

export interface PeerConnection {
  readonly socket: TLSSocket;
  readonly certificate: X509Certificate;
  /** RFC 7638, SHA-256, of the key that the other side has just signed with. */
  readonly keyThumbprint: string;
  /** SHA-256 of its SubjectPublicKeyInfo, base64: what curl takes after `sha256//`. */
  readonly keyPin: string;
}

/** Throws TokenRefused: `endpoint_unreachable`, `endpoint_slow`, `endpoint_untrusted`, `endpoint_key_unsupported`. */
export async function openConnection(peer: Peer, terms: ConnectionTerms): Promise<PeerConnection> {
  const socket = await handshake(peer, terms);
  try {
    const certificate = socket.getPeerX509Certificate();
    if (!socket.authorized || socket.isSessionReused() || certificate === undefined) {
      return refuseTls('No certificate was shown in a full handshake.');
    }
    const { publicKey } = certificate;
    const keyThumbprint = await thumbprintOf(publicKey);
    // Nobody would tell whoever takes a connection that broke off meanwhile.
    if (socket.destroyed) refuseUnreachable('it hung up after the handshake');
    return {
      socket,
      certificate,
      keyThumbprint,
      keyPin: createHash('sha256')
        .update(publicKey.export({ type: 'spki', format: 'der' }))
        .digest('base64'),
    };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function handshake(
  { hostname, port, address }: Peer,
  { authorities, within }: ConnectionTerms,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      port,
      // The certificate is held to the name; an address is no name (RFC 6066, section 3), and is held to itself.
      ...(isIP(hostname) === 0 ? { host: address ?? hostname, servername: hostname } : { host: hostname }),
      ...(authorities === null ? {} : { ca: [authorities].flat() }),
      minVersion: 'TLSv1.3',
      ALPNProtocols: ['http/1.1'],
      // Said aloud, since an environment variable changes what holds otherwise.
      rejectUnauthorized: true,
    });
    const late = setTimeout(() => socket.destroy(new Late('no handshake in time')), within);
    socket.once('secureConnect', () => {
      clearTimeout(late);
      socket.off('error', fail);
      // Between two owners of the connection nobody else listens, and an error that nobody hears ends the process.
      socket.on('error', () => undefined);
      resolve(socket);
    });
    const fail = (error: Error): void => {
      clearTimeout(late);
      reject(whyUnconnected(error, hostname));
    };
    socket.once('error', fail);
  });
}

class Late extends Error {
  override readonly name = 'Late';
}

function whyUnconnected(error: Error, hostname: string): unknown {
  try {
    return explain(error, hostname);
  } catch (refused) {
    return refused;
  }
}

/** What the system says has a call in it, or a code of it; everything else is about TLS and certificates. */
function explain(error: Error, hostname: string): never {
  if (error instanceof Late) return refuseSlow('The endpoint did not finish a TLS handshake in time.');
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  if (('syscall' in error && code !== 'EPROTO') || SYSTEM_CODES.has(code)) {
    return refuseUnreachable(code);
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return refuseTls(`The certificate of the endpoint is not for ${hostname}.`);
  }
  return refuseTls(`The endpoint does not speak TLS 1.3 with a certificate that is trusted here (${code}).`);
}

/** Of connections that break off or never come to be, where Node tells no call. */
const SYSTEM_CODES: ReadonlySet<string> = new Set(['ECONNRESET', 'ECONNREFUSED', 'ETIMEDOUT', 'EPIPE']);

/** Those kinds of key that tokens are bound to. */
async function thumbprintOf(key: KeyObject): Promise<string> {
  const { kty, crv, x, y } = isSupported(key) ? key.export({ format: 'jwk' }) : {};
  if (kty === undefined || crv === undefined || x === undefined) {
    return refuseToken(
      'endpoint_key_unsupported',
      'The endpoint uses a TLS key of a kind that no token is bound to.',
    );
  }
  return calculateJwkThumbprint({ kty, crv, x, ...(y === undefined ? {} : { y }) });
}

function isSupported({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  const curve = asymmetricKeyDetails?.namedCurve;
  return (
    asymmetricKeyType === 'ed25519' ||
    (asymmetricKeyType === 'ec' && (curve === 'prime256v1' || curve === 'secp384r1'))
  );
}

function refuseUnreachable(why: string): never {
  return refuseToken('endpoint_unreachable', `The endpoint does not answer (${why}).`);
}

export function refuseSlow(detail: string): never {
  return refuseToken('endpoint_slow', detail);
}

function refuseTls(detail: string): never {
  return refuseToken('endpoint_untrusted', detail);
}
