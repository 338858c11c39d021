/**
 * Intel's list of TCB evaluation data numbers, version 1: which evaluations there are documents for, and since when.
 * The highest is what the early track gives; which one the standard track gives follows from the age of its event.
 * Source: Intel PCS API v4, "Retrieve TCB Evaluation Data Numbers".
 */
import {
  type DocumentDates,
  MalformedCollateral,
  type OtherDocument,
  readEvaluationNumber,
  readSignedDocument,
  type SignedDocumentJson,
} from './collateral.js';
import { readMembers } from './collateral-members.js';

export const EVALUATION_NUMBERS_ID = 'TDX';
export const EVALUATION_NUMBERS_VERSION = 1;

export interface Evaluation {
  /** As TCB info and QE identity carry it. 32 bits. */
  readonly number: number;
  /** When Intel first published documents for it. */
  readonly recoveryEventDate: Date;
  readonly tcbDate: Date;
}

export interface EvaluationNumbers extends DocumentDates, SignedDocumentJson {
  readonly kind: 'evaluation-numbers';
  /** By number, descending; never empty. */
  readonly evaluations: readonly Evaluation[];
}

/**
 * Reads the answer of the PCS, at most 256 KiB. Neither signature nor dates are judged. A document that is not `TDX`
 * of version 1 comes back as `other`. Throws MalformedCollateral.
 */
export function readEvaluationNumbers(bytes: Uint8Array): EvaluationNumbers | OtherDocument {
  return readSignedDocument(
    bytes,
    {
      member: 'tcbEvaluationDataNumbers',
      id: EVALUATION_NUMBERS_ID,
      version: EVALUATION_NUMBERS_VERSION,
    },
    (members, dates) => {
      const evaluations = members.filledList('tcbEvalNumbers', (item, where) =>
        readMembers(item, where, (evaluation) => ({
          number: readEvaluationNumber(evaluation),
          recoveryEventDate: evaluation.instant('tcbRecoveryEventDate'),
          tcbDate: evaluation.instant('tcbDate'),
        })),
      );
      if (new Set(evaluations.map(({ number }) => number)).size < evaluations.length) {
        throw new MalformedCollateral(`${members.where}.tcbEvalNumbers has a number twice`);
      }
      return {
        kind: 'evaluation-numbers' as const,
        ...dates,
        evaluations: [...evaluations].sort((a, b) => b.number - a.number),
      };
    },
  );
}
