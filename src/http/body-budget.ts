/** How many bytes of bodies are held at once, from their arrival to the end of the work on them: of one address, and of all. */
import { refuseLoad, refuseRate } from '../rats/shared-refusals.js';

export interface BudgetLimits {
  readonly perAddress: number;
  readonly altogether: number;
}

/** Evidence has some ten thousand bytes: room for thousands of requests that honest clients send slowly. */
export const BODY_BUDGET: BudgetLimits = {
  perAddress: 64 * 1024 * 1024,
  altogether: 512 * 1024 * 1024,
};

/** The share of one request. */
export interface BodyShare {
  /** Refuses with `rate_limited` what is too much for an address, with `overloaded` what is too much for all. */
  take(bytes: number): void;
  /** When nobody holds the body any more. Twice is once. */
  giveBack(): void;
}

/** `source`: whom the request counts against. */
export type BodyBudget = (source: string) => BodyShare;

export function createBodyBudget({ perAddress, altogether }: BudgetLimits = BODY_BUDGET): BodyBudget {
  const held = new Map<string, number>();
  let total = 0;
  return (source) => {
    let own = 0;
    const add = (bytes: number): void => {
      const left = (held.get(source) ?? 0) + bytes;
      if (left > 0) held.set(source, left);
      else held.delete(source);
      own += bytes;
      total += bytes;
    };
    return {
      take(bytes) {
        if ((held.get(source) ?? 0) + bytes > perAddress) {
          refuseRate('This address has too many unfinished requests under way.');
        }
        if (total + bytes > altogether) {
          refuseLoad('request', 'The service holds as many unfinished requests as it takes on.');
        }
        add(bytes);
      },
      giveBack() {
        add(-own);
      },
    };
  };
}
