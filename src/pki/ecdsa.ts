/** ECDSA verification with raw r and s, as whoever computes it offers it: see ecdsa-node.ts and ecdsa-native.ts. */
import type { KeyObject } from 'node:crypto';
import type { DigestName } from '../bytes/digest.js';

export interface EcdsaQuestion {
  /** EC public key. */
  readonly key: KeyObject;
  readonly hash: DigestName;
  /** As received; it is hashed here. */
  readonly message: Uint8Array;
  /** r and s side by side, big endian, each as wide as the field; of another length it does not hold. */
  readonly signature: Uint8Array;
}

export interface EcdsaVerifier {
  /** Which implementation, and of which library in which version: `node openssl/3.0.19`. */
  readonly name: string;
  /** Never throws over a signature, whatever its bytes are. */
  verify(question: EcdsaQuestion): Promise<boolean>;
}
