/** A helper in another language as a program that stays: a question per line in, an answer per line out. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { JsonObject } from '../../src/rats/result.js';
import type { Judge } from './node-judge.js';
import type { Answer } from './question.js';

export interface ProgramJudge {
  readonly ask: Judge;
  /** Its table of refusals, by code. */
  rows(): Promise<JsonObject[]>;
  close(): Promise<void>;
}

interface Line extends Partial<Answer> {
  readonly id: string;
  readonly code: string;
}

export function startProgramJudge(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ProgramJudge {
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const exit = once(child, 'close');
  const waiting = new Map<string, (line: Line) => void>();
  let count = 0;
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text) as Line;
    waiting.get(line.id)?.(line);
    waiting.delete(line.id);
  });

  /** Ends with the program, which says on standard error why it ended. */
  async function tell(question: object): Promise<Line> {
    const id = String(count);
    count += 1;
    const answered = new Promise<Line>((resolve) => {
      waiting.set(id, resolve);
    });
    child.stdin.write(`${JSON.stringify({ ...question, id })}\n`);
    const ended = exit.then(([code, signal]): never => {
      throw new Error(`${program} ended with ${signal ?? code}`);
    });
    return Promise.race([answered, ended]);
  }

  return {
    async ask(question) {
      const { code, reason, detail, said } = await tell(question);
      return { code, reason: reason ?? '', detail: detail ?? '', said: said ?? null };
    },
    async rows() {
      const { said } = await tell({ about: 'rows', at: 0 });
      return said as unknown as JsonObject[];
    },
    async close() {
      child.stdin.end();
      await exit;
    },
  };
}
