/** Policies and the store that they lie in: strict, and silent about nothing. */
import { chmod, copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Json, load } from './modules.js';
import { SAMPLE_POLICY } from './rig.js';

const { addKey, createStore, loadKeys } = await load('key-store');
const { parsePolicy } = await load('policy');

const SOUND: Json = { issuer: 'https://attest.example', ...SAMPLE_POLICY };
const bytesOf = (document: unknown) => Buffer.from(JSON.stringify(document));

describe('a policy', () => {
  test('is what stands in its file, with the digest of that', () => {
    const policy = parsePolicy(bytesOf({ ...SOUND, minimum_status: 'warning', reference_versions: [3, 7] }));
    expect(policy).toMatchObject({ ...SOUND, minimum_status: 'warning', reference_versions: [3, 7] });
    expect(policy.digest).toMatch(/^[0-9a-f]{64}$/u);
  });

  test.each(Object.keys(SOUND))('has `%s`', (name) => {
    expect(() => parsePolicy(bytesOf({ ...SOUND, [name]: undefined }))).toThrow(`\`${name}\` is missing`);
  });

  test.each<[string, unknown]>([
    ['issuer', ''],
    ['audience', ['vault-prod']],
    ['workloads', '*'],
    ['workloads', []],
    ['workloads', ['llm-serving', 7]],
    ['tees', 'sev-snp'],
    ['tcb_status', [null]],
    ['max_token_age_seconds', 0],
    ['max_token_age_seconds', '300'],
    ['minimum_status', 'none'],
    ['min_reference_version', 1.5],
    ['reference_versions', []],
    ['allow_simulated', 'yes'],
    ['allow_debug', 1],
  ])('takes no `%s` of %j', (name, value) => {
    expect(() => parsePolicy(bytesOf({ ...SOUND, [name]: value }))).toThrow(`\`${name}\` takes `);
  });

  test.each<[string, string, string]>([
    ['a member that is none', '{"workload":["llm-serving"],', '`workload` is no member of a policy'],
    ['a member of every object', '{"constructor":true,', '`constructor` is no member of a policy'],
    ['a member twice', '{"workloads":["other"],', 'a member stands twice'],
    ['a text in unusual spelling', '{"minimum_status":"\\u0061ffirming",', 'spelt in an unusual way'],
    ['no object', '[{', 'JSON'],
  ])('with %s is refused as a whole', (_what, beginning, words) => {
    const text = JSON.stringify(SOUND);
    expect(() => parsePolicy(Buffer.from(beginning + text.slice(1)))).toThrow(words);
  });
});

describe('a store', () => {
  let folder: string;
  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'assay-store-')), 'store');
    await createStore(folder);
  });
  afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

  test('keeps data keys wrapped, and gives back the one of each name', async () => {
    const kid = await addKey(folder, 'one', bytesOf(SOUND));
    await addKey(folder, 'two', bytesOf(SOUND));
    const keys = await loadKeys(folder);
    expect([...keys.keys()].sort()).toEqual(['one', 'two']);
    const { jwk } = keys.get('one') ?? {};
    expect(jwk).toMatchObject({ kty: 'oct', kid });
    expect(Buffer.from(jwk?.k ?? '', 'base64url')).toHaveLength(32);
    expect(keys.get('two')?.jwk.k).not.toBe(jwk?.k);
    for (const file of ['kek', 'one.key.jwe', 'one.policy.json']) {
      expect((await stat(join(folder, file))).mode & 0o077).toBe(0);
      expect(await readFile(join(folder, file), 'latin1')).not.toContain(jwk?.k);
    }
  });

  test('writes over nothing, and takes no key with a bad name or policy', async () => {
    await addKey(folder, 'one', bytesOf(SOUND));
    await expect(createStore(folder)).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(addKey(folder, 'one', bytesOf(SOUND))).rejects.toThrow('there is a key one already');
    await expect(addKey(folder, '../two', bytesOf(SOUND))).rejects.toThrow('a key has a name');
    await expect(addKey(folder, 'two', bytesOf({}))).rejects.toThrow('`issuer` is missing');
    expect([...(await loadKeys(folder)).keys()]).toEqual(['one']);
  });

  test.each<[string, (path: (file: string) => string) => Promise<void>, string]>([
    [
      'a wrapped key under another name',
      (at) => copyFile(at('one.key.jwe'), at('two.key.jwe')),
      'that of one',
    ],
    ['a key without policy', (at) => rm(at('one.policy.json')), 'key one: ENOENT'],
    ['another KEK', (at) => writeFile(at('kek'), Buffer.alloc(32)), 'key one'],
    ['a short KEK', (at) => writeFile(at('kek'), Buffer.alloc(31)), 'does not hold 32 bytes'],
    ['a KEK that others may read', (at) => chmod(at('kek'), 0o640), 'chmod 600'],
  ])('with %s is not taken at all', async (_what, spoil, words) => {
    await addKey(folder, 'one', bytesOf(SOUND));
    await addKey(folder, 'two', bytesOf(SOUND));
    expect((await loadKeys(folder)).size).toBe(2);
    await spoil((file) => join(folder, file));
    await expect(loadKeys(folder)).rejects.toThrow(words);
  });
});
