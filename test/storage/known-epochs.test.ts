import { expect, test } from '@jest/globals';
import { KnownEpochs } from '../../src/storage/known-epochs.js';

test('the youngest epoch seen of a tenant stays; an older one is nothing to it', () => {
  const epochs = new KnownEpochs<string[]>(() => []);
  expect(epochs.of('acme')).toBeNull();
  const first = epochs.at('acme', 3n);
  first?.state.push('known');
  expect(epochs.at('acme', 3n)).toBe(first);
  expect(epochs.of('acme')?.state).toEqual(['known']);
  expect(epochs.at('acme', 2n)).toBeNull();
  const second = epochs.at('acme', 4n);
  expect(second).toMatchObject({ epoch: 4n, state: [] });
  expect(second?.generation).not.toBe(first?.generation);
  expect(epochs.of('other')).toBeNull();
});

test('a generation never comes again, so a key of a forgotten epoch finds nothing', () => {
  const epochs = new KnownEpochs<null>(() => null);
  const before = epochs.at('acme', 3n)?.generation;
  epochs.forget('acme');
  expect(epochs.of('acme')).toBeNull();
  expect(epochs.at('acme', 3n)?.generation).not.toBe(before);
});

test('of too many tenants the one whose epoch was seen first gives way', () => {
  const epochs = new KnownEpochs<null>(() => null);
  for (let number = 0; number <= 4096; number += 1) epochs.at(`tenant-${number}`, 1n);
  expect(epochs.of('tenant-0')).toBeNull();
  expect(epochs.of('tenant-1')).not.toBeNull();
  expect(epochs.of('tenant-4096')).not.toBeNull();
});
