/** What is odd about the event log of a TD, read with nothing but its documented offsets. */
import { createHash } from 'node:crypto';
import type { SimulatedTd } from '../../../src/simulator/index.js';

const HEADER_LENGTH = 65;
/** Types whose digest is that of the data. */
const OF_THE_DATA: readonly number[] = [0x4, 0x8000_0001, 0x8000_0006, 0x8000_0007];

const sha384 = (...parts: readonly Uint8Array[]) =>
  createHash('sha384').update(Buffer.concat(parts)).digest();

/** `no log` where the TD should have one; a TD that has none by its settings is not odd for it. */
export function logOddities({ eventLog, expected }: SimulatedTd): string[] {
  if (expected.eventLog === null) return eventLog === null ? [] : ['log'];
  if (eventLog === null) return ['no log'];
  const log = Buffer.from(eventLog);
  const odd = new Set<string>();
  const registers = [0, 1, 2, 3].map(() => Buffer.alloc(48));
  let place = HEADER_LENGTH;
  while (place < log.length && log.readUInt32LE(place) !== 0xffff_ffff) {
    const [index, type] = [log.readUInt32LE(place), log.readUInt32LE(place + 4)];
    if (log.readUInt32LE(place + 8) !== 1 || log.readUInt16LE(place + 12) !== 0x0c) odd.add('log algorithm');
    const digest = log.subarray(place + 14, place + 62);
    const length = log.readUInt32LE(place + 62);
    const data = log.subarray(place + 66, place + 66 + length);
    if (OF_THE_DATA.includes(type) && !sha384(data).equals(digest)) odd.add('log data');
    registers[index - 1] = sha384(registers[index - 1] ?? Buffer.alloc(0), digest);
    place += 66 + length;
  }
  if (expected.rtmrs.some((rtmr, index) => !registers[index]?.equals(rtmr))) odd.add('log registers');
  return [...odd];
}
