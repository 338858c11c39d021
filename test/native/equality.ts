/**
 * `npm run equality`: random and changed signatures before both implementations of ECDSA, 100,000 unless told
 * otherwise, from `--seed` on. Any difference is printed with all that is needed to ask again, and the exit status is 1.
 */
import { parseArgs } from 'node:util';
import type { EcdsaAddon } from '../../src/pki/ecdsa-native.js';
import { loadAddon } from '../../src/platform/native-addon.js';
import { comparing, describeQuestion, differ } from './comparison.js';
import { makeKeys, questionFor } from './questions.js';

/** Questions under way at once: as many as the thread pool has threads. */
const AT_ONCE = 4;

const { values } = parseArgs({
  options: { count: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
});
const [count, first] = [Number(values.count), Number(values.seed)];
if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(first)) {
  console.error('--count and --seed are whole numbers.');
  process.exit(2);
}
const found = loadAddon();
if (found.kind !== 'loaded') {
  console.error(
    `The native addon ${found.kind === 'absent' ? 'is not there' : found.why}: npm run build:native`,
  );
  process.exit(2);
}
const addon = found.exports as EcdsaAddon;
const compare = comparing(addon);
const keys = makeKeys(64);
const counts = { held: 0, refused: 0, different: 0 };

async function askFrom(start: number): Promise<void> {
  for (let seed = start; seed < first + count; seed += AT_ONCE) {
    const question = questionFor(seed, keys);
    const answers = await compare(question);
    counts[answers.node ? 'held' : 'refused'] += 1;
    if (!differ(answers)) continue;
    counts.different += 1;
    console.error(describeQuestion(question, answers));
  }
}

await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => askFrom(first + index)));
console.log(
  `${count} signatures by Node (OpenSSL ${process.versions.openssl}) and ${addon.library()}: ${counts.held} hold, ${counts.refused} do not, ${counts.different} differ`,
);
process.exitCode = counts.different === 0 ? 0 : 1;
