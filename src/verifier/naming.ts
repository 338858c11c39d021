/** Once evidence was recognised, every refusal says what kind it is. */
import type { Tee } from '../rats/evidence.js';
import { RefusalError } from '../rats/refusal.js';

export async function naming<T>(tee: Tee, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RefusalError)) throw error;
    throw new RefusalError({ ...error.refusal, facts: { ...error.refusal.facts, tee } });
  }
}
