/** Who verifies signatures: what each choice makes of an addon that is there, absent, broken or wrong. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { openCrypto } from '../../src/compose/crypto.js';
import type { CryptoChoice } from '../../src/config.js';
import { isInWords } from '../../src/main.js';
import { chooseEcdsa, ecdsaName } from '../../src/pki/signature.js';
import { SILENCE } from '../../src/platform/log.js';
import { CryptoRefused, type FoundAddon } from '../../src/platform/native-addon.js';
import { addonOf } from '../native/stand-in.js';

const NODE = `node openssl/${process.versions.openssl}`;
const SOUND: FoundAddon = { kind: 'loaded', exports: addonOf() };
const WRONG: FoundAddon = { kind: 'loaded', exports: addonOf({ verify: () => true }) };
const BLIND: FoundAddon = { kind: 'loaded', exports: addonOf({ verify: () => false }) };
const ONLY_IN_PLACE: FoundAddon = { kind: 'loaded', exports: addonOf({ pooled: () => true }) };
const MUTE: FoundAddon = {
  kind: 'loaded',
  exports: {
    ...addonOf(),
    library: () => {
      throw new Error('panicked');
    },
  },
};
const NAMELESS: FoundAddon = { kind: 'loaded', exports: { ...addonOf(), library: () => undefined } };
const TRAP: FoundAddon = {
  kind: 'loaded',
  exports: {
    get PublicKey() {
      throw new TypeError('no such class');
    },
    library: () => 'trap/1',
  },
};
const STRANGE: FoundAddon = { kind: 'loaded', exports: { PublicKey: 1 } };
const ABSENT: FoundAddon = { kind: 'absent' };
const UNLOADABLE: FoundAddon = { kind: 'unloadable', why: 'invalid ELF header' };

afterEach(() => chooseEcdsa(null));

async function open(choice: CryptoChoice, found: FoundAddon) {
  const said: string[] = [];
  const log = {
    error: (fields: object, message: string) => void said.push(`${message} ${JSON.stringify(fields)}`),
  };
  const name = await openCrypto(choice, log, () => found);
  return { name, said };
}

describe('an addon that passes', () => {
  test.each(['auto', 'native'] as const)('is taken by %s, without a word', async (choice) => {
    expect(await open(choice, SOUND)).toEqual({ name: 'native stand-in/1', said: [] });
    expect(ecdsaName()).toBe('native stand-in/1');
  });

  test('is not even looked for by node', async () => {
    const load = (): FoundAddon => {
      throw new Error('looked for');
    };
    expect(await openCrypto('node', SILENCE, load)).toBe(NODE);
  });

  test('gives way when Node is asked for later', async () => {
    await open('native', SOUND);
    expect((await open('node', SOUND)).name).toBe(NODE);
    expect(ecdsaName()).toBe(NODE);
  });
});

describe('where there is none', () => {
  test('auto takes Node, without a word', async () => {
    expect(await open('auto', ABSENT)).toEqual({ name: NODE, said: [] });
  });

  test('native refuses to start, in words that say what to do', async () => {
    const refusal = await open('native', ABSENT).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(CryptoRefused);
    expect(isInWords(refusal)).toBe(true);
    expect(String(refusal)).toMatch(/ASSAY_CRYPTO=native: there is no native addon\. Build it with/);
  });
});

describe.each([
  [
    'calls everything good',
    WRONG,
    /wrong answers to signatures and keys that are known \(P-256, RFC 6979, r negated; .*; \d+ more\)/,
  ],
  [
    'calls everything bad',
    BLIND,
    /wrong answers .*\(P-256, RFC 6979, the signature of the example; P-256, RFC 6979, s negated; P-256, RFC 4754/,
  ],
  ['is wrong on the thread pool alone', ONLY_IN_PLACE, /\(P-256, RFC 6979, r negated, on the thread pool; /],
  ['throws when asked who it is', MUTE, /fails before it is asked anything \(panicked\)/],
  ['does not say who it is', NAMELESS, /of another version of Assay/],
  ['throws when it is looked at', TRAP, /fails before it is asked anything \(no such class\)/],
  ['has not what is asked of it', STRANGE, /of another version of Assay/],
  ['cannot be loaded', UNLOADABLE, /cannot be loaded \(invalid ELF header\)/],
])('an addon that %s', (_what, found, words) => {
  test('is an error in the log under auto, and Node verifies', async () => {
    const { name, said } = await open('auto', found);
    expect(name).toBe(NODE);
    expect(ecdsaName()).toBe(NODE);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/^the native addon is not used: Node verifies instead/);
    expect(said[0]).toMatch(words);
  });

  test('keeps native from starting', async () => {
    await expect(open('native', found)).rejects.toThrow(words);
    await expect(open('native', found)).rejects.toThrow(CryptoRefused);
  });
});
