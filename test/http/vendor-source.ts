/** Vendors as a test wants them: what they were asked for, in vain or with something to bring. */
import type { EndorsementAbsence, EndorsementRequirement } from '../../src/rats/endorsement.js';
import type { Asker, EndorsementSource } from '../../src/verifier/endorsement-ports.js';

export interface AskedVendors extends EndorsementSource {
  /** Each call: whose it was and what it asked for, since the last look. */
  asked(): readonly { readonly asker: Asker; readonly wanted: readonly EndorsementRequirement[] }[];
  /** What happens on a call before it is answered: an import, say, or a wait. */
  behave(work: () => Promise<unknown>): void;
  /** How everything that is asked for ends; null: without a word. */
  answer(absence: Omit<EndorsementAbsence, 'kind' | 'subject'> | null): void;
}

export function askedVendors(): AskedVendors {
  let calls: { asker: Asker; wanted: readonly EndorsementRequirement[] }[] = [];
  let work: () => Promise<unknown> = async () => {};
  let answered: Omit<EndorsementAbsence, 'kind' | 'subject'> | null = null;
  return {
    async obtain(wanted, asker) {
      calls.push({ asker, wanted });
      await work();
      const absence = answered;
      return absence === null ? [] : wanted.map(({ kind, subject }) => ({ kind, subject, ...absence }));
    },
    asked() {
      const since = calls;
      calls = [];
      return since;
    },
    behave(change) {
      work = change;
    },
    answer(absence) {
      answered = absence;
    },
  };
}
