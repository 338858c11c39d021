/** Raw ECDSA by whoever computes it: known answers, and what goes to the addon and what does not. */
import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { EcdsaQuestion, EcdsaVerifier } from '../../src/pki/ecdsa.js';
import { failedAddonAnswers } from '../../src/pki/ecdsa-addon-answers.js';
import { failedAnswers, knownAnswers } from '../../src/pki/ecdsa-known-answers.js';
import { nativeEcdsa } from '../../src/pki/ecdsa-native.js';
import { NODE_ECDSA } from '../../src/pki/ecdsa-node.js';
import { chooseEcdsa, ecdsaName, verifyEcdsaRaw, verifySigned } from '../../src/pki/signature.js';
import { addonOf } from '../native/stand-in.js';

const MESSAGE = Buffer.from('what is signed');

afterEach(() => chooseEcdsa(null));

/** A question whose answer is yes. */
function soundQuestion(namedCurve: string, hash: EcdsaQuestion['hash']): EcdsaQuestion {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
  const signature = sign(hash, MESSAGE, { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return { key: publicKey, hash, message: MESSAGE, signature };
}

/** The same key, read from its compressed form. */
function compressed({ key, ...rest }: EcdsaQuestion): EcdsaQuestion {
  const spki = key.export({ type: 'spki', format: 'der' });
  const [head, x, y] = [spki.subarray(0, 27), spki.subarray(27, 59), spki.subarray(59)];
  const short = Buffer.concat([head.subarray(0, 26), Uint8Array.of(2 + ((y.at(-1) ?? 0) & 1)), x]);
  // Lengths of the whole and of the BIT STRING.
  short[1] = short.length - 2;
  short[24] = short.length - 25;
  return { key: createPublicKey({ key: short, format: 'der', type: 'spki' }), ...rest };
}

/** Octets of a known key’s point, hex. */
function pointOf(key: EcdsaQuestion['key']): string {
  const spki = key.export({ type: 'spki', format: 'der' });
  return spki.subarray(spki.length > 100 ? -97 : -65).toString('hex');
}

describe('known answers', () => {
  test('are right by Node', async () => {
    expect(await failedAnswers(NODE_ECDSA)).toEqual([]);
  });

  test('have good and bad ones of two keys on both curves', () => {
    const tally = (key: string, holds: boolean) =>
      knownAnswers().filter((answer) => answer.name.startsWith(key) && answer.holds === holds).length;
    for (const key of ['P-256, RFC 6979', 'P-256, RFC 4754', 'P-384, RFC 6979', 'P-384, RFC 4754']) {
      expect([key, tally(key, true), tally(key, false)]).toEqual([key, 2, 20]);
    }
  });

  test.each(knownAnswers().map(({ name }) => name))('one wrong answer is named: %s', async (name) => {
    const wrong = knownAnswers().find((answer) => answer.name === name);
    const lying: EcdsaVerifier = {
      name: 'lying',
      verify: async ({ key, hash, message, signature }) => {
        const holds = await NODE_ECDSA.verify({ key, hash, message, signature });
        const asked = wrong?.question;
        const same =
          asked?.hash === hash &&
          key.equals(asked.key) &&
          Buffer.compare(message, asked.message) === 0 &&
          Buffer.compare(signature, asked.signature) === 0;
        return same ? !holds : holds;
      },
    };
    expect(await failedAnswers(lying)).toEqual([name]);
  });

  test('an implementation that throws fails them', async () => {
    const verify = () => Promise.reject(new Error('no'));
    expect(await failedAnswers({ name: 'throwing', verify })).toHaveLength(knownAnswers().length);
  });
});

describe('an addon is believed when it', () => {
  test('answers in its other forms as is known, and refuses what is no key and no digest', async () => {
    expect(await failedAddonAnswers(addonOf())).toEqual([]);
  });

  const sound = knownAnswers().find(({ holds }) => holds)?.question.signature ?? new Uint8Array();
  const lying = (_: Uint8Array, signature: Uint8Array) => Buffer.compare(signature, sound) === 0;
  test.each([
    ['over the digest alone', addonOf({ digest: lying }), /(, over the digest|, a digest of \d+ octets)$/u],
    ['on the thread pool alone', addonOf({ pooled: lying }), /, on the thread pool$/u],
  ])('not when it is wrong %s', async (_what, addon, names) => {
    const failed = await failedAddonAnswers(addon);
    expect(failed).not.toEqual([]);
    for (const name of failed) expect(name).toMatch(names);
  });

  test('not when it takes every point for a key', async () => {
    const [P256, P384] = [256, 384].map((bits) => {
      const { publicKey } = generateKeyPairSync('ec', { namedCurve: `P-${bits}` });
      return publicKey.export({ type: 'spki', format: 'der' }).subarray(-(bits / 4 + 1));
    });
    const known = new Set(knownAnswers().map(({ question: { key } }) => pointOf(key)));
    const point = (given: Uint8Array) => {
      if (known.has(Buffer.from(given).toString('hex'))) return given;
      return given.length > 65 ? (P384 ?? given) : (P256 ?? given);
    };
    const failed = await failedAddonAnswers(addonOf({ point }));
    for (const what of [
      'x and y swapped',
      'off the curve by a bit',
      'zero and zero',
      'coordinates all ones',
    ]) {
      expect(failed).toContain(`P-256, RFC 4754, a key: ${what}`);
      expect(failed).toContain(`P-384, RFC 6979, a key: ${what}`);
    }
    for (const what of ['infinity', 'compressed', 'hybrid', 'an octet too few', 'no octets']) {
      expect(failed).toContain(`P-256, RFC 6979, a key: ${what}`);
    }
  });

  test('not when it takes no key', async () => {
    const refusing = addonOf({
      keys: () => {
        throw new Error('no key');
      },
    });
    expect(await failedAddonAnswers(refusing)).toHaveLength(2 * knownAnswers().length);
  });
});

describe('with an addon', () => {
  test.each([
    ['prime256v1', 'sha256', 'P-256', 65],
    ['secp384r1', 'sha384', 'P-384', 97],
  ] as const)('%s with %s goes to it, and the key is read once', async (curve, hash, name, length) => {
    const keys: [string, number][] = [];
    const ecdsa = nativeEcdsa(addonOf({ keys: (crv, point) => keys.push([crv, point.length]) }), {
      name: 'nobody',
      verify: () => Promise.reject(new Error('asked somebody else')),
    });
    const question = soundQuestion(curve, hash);
    expect(await ecdsa.verify(question)).toBe(true);
    expect(await ecdsa.verify({ ...question, message: Buffer.from('else') })).toBe(false);
    expect(keys).toEqual([[name, length]]);
  });

  test.each([
    ['another curve', soundQuestion('secp521r1', 'sha384')],
    ['another hash', soundQuestion('prime256v1', 'sha384')],
    ['a compressed key', compressed(soundQuestion('prime256v1', 'sha256'))],
  ])('%s goes to Node, and holds', async (_what, question) => {
    const asked: EcdsaQuestion[] = [];
    const ecdsa = nativeEcdsa(addonOf({ verify: () => false }), {
      name: 'Node, watched',
      verify: (one) => {
        asked.push(one);
        return NODE_ECDSA.verify(one);
      },
    });
    expect(await ecdsa.verify(question)).toBe(true);
    expect(asked).toEqual([question]);
  });

  test('a key that the addon refuses and Node took is a fault, never an answer', async () => {
    const keys = () => {
      throw new Error('no point of the curve');
    };
    const ecdsa = nativeEcdsa(addonOf({ keys }), NODE_ECDSA);
    const asking = async () => ecdsa.verify(soundQuestion('prime256v1', 'sha256'));
    await expect(asking()).rejects.toThrow('no point of the curve');
  });
});

describe('the choice', () => {
  test('stays as it was when known answers come out wrong', async () => {
    const before = ecdsaName();
    expect(await chooseEcdsa(addonOf({ verify: () => true }))).not.toEqual([]);
    expect(ecdsaName()).toBe(before);
  });

  test('decides who verifies evidence and documents with raw signatures', async () => {
    let asked = 0;
    const addon = addonOf({
      asked: () => {
        asked += 1;
      },
    });
    expect(await chooseEcdsa(addon)).toEqual([]);
    expect(ecdsaName()).toBe('native stand-in/1');
    asked = 0;
    const { key, hash, message, signature } = soundQuestion('secp384r1', 'sha384');
    const [r, s] = [signature.subarray(0, 48), signature.subarray(48)];
    expect(await verifyEcdsaRaw({ key, hash, message, r, s })).toBe(true);
    expect(await verifyEcdsaRaw({ key, hash, message, r: s, s: r })).toBe(false);
    expect(asked).toBe(2);
    const document = soundQuestion('prime256v1', 'sha256');
    const authority = { publicKey: document.key, spki: document.key.export({ type: 'spki', format: 'der' }) };
    const signed = {
      algorithm: 'ecdsa-p256-sha256-raw',
      tbs: MESSAGE,
      signature: document.signature,
    } as const;
    expect(await verifySigned(signed, authority)).toBe(true);
    expect(asked).toBe(3);
  });
});
