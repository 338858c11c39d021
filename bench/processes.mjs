// What processes took of the machine, from Linux's /proc (proc(5)): a process, its threads and its descendants.
import { readdirSync, readFileSync } from 'node:fs';

/** Milliseconds of a tick in /proc/PID/stat: 100 a second on every Linux that Node runs on. */
const TICK_MS = 10;
/** What reading about a process that has ended fails with. */
const GONE = new Set(['ENOENT', 'ESRCH']);

/**
 * Milliseconds of CPU that a process and its descendants have used so far, those that have ended included. From
 * the scheduler's nanoseconds where the kernel counts them, else from ticks.
 */
export function cpuMsOf(pid) {
  return readWhole(() =>
    familyOf(pid).reduce((sum, member) => sum + ownCpuMs(member) + endedCpuMs(member), 0),
  );
}

/** Of the first thread alone: in Node, the event loop's. */
export function loopCpuMsOf(pid) {
  return scheduledMs(`/proc/${pid}/schedstat`);
}

/** Bytes of memory now in RAM, of a process and its descendants. Pages that they share count for each. */
export function rssOf(pid) {
  return readWhole(() =>
    familyOf(pid).reduce((sum, member) => {
      const kibibytes = /^VmRSS:\s+(\d+) kB$/mu.exec(readFileSync(`/proc/${member}/status`, 'utf8'))?.[1];
      return sum + Number(kibibytes ?? 0) * 1024;
    }, 0),
  );
}

/** A child that ends while it is looked at is counted with its parent a moment later: then all is read again. */
function readWhole(read, attempts = 5) {
  try {
    return read();
  } catch (error) {
    if (attempts === 0 || !GONE.has(error.code)) throw error;
    return readWhole(read, attempts - 1);
  }
}

function familyOf(pid) {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean),
  );
  return [pid, ...children.flatMap(familyOf)];
}

function ownCpuMs(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const scheduled = threads.reduce(
    (sum, thread) => sum + scheduledMs(`/proc/${pid}/task/${thread}/schedstat`),
    0,
  );
  if (scheduled > 0) return scheduled;
  const stat = statOf(pid);
  return (stat[11] + stat[12]) * TICK_MS;
}

/** Children that have ended and were waited for. */
function endedCpuMs(pid) {
  const stat = statOf(pid);
  return (stat[13] + stat[14]) * TICK_MS;
}

/** Fields from the third on: the second is the name, which may have blanks and brackets in it. */
function statOf(pid) {
  return readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /u, '')
    .split(' ')
    .map(Number);
}

function scheduledMs(path) {
  return Number(readFileSync(path, 'utf8').split(' ')[0]) / 1e6;
}
