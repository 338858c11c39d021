/** Randomness from the operating system. */
import { randomBytes } from 'node:crypto';
import type { Entropy } from '../verifier/ports.js';

export const systemEntropy: Entropy = {
  bytes: (length) => Uint8Array.from(randomBytes(length)),
};
