/** Certification requests (PKCS #10) for tests, good unless the draft says otherwise. */
import { createPublicKey, type KeyObject, sign } from 'node:crypto';
import {
  type Asn1,
  asn1Of,
  bits,
  derOf,
  integer,
  oid,
  sequence,
  setOf,
  tagged,
  utf8,
} from '../../src/simulator/asn1.js';

export interface RequestDraft {
  /** Private; its public half is asked for. */
  readonly key: KeyObject;
  /** Signs instead. */
  readonly signingKey?: KeyObject;
  /** Digest, and the algorithm that is named for it. */
  readonly hash?: 'sha1' | 'sha256' | 'sha384' | 'sha512';
  /** Named instead. */
  readonly algorithm?: string;
  readonly version?: number;
  readonly withAttributes?: boolean;
  /** In place of a name. */
  readonly name?: Asn1;
}

const NAME = sequence(setOf(sequence(oid('2.5.4.3'), utf8('model.example'))));

const ECDSA = {
  sha1: '1.2.840.10045.4.1',
  sha256: '1.2.840.10045.4.3.2',
  sha384: '1.2.840.10045.4.3.3',
  sha512: '1.2.840.10045.4.3.4',
} as const;
const ED25519 = '1.3.101.112';

/** DER. */
export function mintRequest(draft: RequestDraft): Buffer {
  const { key, signingKey = key, hash = 'sha256', version = 0, withAttributes = true, name = NAME } = draft;
  const isEdwards = signingKey.asymmetricKeyType === 'ed25519';
  const { algorithm = isEdwards ? ED25519 : ECDSA[hash] } = draft;
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const info = sequence(integer(version), name, asn1Of(spki), ...(withAttributes ? [tagged(0)] : []));
  const signature = sign(isEdwards ? null : hash, derOf(info), signingKey);
  return Buffer.from(derOf(sequence(info, sequence(oid(algorithm)), bits(signature))));
}

export function pemOfRequest(der: Uint8Array, label = 'CERTIFICATE REQUEST'): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
