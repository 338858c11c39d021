/** How far a stream has come, on a terminal; and how much memory it took. */
import { stderr } from 'node:process';

const MEGABYTE = 1_000_000;
/** Milliseconds between two looks of whoever watches. */
const SHOWN_EVERY = 100;

/** `size`: bytes expected. */
export function createProgress(size) {
  const started = performance.now();
  // What the kernel says of this process: how much it has now, and how much it ever had.
  const before = process.memoryUsage.rss();
  let [done, shown] = [0, 0];

  const rate = () => Math.round(done / MEGABYTE / ((performance.now() - started) / 1000));
  function show() {
    if (stderr.isTTY !== true || performance.now() - shown < SHOWN_EVERY) return;
    shown = performance.now();
    stderr.write(`\r${String(Math.floor((100 * done) / size)).padStart(3)} %  ${rate()} MB/s `);
  }

  return {
    /** Passes everything on. */
    async *follow(source) {
      for await (const piece of source) {
        done += piece.length;
        show();
        yield piece;
      }
    },
    /** Figures in whole megabytes. */
    finish() {
      if (stderr.isTTY === true) stderr.write('\r\u001b[K');
      const peak = process.resourceUsage().maxRSS * 1024;
      return {
        megabytes: Math.round(done / MEGABYTE),
        rate: rate(),
        grown: Math.max(0, Math.round((peak - before) / MEGABYTE)),
      };
    },
  };
}
