// The service as a process that is killed and started again, always on one port.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 10;
/** A service that is not ready by then counts as one that does not start. */
const GIVE_UP_MS = 90_000;
const KEPT_OUTPUT = 20_000;

/** `node build/src/main.js` with exactly these settings, and nothing of the caller's. */
export function spawnService(build, settings) {
  const child = spawn(process.execPath, [join(build, 'src', 'main.js')], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const spawned = performance.now();
  const abandon = () => child.kill('SIGKILL');
  process.once('exit', abandon);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output = `${output}${text}`.slice(-KEPT_OUTPUT);
    });
  }
  const process_ = {
    pid: child.pid,
    spawned,
    output: () => output,
    /** `null` while it runs; afterwards its exit code or the name of the signal that ended it. */
    ending: null,
    /** Whoever ends it says so first: any other end is the service's own. */
    expected: false,
    async kill(signal = 'SIGKILL') {
      process_.expected = true;
      child.kill(signal);
      return process_.ended;
    },
  };
  process_.ended = new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      process.off('exit', abandon);
      process_.ending = signal ?? code;
      resolve(process_.ending);
    });
  });
  return process_;
}

/**
 * Milliseconds of processor time so far, from Linux's /proc (proc(5): fields 14 and 15, in ticks of 10 ms); null
 * elsewhere. Beside the time that passed it tells a slow start from a busy machine.
 */
export function cpuMsOf(pid) {
  if (!existsSync(`/proc/${pid}/stat`)) return null;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Milliseconds from its spawning to the first 200 of /readyz; `null` when it ended or took too long. */
export async function readyAfter(service, at) {
  while (service.ending === null && performance.now() - service.spawned < GIVE_UP_MS) {
    if (await isReady(at)) return performance.now() - service.spawned;
    await pause(POLL_MS);
  }
  return null;
}

/** Whether /readyz answers 200 now. */
export function isReady(at) {
  return fetch(`${at}/readyz`, { signal: AbortSignal.timeout(5_000) }).then(
    async (response) => {
      await response.arrayBuffer();
      return response.status === 200;
    },
    () => false,
  );
}
