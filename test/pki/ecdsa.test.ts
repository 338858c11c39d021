/** Raw ECDSA by whoever computes it: known answers, and what goes to the addon and what does not. */
import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { EcdsaQuestion, EcdsaVerifier } from '../../src/pki/ecdsa.js';
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

describe('known answers', () => {
  test('are right by Node', async () => {
    expect(await failedAnswers(NODE_ECDSA)).toEqual([]);
  });

  test('have good and bad ones on both curves', () => {
    const tally = (curve: string, holds: boolean) =>
      knownAnswers().filter((answer) => answer.name.startsWith(curve) && answer.holds === holds).length;
    expect([tally('P-256', true), tally('P-256', false)]).toEqual([1, 10]);
    expect([tally('P-384', true), tally('P-384', false)]).toEqual([1, 10]);
  });

  test.each(knownAnswers().map(({ name }) => name))('one wrong answer is named: %s', async (name) => {
    const wrong = knownAnswers().find((answer) => answer.name === name);
    const lying: EcdsaVerifier = {
      name: 'lying',
      verify: async ({ key, hash, message, signature }) => {
        const holds = await NODE_ECDSA.verify({ key, hash, message, signature });
        const asked = wrong?.question;
        const same =
          asked !== undefined &&
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
