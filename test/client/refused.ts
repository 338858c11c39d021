/** The refusal that something ends in. */
import { TokenRefused } from '../../src/client/index.js';

/** Throws when it does not, and what is no refusal. */
export async function refusalOf(work: Promise<unknown>): Promise<TokenRefused> {
  try {
    await work;
  } catch (error) {
    if (error instanceof TokenRefused) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** `accepted`, or the code of the refusal. */
export async function outcomeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'accepted';
  } catch (error) {
    if (error instanceof TokenRefused) return error.code;
    throw error;
  }
}
