/** The vendors as the use cases see them: what can be had within seconds is had, for the rest there is a reason and a time. */
import type { EndorsementAbsence } from '../rats/endorsement.js';
import type { EndorsementSource } from '../verifier/endorsement-ports.js';
import type { Clock } from '../verifier/ports.js';
import type { Answer } from './ledger.js';
import { slowAbsence } from './ledger-answers.js';
import type { VendorDesk } from './vendor-desk.js';

export interface SourceParts {
  readonly desk: Pick<VendorDesk, 'ask'>;
  readonly clock: Clock;
  /** Ends when a request has waited long enough, or when `signal` says that it need not wait any more. */
  readonly patience: (signal: AbortSignal) => Promise<void>;
  /** Told of failures that nobody waits for any more. */
  readonly failed: (error: unknown) => void;
}

export function createEndorsementSource({ desk, clock, patience, failed }: SourceParts): EndorsementSource {
  return {
    async obtain(wanted, { realm, tenant, known }) {
      const asked = wanted.flatMap((need) => {
        // Every generation is what the store has; one vendor's reply brings one.
        const answer = need.each === true ? null : desk.ask(realm, need, { share: tenant, known });
        return answer === null ? [] : [{ need, answer }];
      });
      if (asked.length === 0) return [];
      const satisfied = new AbortController();
      const impatience = patience(satisfied.signal).then(() => 'too-late' as const);
      try {
        const absences = await Promise.all(
          asked.map(async ({ need, answer }) => {
            const first = await Promise.race([answer, impatience]);
            if (first !== 'too-late') return absenceOf(first);
            // What comes later is in the store for whoever asks again.
            answer.catch(failed);
            return slowAbsence(need, clock.now());
          }),
        );
        return absences.filter((absence) => absence !== null);
      } finally {
        for (const { answer } of asked) answer.catch(() => {});
        satisfied.abort();
      }
    },
  };
}

function absenceOf(answer: Answer): EndorsementAbsence | null {
  return answer.kind === 'postponed' ? answer.absence : (answer.nothingNewer ?? null);
}
