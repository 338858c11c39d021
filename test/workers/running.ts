/** A service of several processes as an operator sees it, and requests that each come over a connection of their own. */
import { readdirSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { spawnReplica } from '../replicas/replica.js';

export interface RunningWorkers {
  readonly pid: number;
  /** Where it says that it listens. */
  readonly url: string;
  /** What it has said so far, both streams. */
  said(): string;
  /** Process ids of the workers that there are. */
  workers(): readonly number[];
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

const START_DEADLINE_MS = 90_000;
const ANSWER_LIMIT_MS = 20_000;

/** Resolves when it has greeted; rejects with what it said when it ends before. */
export async function startWorkers(
  port: number,
  environment: Readonly<Record<string, string>>,
): Promise<RunningWorkers> {
  const running = beginWorkers(port, environment);
  let over = false;
  void running.ended.then(() => {
    over = true;
  });
  // The greeting and the log come over two pipes, in either order.
  const greeted = (): boolean => running.said().includes('Assay serves') && running.url !== '';
  await until(() => over || greeted(), START_DEADLINE_MS);
  if (over) throw new Error(`the service ended:\n${running.said()}`);
  return running;
}

/** Starts without waiting. `url` is known once it has greeted. */
export function beginWorkers(port: number, environment: Readonly<Record<string, string>>): RunningWorkers {
  const child = spawnReplica(port, { ASSAY_WORKERS: '2', ASSAY_SIMULATED_VENDORS: '0', ...environment });
  const { pid } = child;
  if (pid === undefined) throw new Error('the service was not started');
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  return {
    pid,
    get url() {
      return /"url":"([^"]+)"/.exec(child.said())?.[1] ?? '';
    },
    said: child.said,
    workers: () => childrenOf(pid),
    signal: (name) => void child.kill(name),
    ended,
  };
}

/** From Linux's /proc: the fourth field of a process's stat is its parent (proc(5)). */
function childrenOf(parent: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === parent)
    .map(Number);
}

function parentOf(pid: string): number | null {
  try {
    const [state, ppid] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return state === 'Z' ? null : Number(ppid);
  } catch {
    return null;
  }
}

export function isAlive(pid: number): boolean {
  return parentOf(String(pid)) !== null;
}

/** Waits for something to become true; throws when it does not in time. */
export async function until(condition: () => boolean | Promise<boolean>, limit = 60_000): Promise<void> {
  const deadline = Date.now() + limit;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('it did not come to pass in time');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export interface Told {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** One request over a new connection; rejects when there is none to be had. */
export function ask(
  url: string,
  {
    headers = {},
    body = null,
  }: { readonly headers?: Record<string, string>; readonly body?: object | null } = {},
): Promise<Told> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        agent: new Agent({ keepAlive: false }),
        method: body === null ? 'GET' : 'POST',
        headers: { ...(body === null ? {} : { 'Content-Type': 'application/json' }), ...headers },
      },
      (reply) => {
        let text = '';
        reply.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        reply.once('end', () => resolve({ status: reply.statusCode ?? 0, headers: reply.headers, text }));
        reply.once('error', reject);
      },
    );
    sent.once('error', reject);
    sent.setTimeout(ANSWER_LIMIT_MS, () => sent.destroy(new Error('nobody answers')));
    sent.end(body === null ? undefined : JSON.stringify(body));
  });
}

/** Which workers have answered requests so far, by the numbers in their log lines. */
export function answeringWorkers(said: string): readonly number[] {
  const numbers = said.split('\n').flatMap((line) => /"worker":(\d+),"route"/.exec(line)?.[1] ?? []);
  return [...new Set(numbers.map(Number))].sort();
}

/** The value of a series as /metrics shows it; null when it is not there. */
export async function metricAt(url: string, series: string): Promise<number | null> {
  const { status, text } = await ask(`${url}/metrics`);
  if (status !== 200) throw new Error(`/metrics: ${status} ${text}`);
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? null : Number(line.slice(series.length + 1));
}
