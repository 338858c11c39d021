/** Names of event types, and which data are a partition table. */
import { describe, expect, test } from '@jest/globals';
import { eventTypeText, hashesItsData, isPartitionTable } from '../../../src/tee/tdx/event-types.js';

describe('a type', () => {
  test.each([
    [0x0000_0001, 'EV_POST_CODE'],
    [0x0000_0003, 'EV_NO_ACTION'],
    [0x0000_0004, 'EV_SEPARATOR'],
    [0x0000_0006, 'EV_EVENT_TAG'],
    [0x0000_000d, 'EV_IPL'],
    [0x8000_0003, 'EV_EFI_BOOT_SERVICES_APPLICATION'],
    [0x8000_0006, 'EV_EFI_GPT_EVENT'],
    [0x8000_00e0, 'EV_EFI_VARIABLE_AUTHORITY'],
  ])('is called by its name: 0x%i', (type, name) => {
    expect(eventTypeText(type)).toBe(name);
  });

  test.each([
    [0x0000_00ff, '0x000000ff'],
    [0x9000_0001, '0x90000001'],
  ])('that has none is its number: %i', (type, text) => {
    expect(eventTypeText(type)).toBe(text);
  });

  test('vouches for its data, or for what they describe', () => {
    const vouching = [0x4, 0x8000_0001, 0x8000_0006, 0x8000_0007, 0x8000_00e0];
    for (const type of vouching) expect(hashesItsData(type)).toBe(true);
    for (const type of [0x3, 0x5, 0x6, 0x8000_0003, 0x8000_000d]) expect(hashesItsData(type)).toBe(false);
  });
});

describe('a partition table', () => {
  const GPT = 0x8000_0006;

  /** UEFI_GPT_DATA by its offsets: a header of 92 bytes, a count, entries of 128. */
  function table(entries = 2, change: (bytes: Buffer) => void = () => undefined): Uint8Array {
    const bytes = Buffer.alloc(92 + 8 + entries * 128);
    bytes.write('EFI PART', 0, 'ascii');
    bytes.writeUInt32LE(0x0001_0000, 8);
    bytes.writeUInt32LE(92, 12);
    bytes.writeUInt32LE(128, 84);
    bytes.writeBigUInt64LE(BigInt(entries), 92);
    change(bytes);
    return new Uint8Array(bytes);
  }

  test.each([0, 1, 2, 128])('has a header and %i entries', (entries) => {
    expect(isPartitionTable(GPT, table(entries))).toBe(true);
  });

  test('is found wherever its bytes lie', () => {
    const memory = Buffer.concat([Buffer.from('before'), table()]);
    expect(
      isPartitionTable(GPT, new Uint8Array(memory.buffer, memory.byteOffset + 6, memory.length - 6)),
    ).toBe(true);
  });

  test('is of its type', () => {
    expect(isPartitionTable(0x8000_0003, table())).toBe(false);
  });

  test.each<[string, (bytes: Buffer) => void]>([
    ['begins as an image does', (bytes) => bytes.write('MZI PART', 0, 'ascii')],
    ['ends its signature otherwise', (bytes) => bytes.write('EFI PARS', 0, 'ascii')],
    ['has another revision', (bytes) => bytes.writeUInt32LE(0x0001_0001, 8)],
    ['has a longer header', (bytes) => bytes.writeUInt32LE(93, 12)],
    ['has longer entries', (bytes) => bytes.writeUInt32LE(256, 84)],
    ['has fewer entries than it says', (bytes) => bytes.writeBigUInt64LE(3n, 92)],
    ['has more entries than it says', (bytes) => bytes.writeBigUInt64LE(1n, 92)],
    ['has a count that overflows', (bytes) => bytes.writeBigUInt64LE(2n + (1n << 57n), 92)],
  ])('is not what %s', (_what, change) => {
    expect(isPartitionTable(GPT, table(2, change))).toBe(false);
  });

  test('is nothing shorter than its head', () => {
    expect(isPartitionTable(GPT, table(0).subarray(0, 99))).toBe(false);
    expect(isPartitionTable(GPT, new Uint8Array())).toBe(false);
  });
});
