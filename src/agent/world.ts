/** What the agent needs of the process around it, handed in so that tests can hand in another. */
import type { TsmFolder } from './tsm-folder.js';

export interface AgentWorld {
  now(): Date;
  /** Resolves after the time; rejects as soon as `stop` says so. */
  sleep(milliseconds: number): Promise<void>;
  /** Calls `ring`, which never rejects, at that instant, whatever else is under way then; what is returned calls it off. */
  alarm(at: Date, ring: () => Promise<void>): () => void;
  /** At least 0, less than 1; for spreading pauses, never for secrets. */
  random(): number;
  /** configfs-tsm under a directory. */
  tsm(root: string): TsmFolder;
  /** A line of standard output, and one of standard error. */
  out(text: string): void;
  err(text: string): void;
  /** Somebody asks the agent to stop. */
  readonly stop: AbortSignal;
}
