/** The token in a file of mode 0600: whoever reads it finds a whole token, or none. */
import { open, rename, rm } from 'node:fs/promises';
import { reasonOf } from '../platform/file-access.js';
import type { AgentOptions } from './arguments.js';
import { failUsage } from './ending.js';

export interface TokenFile {
  write(token: string): Promise<void>;
  /** Gone, also when it never was; one that is written meanwhile stays. */
  remove(): Promise<void>;
}

export function openTokenFile(path: string, owner: AgentOptions['owner']): TokenFile {
  const draft = `${path}.${process.pid}`;
  /** One change at a time: a token may end while the next one is written. */
  let turn: Promise<void> = Promise.resolve();
  let writes = 0;

  function inTurn(work: () => Promise<void>): Promise<void> {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  }

  async function write(token: string): Promise<void> {
    try {
      // Whatever bears the draft’s name is not ours: a file of other rights, or a link to elsewhere.
      await rm(draft, { force: true });
      const file = await open(draft, 'wx', 0o600);
      try {
        await file.writeFile(`${token}\n`);
        if (owner !== null) await file.chown(owner.uid, owner.gid);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, path);
      writes += 1;
    } catch (error) {
      await rm(draft, { force: true }).catch(() => undefined);
      failUsage(`the token cannot be written to ${path}: ${reasonOf(error)}`);
    }
  }

  return {
    write: (token) => inTurn(() => write(token)),
    remove: () => {
      const meant = writes;
      return inTurn(async () => {
        if (writes === meant) await rm(path, { force: true });
      });
    },
  };
}
