/** The kernel’s folder of reports on this machine: making a folder in it makes a request. */
import { constants } from 'node:fs';
import { mkdir, open, readFile, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Whatever goes wrong is thrown as the system says it, with a `code`. */
export interface TsmFolder {
  make(name: string): Promise<void>;
  read(name: string, attribute: string): Promise<Uint8Array>;
  write(name: string, attribute: string, bytes: Uint8Array): Promise<void>;
  remove(name: string): Promise<void>;
}

/** `root`: `/sys/kernel/config/tsm/report`. */
export function openTsmFolder(root: string): TsmFolder {
  return {
    make: (name) => mkdir(join(root, name)),
    read: async (name, attribute) => new Uint8Array(await readFile(join(root, name, attribute))),
    write: async (name, attribute, bytes) => {
      // The kernel makes the files: one that is absent must not come into being, and one for writing cannot be read.
      const file = await open(join(root, name, attribute), constants.O_WRONLY);
      try {
        await file.writeFile(bytes);
      } finally {
        await file.close();
      }
    },
    // Removing the folder is all that takes the files away.
    remove: (name) => rmdir(join(root, name)),
  };
}
