/** Minting the list of TCB evaluation numbers, version 1, members in the service's order (PCS API, version 4). */
import type { JsonObject } from '../../rats/result.js';
import { type SigningPlan, secondsOf, signJson } from './signed-json.js';

/** A number that the service still answers for. Dates are YYYY-MM-DD. */
export interface EvaluationNumber {
  readonly number: number;
  /** When Intel first published anything of it. */
  readonly eventDate: string;
  /** Of the levels that it asks for. */
  readonly tcbDate: string;
}

export interface EvaluationNumbersPlan extends Omit<SigningPlan, 'evaluationNumber'> {
  /** `TDX` or `SGX`. */
  readonly id: string;
  readonly version: number;
  /** Newest first. */
  readonly numbers: readonly EvaluationNumber[];
}

/** The service’s answer, exact bytes. */
export function mintEvaluationNumbers(plan: EvaluationNumbersPlan): Promise<Uint8Array> {
  const inner: JsonObject = {
    id: plan.id,
    version: plan.version,
    issueDate: secondsOf(plan.issueDate),
    nextUpdate: secondsOf(plan.nextUpdate),
    tcbEvalNumbers: plan.numbers.map(({ number, eventDate, tcbDate }) => ({
      tcbEvaluationDataNumber: number,
      tcbRecoveryEventDate: `${eventDate}T00:00:00Z`,
      tcbDate: `${tcbDate}T00:00:00Z`,
    })),
  };
  return signJson('tcbEvaluationDataNumbers', inner, plan);
}
