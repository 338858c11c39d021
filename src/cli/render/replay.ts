/** What came of judging a decision again, for people: the answer, then every member that is not as it was. */
import type { JsonObject } from '../../rats/result.js';
import { rowsOf, textOf } from '../print.js';
import type { Colours } from '../terminal.js';
import { hang } from './wrap.js';

/** Columns before the text of a side. */
const INDENT = 9;

export function renderReplay(reply: JsonObject, { bold, dim, green, red }: Colours): string {
  if (reply.identical === true)
    return green('✓ Identical: judged again as of then, nothing of the record differs');
  const lines = rowsOf(reply.differences).flatMap(({ path, then, now }) => [
    bold(textOf(path)),
    `  ${dim('then'.padEnd(INDENT - 3))} ${hang(textOf(then), INDENT)}`,
    `  ${dim('now'.padEnd(INDENT - 3))} ${hang(textOf(now), INDENT)}`,
  ]);
  return [red('✗ Not identical: judged again as of then, the record would be another'), ...lines].join('\n');
}
