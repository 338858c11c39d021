/** The store of the example: what `add` leaves on the disk, and what a crash within it does. */
import { mkdtemp, readdir, readFile, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { load } from './modules.js';
import { SAMPLE_POLICY } from './rig.js';

const { addKey, createStore, loadKeys } = await load('key-store');
const POLICY = Buffer.from(JSON.stringify({ issuer: 'https://attest.example', ...SAMPLE_POLICY }));

let store: string;
beforeEach(async () => {
  store = await mkdtemp(join(tmpdir(), 'assay-store-'));
  await createStore(store);
  await addKey(store, 'model', POLICY);
});
afterEach(() => rm(store, { recursive: true, force: true }));

const files = async () => (await readdir(store)).sort();
const file = (name: string) => join(store, name);
const WHOLE = ['kek', 'model.key.jwe', 'model.policy.json'];

test.each([undefined, '', 'Model', '../model'])('no key has the name %p', async (name) => {
  await expect(addKey(store, name, POLICY)).rejects.toThrow('a key has a name of a-z, 0-9 and -');
  expect(await files()).toEqual(WHOLE);
});

test('a key is never written over, nor given another policy', async () => {
  const before = await readFile(file('model.key.jwe'));
  await expect(addKey(store, 'model', POLICY)).rejects.toThrow('there is a key model already');
  await unlink(file('model.policy.json'));
  await expect(addKey(store, 'model', POLICY)).rejects.toThrow('there is a key model already');
  expect(await files()).toEqual(['kek', 'model.key.jwe']);
  expect(await readFile(file('model.key.jwe'))).toEqual(before);
  await expect(createStore(store)).rejects.toThrow('EEXIST');
});

test('a policy without a key is named, and the others are there', async () => {
  await addKey(store, 'half', POLICY);
  await unlink(file('half.key.jwe'));
  const named: string[] = [];
  expect([...(await loadKeys(store, (name) => named.push(name))).keys()]).toEqual(['model']);
  expect(named).toEqual(['half']);
  // The key comes last: what breaks off before leaves none.
  await expect(addKey(store, 'half', POLICY)).rejects.toThrow('EEXIST');
  expect(await files()).toEqual(['half.policy.json', ...WHOLE]);
  await unlink(file('half.policy.json'));
  await addKey(store, 'half', POLICY);
  expect([...(await loadKeys(store)).keys()].sort()).toEqual(['half', 'model']);
});
