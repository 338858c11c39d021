/** The token in a file of mode 0600: whoever reads it finds a whole token, or none. */
import { constants, type Stats } from 'node:fs';
import { lstat, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { reasonOf, systemCodeOf } from '../platform/file-access.js';
import type { AgentOptions } from './arguments.js';
import { AgentFailed, EXIT, failUsage, TryAgain } from './ending.js';

export interface TokenFile {
  write(token: string): Promise<void>;
  /**
   * Takes away what was written last, or adopted; what somebody else put in its place stays, and so does a token that is written
   * meanwhile. Throws what the system says.
   */
  remove(): Promise<void>;
  /** Takes what an agent before this one left there for its own, if `endOf` knows when it ends; resolves to that. */
  adopt(endOf: (text: string) => Date | null): Promise<Date | null>;
}

/** Which file it is, whatever its name. */
type Identity = Pick<Stats, 'dev' | 'ino'>;

/** Longer than any token. */
const LONGEST = 16 * 1024;

/** Throws AgentFailed (usage) where no token could be put. */
export async function openTokenFile(path: string, owner: AgentOptions['owner']): Promise<TokenFile> {
  await requirePlace(path);
  const draft = `${path}.${process.pid}`;
  /** What bears the name because of this agent. */
  let ours: Identity | null = null;
  /** One change at a time: a token may end while the next one is written. */
  let turn: Promise<unknown> = Promise.resolve();

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  }

  async function write(token: string): Promise<void> {
    try {
      // Whatever bears the draft’s name is not ours: a file of other rights, or a link to elsewhere.
      await rm(draft, { force: true });
      const file = await open(draft, 'wx', 0o600);
      let written: Identity;
      try {
        // No line feed: botocore and google-auth send what is in the file as it is.
        await file.writeFile(token);
        if (owner !== null) await file.chown(owner.uid, owner.gid);
        await file.sync();
        written = await file.stat();
      } finally {
        await file.close();
      }
      await rename(draft, path);
      ours = written;
    } catch (error) {
      await rm(draft, { force: true }).catch(() => undefined);
      throw whyUnwritten(path, error);
    }
  }

  async function remove(meant: Identity | null): Promise<void> {
    if (meant === null || ours !== meant) return;
    const found = await lstat(path).catch(absentAsNull);
    if (found?.dev === meant.dev && found.ino === meant.ino) await rm(path, { force: true });
    ours = null;
  }

  return {
    write: (token) => inTurn(() => write(token)),
    remove: () => {
      const meant = ours;
      return inTurn(() => remove(meant));
    },
    adopt: (endOf) =>
      inTurn(async () => {
        const left = await readLeft(path, owner);
        const end = left === null ? null : endOf(left.text);
        if (left !== null && end !== null) ours = left.identity;
        return end;
      }),
  };
}

/** A disk that is full may have room soon; whatever else the system says is for whoever named the file. */
const FULL: ReadonlySet<string | null> = new Set(['ENOSPC', 'EDQUOT']);

export function whyUnwritten(path: string, error: unknown): AgentFailed | TryAgain {
  const words = `the token cannot be written to ${path}: ${reasonOf(error)}`;
  return FULL.has(systemCodeOf(error)) ? new TryAgain(words) : new AgentFailed(words, EXIT.usage);
}

/** What lies there is put aside by the first token, so it must be a file; a link is replaced, not followed. */
async function requirePlace(path: string): Promise<void> {
  try {
    const folder = dirname(path);
    if (!(await stat(folder)).isDirectory()) failUsage(`${folder} is no folder: no token can be put there`);
    const found = await lstat(path).catch(absentAsNull);
    if (found === null || found.isFile() || found.isSymbolicLink()) return;
  } catch (error) {
    if (systemCodeOf(error) === null) throw error;
    throw whyUnwritten(path, error);
  }
  failUsage(`${path} is there and is no file: name one that the token may replace`);
}

/** A file such as this agent writes: its own user’s or the owner’s, and closed to others. Null: something else, or nothing. */
async function readLeft(
  path: string,
  owner: AgentOptions['owner'],
): Promise<{ readonly text: string; readonly identity: Identity } | null> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    unreadableAsNull,
  );
  if (file === null) return null;
  try {
    const identity = await file.stat();
    const { mode, uid, size } = identity;
    const owned = uid === process.geteuid?.() || uid === owner?.uid;
    if (!identity.isFile() || !owned || (mode & 0o077) !== 0 || size > LONGEST) return null;
    return { text: await file.readFile('latin1'), identity };
  } finally {
    await file.close();
  }
}

function absentAsNull(error: unknown): null {
  if (systemCodeOf(error) === 'ENOENT') return null;
  throw error;
}

/** Whatever cannot be read is not known to be ours, and stays. */
function unreadableAsNull(error: unknown): null {
  if (systemCodeOf(error) !== null) return null;
  throw error;
}
