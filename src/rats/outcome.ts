/** Outcome<T>: a value or a refusal. Stages throw refusals; the boundary turns them into values. */
import { type Refusal, RefusalError } from './refusal.js';

export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refusal };

/** Runs a stage. A RefusalError becomes a value; everything else is a bug and passes through. */
export async function outcomeOf<T>(stage: () => T | Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await stage() };
  } catch (error) {
    if (error instanceof RefusalError) return { ok: false, refusal: error.refusal };
    throw error;
  }
}
