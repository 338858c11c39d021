/** Keys of the simulated vendor, made and used on the thread pool. */
import {
  constants,
  createHash,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  sign as signBytes,
} from 'node:crypto';
import { promisify } from 'node:util';

const generate = promisify(generateKeyPair);

/** A private RSA key, e = 65537, plain rsaEncryption as AMD's authorities have it. */
export async function makeRsaKey(modulusLength: number): Promise<KeyObject> {
  return (await generate('rsa', { modulusLength })).privateKey;
}

export async function makeEcKey(namedCurve: 'P-384' | 'P-256'): Promise<KeyObject> {
  return (await generate('ec', { namedCurve })).privateKey;
}

/** SubjectPublicKeyInfo, DER. */
export function spkiOf(key: KeyObject): Uint8Array {
  return createPublicKey(key).export({ type: 'spki', format: 'der' });
}

/** RFC 5280, 4.2.1.2, method 1: 20 bytes over the PKCS#1 key or the point. Names a key, protects nothing. */
export function keyIdOf(key: KeyObject): Uint8Array {
  const bits =
    key.asymmetricKeyType === 'rsa'
      ? createPublicKey(key).export({ type: 'pkcs1', format: 'der' })
      : Buffer.concat([Uint8Array.of(4), pointOf(key)]);
  return createHash('sha1').update(bits).digest();
}

/** x and y of an EC key, each as long as the curve, big endian, side by side. */
export function pointOf(key: KeyObject): Uint8Array {
  const { x = '', y = '' } = createPublicKey(key).export({ format: 'jwk' });
  return Buffer.concat([Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
}

/** RSASSA-PSS, SHA-384, MGF1 SHA-384, salt 48: how AMD signs certificates and CRLs. */
export function signPss(message: Uint8Array, key: KeyObject): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 };
    signBytes('sha384', message, pss, (error, signature) => (error ? reject(error) : resolve(signature)));
  });
}

/** ECDSA with SHA-384, or another hash; r and s, each as long as the curve, big endian, side by side. */
export function signEcdsa(
  message: Uint8Array,
  key: KeyObject,
  hash: 'sha384' | 'sha256' = 'sha384',
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    signBytes(hash, message, { key, dsaEncoding: 'ieee-p1363' }, (error, signature) =>
      error ? reject(error) : resolve(signature),
    );
  });
}

/** ECDSA with SHA-256; SEQUENCE of r and s, DER, as in certificates. */
export function signEcdsaDer(message: Uint8Array, key: KeyObject): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    signBytes('sha256', message, { key, dsaEncoding: 'der' }, (error, signature) =>
      error ? reject(error) : resolve(signature),
    );
  });
}
