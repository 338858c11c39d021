/**
 * What a native addon must pass besides the known answers that it gives as a verifier: the same ones in its other
 * forms, points that are no keys, and digests that are none of the curve's hash.
 */
import { createHash } from 'node:crypto';
import { type CurveName, ECDSA_EXAMPLES, type EcdsaExample } from './ecdsa-examples.js';
import { knownAnswers } from './ecdsa-known-answers.js';
import { addonKeyOf, type EcdsaAddon } from './ecdsa-native.js';

/** Names of what came out wrong, or did not come; none: it may be believed. */
export async function failedAddonAnswers(addon: EcdsaAddon): Promise<readonly string[]> {
  const failed = await failedForms(addon);
  for (const example of ECDSA_EXAMPLES) {
    failed.push(...takenPoints(addon, example), ...takenDigests(addon, example));
  }
  return failed;
}

/** Every known answer on the thread pool and over the digest; in place it gives them as a verifier. */
async function failedForms(addon: EcdsaAddon): Promise<string[]> {
  const failed: string[] = [];
  for (const { name, question, holds } of knownAnswers()) {
    const { hash, message, signature } = question;
    const held = await answerOf(() => addonKeyOf(addon, question.key));
    // Another hash than the curve's is Node's to compute.
    if (held !== null && held.hash !== hash) continue;
    const digest = createHash(hash).update(message).digest();
    const given = {
      'on the thread pool': await answerOf(() => held?.key.verifyPooled(message, signature)),
      'over the digest': await answerOf(() => held?.key.verifyDigest(digest, signature)),
    };
    for (const [form, answer] of Object.entries(given)) {
      if (answer !== holds) failed.push(`${name}, ${form}`);
    }
  }
  return failed;
}

/** Null: it was no answer but an error. */
async function answerOf<Answer>(ask: () => Answer | Promise<Answer>): Promise<Answer | null> {
  try {
    return await ask();
  } catch {
    return null;
  }
}

/** Points that it should have refused, by name. */
function takenPoints(addon: EcdsaAddon, { source, crv, x, y }: EcdsaExample): readonly string[] {
  const odd = Number.parseInt(y.slice(-1), 16) & 1;
  const zero = '00'.repeat(x.length / 2);
  const other: CurveName = crv === 'P-256' ? 'P-384' : 'P-256';
  const points: readonly (readonly [string, string, CurveName?])[] = [
    ['x and y swapped', `04${y}${x}`],
    ['off the curve by a bit', `04${x}${y.slice(0, -1)}${odd === 1 ? '0' : '1'}`],
    ['zero and zero', `04${zero}${zero}`],
    ['coordinates all ones', `04${'ff'.repeat(x.length)}`],
    ['infinity', '00'],
    ['compressed', `0${2 + odd}${x}`],
    ['hybrid', `0${6 + odd}${x}${y}`],
    ['an octet too few', `04${x}${y.slice(0, -2)}`],
    ['an octet too many', `04${x}${y}00`],
    ['no octets', ''],
    ['the other curve', `04${x}${y}`, other],
  ];
  return points
    .filter(([, point, curve = crv]) => works(() => new addon.PublicKey(curve, Buffer.from(point, 'hex'))))
    .map(([what]) => `${crv}, ${source}, a key: ${what}`);
}

/** Digests that it should have refused, by name. */
function takenDigests(addon: EcdsaAddon, { source, crv, hash, x, y, r, s }: EcdsaExample): readonly string[] {
  const length = hash === 'sha256' ? 32 : 48;
  const lengths = [0, 20, length - 1, length + 1, hash === 'sha256' ? 48 : 32, 64];
  return lengths
    .filter((octets) =>
      works(() => {
        const key = new addon.PublicKey(crv, Buffer.from(`04${x}${y}`, 'hex'));
        return key.verifyDigest(new Uint8Array(octets), Buffer.from(r + s, 'hex'));
      }),
    )
    .map((octets) => `${crv}, ${source}, a digest of ${octets} octets`);
}

function works(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}
