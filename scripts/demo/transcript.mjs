// What the demo tells, and whether everything went as told.
import { stdout } from 'node:process';

const colourful = stdout.isTTY === true && !process.env.NO_COLOR;
const paint = (code, text) => (colourful ? `\u001b[${code}m${text}\u001b[0m` : text);

/** Sentences as they happen; every expectation is kept, and one that fails makes the demo fail. */
export function createTranscript() {
  let chapters = 0;
  let kept = 0;
  const broken = [];
  return {
    chapter(title) {
      chapters += 1;
      console.log(`\n${paint('1', `${chapters}. ${title}`)}`);
    },
    tell(text) {
      console.log(`   ${text}`);
    },
    /** `observed` equals `expected`, or the demo has failed; it goes on either way, to show the rest. */
    expect(what, observed, expected) {
      if (observed === expected) {
        kept += 1;
        console.log(`   ${paint('32', '✓')} ${what}: ${paint('36', String(observed))}`);
        return;
      }
      broken.push(what);
      console.log(`   ${paint('31', '✗')} ${what}: ${observed}, and ${expected} was expected`);
    },
    /** Exit code of the demo. */
    finish(seconds) {
      const all = kept + broken.length;
      console.log(`\n${kept} of ${all} expectations kept in ${seconds.toFixed(0)} s.`);
      for (const what of broken) console.log(`${paint('31', 'Not kept:')} ${what}`);
      return broken.length === 0 && all > 0 ? 0 : 1;
    },
  };
}
