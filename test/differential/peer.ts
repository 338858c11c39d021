/** A peer that is a program: questions go in as lines, answers come out as lines, and what ends it is an answer too. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface Answer {
  readonly verdict: 'accept' | 'reject' | 'crash';
  /** Of a crash: what was said at the end. */
  readonly reason: string;
}

export type Question = Readonly<Record<string, unknown>>;

/** Far beyond the slowest honest answer. */
const PATIENCE_MS = 60_000;

/**
 * In the order of the questions. A question that ends the program is answered `crash`; the next ones go to a new one.
 * `args` go before the questions, where the program is an interpreter.
 */
export async function askProgram(
  program: string,
  questions: readonly Question[],
  args: readonly string[] = [],
): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  while (answers.length < questions.length) {
    const before = answers.length;
    const end = await askUntilItEnds([program, ...args], questions.slice(before), (answer) =>
      answers.push(answer),
    );
    if (answers.length < questions.length) answers.push({ verdict: 'crash', reason: end });
  }
  return answers;
}

async function askUntilItEnds(
  [program, ...args]: readonly [string, ...string[]],
  questions: readonly Question[],
  heard: (answer: Answer) => void,
): Promise<string> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  await once(child, 'spawn');
  const exit = once(child, 'close');
  let last = '';
  child.stderr.on('data', (data: Buffer) => {
    last = `${last}${data}`.slice(-400);
  });
  // Whoever ends early leaves questions behind; that it did is told by the missing answers.
  child.stdin.on('error', () => undefined);
  let hung = false;
  const watch = setInterval(() => {
    hung = true;
    child.kill('SIGKILL');
  }, PATIENCE_MS);
  const listening = listen(child, (answer) => {
    watch.refresh();
    heard(answer);
  });
  for (const [index, question] of questions.entries()) {
    if (!child.stdin.writable) break;
    if (!child.stdin.write(`${JSON.stringify({ ...question, id: String(index) })}\n`)) {
      await Promise.race([once(child.stdin, 'drain'), exit]);
    }
  }
  child.stdin.end();
  await listening;
  const [code, signal] = await exit;
  clearInterval(watch);
  return hung ? `no answer within ${PATIENCE_MS} ms` : `ended with ${signal ?? code}: ${last.trim()}`;
}

async function listen({ stdout }: ChildProcess, heard: (answer: Answer) => void): Promise<void> {
  if (stdout === null) throw new TypeError('no output to listen to');
  let expected = 0;
  for await (const line of createInterface({ input: stdout })) {
    const { id, verdict, reason, panic } = JSON.parse(line) as Answer & { id: string; panic?: string | null };
    if (id !== String(expected)) throw new Error(`answer ${id}, and ${expected} is the next question`);
    expected += 1;
    heard({ verdict, reason: panic ?? reason });
  }
}
