/**
 * One measurement in a process of its own, so that no other has shaped its compiled code or its caches:
 * `node build/bench/solo.js WHAT ROUNDS COUNT WARM_UP`, WHAT being bare, snp or tdx. Prints JSON.
 */
import { measureBare } from './bare.js';
import { measureLibrary } from './library.js';
import type { Size } from './measure.js';
import { makeWorld } from './world.js';

function sizeOf(texts: readonly string[]): Size {
  const [rounds = 0, count = 0, warmUp = 0] = texts.map(Number);
  if (![rounds, count, warmUp].every((number) => Number.isInteger(number) && number > 0)) {
    throw new RangeError(
      `rounds, operations of a round and of the warm-up are positive integers, not ${texts}`,
    );
  }
  return { rounds, count, warmUp };
}

const [what, ...numbers] = process.argv.slice(2);
const size = sizeOf(numbers);
if (what === 'bare') console.log(JSON.stringify(await measureBare(size)));
else if (what === 'snp' || what === 'tdx')
  console.log(JSON.stringify(await measureLibrary(await makeWorld(what), size)));
else throw new RangeError(`bare, snp or tdx, not ${what}`);
