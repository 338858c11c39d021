/** Exit codes, and the ways in which a command ends early. */
import { type Refusal, refusalEntry } from '../rats/refusal.js';
import type { Verdict } from '../rats/result.js';

export const EXIT = {
  affirming: 0,
  refused: 1,
  usage: 2,
  contraindicated: 3,
  undecided: 4,
  warning: 5,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The command was used wrongly; the message says what to change. */
export class UsageMistake extends Error {
  override readonly name = 'UsageMistake';
}

/** The command cannot do its work; the message says why. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  constructor(
    message: string,
    readonly exitCode: ExitCode,
  ) {
    super(message);
  }
}

/** Of an offline verdict. Malformed evidence has neither been refused nor left undecided. */
export function exitCodeOf(verdict: Verdict): ExitCode {
  if (verdict.authentic === true) {
    if (verdict.status === 'affirming') return EXIT.affirming;
    return verdict.status === 'warning' ? EXIT.warning : EXIT.contraindicated;
  }
  if (verdict.authentic === false) return EXIT.refused;
  return verdict.code !== null && refusalEntry(verdict.code).class === 'undecided'
    ? EXIT.undecided
    : EXIT.usage;
}

/** Of a refusal outside a verdict: options and files that do not hold what they should. */
export function exitCodeOfRefusal(refusal: Refusal): ExitCode {
  const kind = refusalEntry(refusal.code).class;
  if (kind === 'undecided') return EXIT.undecided;
  return kind === 'malformed' || kind === 'caller' ? EXIT.usage : EXIT.refused;
}
