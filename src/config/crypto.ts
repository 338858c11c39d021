/** ASSAY_CRYPTO: who verifies the signatures of evidence. */
import type { Variables } from './variables.js';

/** `auto`: the native addon where it is there and passes its self-test, otherwise Node; `native`: the addon or nobody. */
export const CRYPTO_CHOICES = ['auto', 'node', 'native'] as const;
export type CryptoChoice = (typeof CRYPTO_CHOICES)[number];

export function readCryptoChoice(variables: Variables): CryptoChoice {
  const text = variables.value('ASSAY_CRYPTO') ?? 'auto';
  const choice = CRYPTO_CHOICES.find((one) => one === text);
  if (choice !== undefined) return choice;
  variables.mistake('ASSAY_CRYPTO must be auto, node or native.');
  return 'auto';
}
