/** The code of the refusal that a promise ends with; null when it is kept, and other errors pass through. */
import { RefusalError } from '../../src/rats/refusal.js';

export async function refusalCodeOf(promise: Promise<unknown>): Promise<string | null> {
  try {
    await promise;
    return null;
  } catch (error) {
    if (error instanceof RefusalError) return error.refusal.code;
    throw error;
  }
}
