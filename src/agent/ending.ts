/** How the agent ends: the exit codes of `assay verify`, and the two ways in which a try fails. */
import type { LogFields } from './log.js';

export const EXIT = { token: 0, refused: 1, usage: 2, denied: 3, undecided: 4 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Another try cannot help: the message says why, and the agent ends. */
export class AgentFailed extends Error {
  override readonly name = 'AgentFailed';
  constructor(
    message: string,
    readonly exitCode: ExitCode,
    readonly facts: LogFields = {},
  ) {
    super(message);
  }
}

/** Another try may help. `retryAfter`: seconds that whoever answered asked for; null: none named. */
export class TryAgain extends Error {
  override readonly name = 'TryAgain';
  constructor(
    message: string,
    readonly retryAfter: number | null = null,
    readonly facts: LogFields = {},
  ) {
    super(message);
  }
}

/** The command line, the machine or a file is not as it must be. */
export function failUsage(message: string): never {
  throw new AgentFailed(message, EXIT.usage);
}
