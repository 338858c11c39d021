/**
 * The broker's own audit: a file of JSON lines, one for each request that was released or refused. Each has the digest of
 * the line before it, so that a line that was changed, added or taken out shows. No line holds a key or a token.
 */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from './durable.mjs';

const NOTHING = '0'.repeat(64);
const END = Buffer.from('\n');
const digestOf = (line) => createHash('sha256').update(line).digest('hex');

/** No line may be written now, so nothing may be released. */
export class AuditUnavailable extends Error {}

/**
 * Reads the whole file: `{ entries, head, sound }`. `head` is the digest of the last line, `sound` how many bytes whole
 * lines take; what comes after them was never finished. Throws Error with the number of a line that does not follow the one before.
 * `contains`: a head noted earlier, which must still be there: whoever may write the file can begin a chain anew.
 */
export async function readChain(handle, { contains = null } = {}) {
  let [entries, head, sound, seen] = [0, NOTHING, 0, contains === null];
  for await (const line of wholeLines(handle)) {
    const { seq, prev } = parsed(line.toString('utf8'), entries + 1);
    if (seq !== entries + 1 || prev !== head)
      throw new Error(`line ${entries + 1} does not follow the one before`);
    head = digestOf(line);
    entries += 1;
    sound += line.length + 1;
    seen ||= head === contains;
  }
  if (!seen) throw new Error(`no line has the digest ${contains}`);
  return { entries, head, sound };
}

function parsed(line, number) {
  try {
    return Object(JSON.parse(line));
  } catch {
    throw new Error(`line ${number} is not JSON`);
  }
}

/** As bytes: what is no UTF-8 must not read like something else. */
async function* wholeLines(handle) {
  let rest = Buffer.alloc(0);
  for await (const chunk of handle.createReadStream({ start: 0, autoClose: false })) {
    rest = Buffer.concat([rest, chunk]);
    let begin = 0;
    for (let end = rest.indexOf('\n'); end !== -1; end = rest.indexOf('\n', begin)) {
      yield rest.subarray(begin, end);
      begin = end + 1;
    }
    rest = rest.subarray(begin);
  }
}

/** Opens the file for appending, and makes it where there is none. Throws Error when its chain is broken. */
export async function openAudit(path, now = () => new Date()) {
  const handle = await open(path, 'a+', 0o600);
  try {
    const { size } = await handle.stat();
    let { entries, head, sound } = await readChain(handle);
    let turn = Promise.resolve();
    // The name must be as durable as the lines.
    await syncFolder(dirname(path));

    async function append(facts) {
      const line = Buffer.from(
        JSON.stringify({ seq: entries + 1, at: now().toISOString(), ...facts, prev: head }),
      );
      try {
        const { size: found } = await handle.stat();
        if (found !== sound)
          throw new Error('its length is not that of what was written: who else writes to it?');
        await handle.appendFile(Buffer.concat([line, END])).catch(async (error) => {
          // Half a line would spoil the next one. If even this fails, the length says so from now on.
          await handle.truncate(sound);
          throw error;
        });
        await handle.sync().catch((error) => {
          // Nobody knows what is on the disk: from now on no length is the right one, until a new start has read it.
          sound = Number.NaN;
          throw error;
        });
      } catch (error) {
        throw new AuditUnavailable('the audit cannot be written', { cause: error });
      }
      [entries, head, sound] = [entries + 1, digestOf(line), sound + line.length + 1];
      return head;
    }

    const audit = {
      /** Durable once it resolves, to the digest of the line. Throws AuditUnavailable. */
      append(facts) {
        const written = turn.then(() => append(facts));
        turn = written.catch(() => {});
        return written;
      },
      async close() {
        await turn;
        await handle.close();
      },
    };
    if (size > sound) {
      // Power went while a line was written. Its request got no answer, and so no key.
      await handle.truncate(sound);
      await audit.append({
        outcome: 'repaired',
        detail: `${size - sound} bytes of an unfinished line taken out`,
      });
    }
    return audit;
  } catch (error) {
    await handle.close();
    throw error;
  }
}
