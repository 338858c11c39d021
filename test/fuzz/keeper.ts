/**
 * A process of its own, as the fuzzer's: a pipeline that keeps what it is sent, and what the run says of it. In the test
 * runner's process the collection of what earlier suites left would hide what grows.
 */
import type { Answer, Format } from './format.js';
import { runFormat } from './runner.js';

const SOUND = Uint8Array.of(1, 2, 3);
const kept: Uint8Array[] = [];

const keeping: Format = {
  name: 'keeping',
  structure: 'octets',
  places: [0],
  sound: async () => [{ name: 'the only one', bytes: SOUND, setting: {} }],
  judge: async (bytes): Promise<Answer> => {
    if (process.argv[2] === 'keeps') kept.push(new Uint8Array(128 * 1024));
    return Buffer.from(bytes).equals(SOUND)
      ? { accepted: true, meaning: 'sound' }
      : { accepted: false, code: 'refused' };
  },
};

const collectGarbage = globalThis.gc;
if (collectGarbage === undefined) throw new Error('start this with --expose-gc');
const { findings } = await runFormat(keeping, {
  count: 1000,
  seed: 7,
  collectGarbage: () => void collectGarbage(),
});
process.stdout.write(JSON.stringify({ what: findings.map(({ what }) => what), kept: kept.length }));
