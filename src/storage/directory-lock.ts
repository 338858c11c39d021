/**
 * One process per database directory. PGlite itself does not mind a second one, and both would destroy it.
 *
 * The lock is a file that names its holder: process id, host and the process's start time. A process id
 * alone is not enough: after a crash a container's next process often has the same one.
 */
import { createHash } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { StorageRefused } from './refused.js';

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Clock ticks since boot (proc(5), stat, field 22); null where there is no /proc. */
  readonly started: string | null;
}

/** Takes the lock or throws StorageRefused naming the holder. Returns what gives it back. */
export function holdDirectory(directory: string): () => void {
  const file = join(directory, 'lock');
  const own = JSON.stringify({ pid: process.pid, host: hostname(), started: startOf(process.pid) });
  const draft = join(directory, `lock.${process.pid}`);
  // Written whole before it gets the lock's name: nobody ever reads half a lock.
  writeFileSync(draft, own, { mode: 0o600 });
  try {
    if (!linkIfAbsent(draft, file)) takeOver(directory, file, draft);
  } finally {
    rmSync(draft, { force: true });
  }
  return () => {
    if (readIfThere(file) === own) rmSync(file, { force: true });
  };
}

/**
 * A dead process has one successor: whoever makes the file `after.…` of its lock. A successor that dies on the way
 * has one successor too, so that a kill at any moment leaves a directory that the next start can take.
 */
function takeOver(directory: string, file: string, draft: string): void {
  const found = requireDead(directory, file);
  const claims = found === null ? null : claimSuccession(directory, found, draft);
  // Whoever had it is gone, or has been succeeded meanwhile.
  if (claims === null) {
    if (!linkIfAbsent(draft, file)) takeOver(directory, file, draft);
    return;
  }
  // Read again: a claim is free again once its maker holds the lock.
  const ours = readIfThere(file) === found;
  if (ours) renameSync(draft, file);
  for (const claim of claims) rmSync(claim, { force: true });
  if (!ours) takeOver(directory, file, draft);
}

/** The claims that lead from a dead lock to this process, its own the last; null when somebody was quicker. */
function claimSuccession(directory: string, lock: string, draft: string): readonly string[] | null {
  const claims: string[] = [];
  for (let last = lock; ; ) {
    const claim = claimAfter(directory, last);
    claims.push(claim);
    if (linkIfAbsent(draft, claim)) return claims;
    const dead = requireDead(directory, claim);
    if (dead === null) return null;
    last = dead;
  }
}

function claimAfter(directory: string, lock: string): string {
  return join(directory, `lock.after.${createHash('sha256').update(lock).digest('hex').slice(0, 16)}`);
}

/** The text of a dead process's lock; null when there is none. Throws StorageRefused for any other. */
function requireDead(directory: string, file: string): string | null {
  const text = readIfThere(file);
  if (text === null) return null;
  const holder = holderOf(text);
  if (holder === null) {
    throw new StorageRefused(`${file} is not a lock that Assay wrote. Look what it is before you delete it.`);
  }
  if (holder.host !== hostname()) {
    throw new StorageRefused(
      `The database in ${directory} is locked by process ${holder.pid} on ${holder.host}. If that one no longer runs, delete ${file} and start again.`,
    );
  }
  if (!isAlive(holder)) return text;
  throw new StorageRefused(
    `The database in ${directory} is in use by process ${holder.pid}. Stop that process, or give this one another directory.`,
  );
}

function holderOf(text: string): Holder | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const { pid, host, started } = value as Partial<Record<keyof Holder, unknown>>;
    if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return null;
    if (typeof host !== 'string') return null;
    return { pid, host, started: typeof started === 'string' ? started : null };
  } catch {
    return null;
  }
}

function isAlive(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false;
  }
  const state = statOf(holder.pid)?.[0];
  // Killed, and its parent has not asked how it ended: it holds nothing any more (proc(5), stat, field 3).
  if (state === 'Z' || state === 'X') return false;
  const started = startOf(holder.pid);
  return holder.started === null || started === null || started === holder.started;
}

function startOf(pid: number): string | null {
  return statOf(pid)?.[19] ?? null;
}

/** Fields of /proc/PID/stat from the third on; null where there is no /proc. */
function statOf(pid: number): readonly string[] | null {
  const stat = readIfThere(`/proc/${pid}/stat`);
  // The command's name, in parentheses, may itself hold spaces and parentheses: count from its end.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? null;
}

function linkIfAbsent(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
}
