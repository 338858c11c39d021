/** One question before both implementations, in every form that the addon has. */
import { createHash } from 'node:crypto';
import type { EcdsaVerifier } from '../../src/pki/ecdsa.js';
import { type EcdsaAddon, type EcdsaAddonKey, nativeEcdsa } from '../../src/pki/ecdsa-native.js';
import { NODE_ECDSA } from '../../src/pki/ecdsa-node.js';
import type { Question } from './questions.js';

export interface Answers {
  readonly node: boolean;
  /** As the service asks it. */
  readonly native: boolean;
  readonly pooled: boolean;
  readonly digest: boolean;
}

export type Compare = (question: Question) => Promise<Answers>;

/** What goes to nobody but the addon; a key that it would leave to Node is an error here. */
export function comparing(addon: EcdsaAddon): Compare {
  const nobody: EcdsaVerifier = {
    name: 'nobody',
    verify: () => Promise.reject(new Error('the addon leaves this question to others')),
  };
  const native = nativeEcdsa(addon, nobody);
  const keys = new WeakMap<Question['key'], EcdsaAddonKey>();
  return async (question) => {
    const { curve, hash, key, message, signature } = question;
    const length = curve === 'P-256' ? 65 : 97;
    const held =
      keys.get(key) ??
      new addon.PublicKey(curve, key.export({ type: 'spki', format: 'der' }).subarray(-length));
    keys.set(key, held);
    const [node, pooled] = await Promise.all([
      NODE_ECDSA.verify(question),
      held.verifyPooled(message, signature),
    ]);
    return {
      node,
      native: await native.verify(question),
      pooled,
      digest: held.verifyDigest(createHash(hash).update(message).digest(), signature),
    };
  };
}

export function differ(answers: Answers): boolean {
  return new Set(Object.values(answers)).size > 1;
}

/** Everything that is needed to ask again; test material, and no secret. */
export function describeQuestion({ name, key, message, signature }: Question, answers: Answers): string {
  const spki = key.export({ type: 'spki', format: 'der' }).toString('hex');
  const hex = (octets: Uint8Array) => Buffer.from(octets).toString('hex');
  return `${name}: ${JSON.stringify(answers)}, key ${spki}, message ${hex(message)}, signature ${hex(signature)}`;
}
