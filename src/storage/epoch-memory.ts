/**
 * Answers that hold for as long as the tenant's epoch stands. No decision commits under another epoch than the one
 * that its answers name, so an old answer costs another look and never a wrong verdict.
 */
import { Memory, type MemoryLimits } from '../bytes/memory.js';
import { KnownEpochs } from './known-epochs.js';

interface EpochAnswer {
  /** Read at the same moment as the rest of the answer. */
  readonly epoch: bigint;
}

export interface EpochMemory<Question, Answer> {
  find(tenant: string, question: Question): Promise<Answer>;
  /** The tenant's epoch has moved. */
  forget(tenant: string): void;
}

export interface Remembering<Question, Answer> {
  readonly ask: (tenant: string, question: Question) => Promise<Answer>;
  readonly keyOf: (question: Question) => string;
  /** Whether nothing but an act that raises the epoch can change the answer. */
  readonly lasts: (question: Question, answer: Answer) => boolean;
  /** Bytes, roughly. */
  readonly sizeOf: (answer: Answer) => number;
  readonly limits: MemoryLimits;
}

export function rememberByEpoch<Question, Answer extends EpochAnswer>({
  ask,
  keyOf,
  lasts,
  sizeOf,
  limits,
}: Remembering<Question, Answer>): EpochMemory<Question, Answer> {
  const tenants = new KnownEpochs<null>(() => null);
  /** The generation is in the key, so what is past is never found and in time gives way. */
  const answers = new Memory<Answer>(limits);
  const keyAt = (tenant: string, generation: number, question: Question): string =>
    JSON.stringify([tenant, generation, keyOf(question)]);
  return {
    async find(tenant, question) {
      const present = tenants.of(tenant);
      const known = present === null ? null : answers.recall(keyAt(tenant, present.generation, question));
      if (known !== null) return known;
      const answer = await ask(tenant, question);
      const current = tenants.at(tenant, answer.epoch);
      if (current !== null && lasts(question, answer)) {
        const key = keyAt(tenant, current.generation, question);
        answers.remember(key, answer, key.length + sizeOf(answer));
      }
      return answer;
    },
    forget: (tenant) => tenants.forget(tenant),
  };
}
