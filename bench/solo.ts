/**
 * One measurement in a process of its own, so that no other has shaped its compiled code or its caches:
 * `node build/bench/solo.js WHAT ROUNDS COUNT WARM_UP`, WHAT being bare, snp or tdx. With ASSAY_CRYPTO=native by the
 * addon, otherwise by Node. Prints JSON.
 */
import { openCrypto } from '../src/compose/crypto.js';
import { SILENCE } from '../src/platform/log.js';
import { measureBare, NODE_BARE, nativeBare } from './bare.js';
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
const native = process.env.ASSAY_CRYPTO === 'native';
await openCrypto(native ? 'native' : 'node', SILENCE);
const verifier = native ? nativeBare() : NODE_BARE;
if (what === 'bare') console.log(JSON.stringify(await measureBare(size, verifier)));
else if (what === 'snp' || what === 'tdx')
  console.log(JSON.stringify(await measureLibrary(await makeWorld(what), size, verifier)));
else throw new RangeError(`bare, snp or tdx, not ${what}`);
