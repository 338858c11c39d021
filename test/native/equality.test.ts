/**
 * The addon and Node give the same answers: Wycheproof’s vectors, and random signatures changed in every way of
 * questions.ts. `npm run equality` asks 100,000 of the latter; here is a small part of them, by fixed seeds.
 */
import { describe, expect, test } from '@jest/globals';
import { failedAddonAnswers } from '../../src/pki/ecdsa-addon-answers.js';
import type { EcdsaAddon } from '../../src/pki/ecdsa-native.js';
import { builtAddon } from './addon.js';
import { comparing, describeQuestion, differ } from './comparison.js';
import { drawFrom, makeKeys, pointsOf, questionFor, readByNode } from './questions.js';
import { wycheproofVectors } from './wycheproof.js';

const QUESTIONS = 2_000;

const addon = builtAddon('equality of the two implementations of ECDSA');

function compareWith(built: EcdsaAddon): void {
  const compare = comparing(built);

  test('the addon passes what it must pass at every start', async () => {
    expect(await failedAddonAnswers(built)).toEqual([]);
  });

  test('both answer as Wycheproof says', async () => {
    const vectors = wycheproofVectors();
    const wrong: string[] = [];
    for (const vector of vectors) {
      const answers = await compare(vector);
      const right = vector.result === 'valid';
      if (differ(answers) || answers.node !== right) wrong.push(describeQuestion(vector, answers));
    }
    expect(wrong).toEqual([]);
    const held = vectors.filter(({ result }) => result === 'valid').length;
    expect(vectors.length).toBeGreaterThan(500);
    expect(held).toBeGreaterThan(100);
  });

  test(`both answer alike to ${QUESTIONS} signatures, good and changed`, async () => {
    const keys = makeKeys(4);
    const counts = { held: 0, refused: 0 };
    const kinds = new Set<string>();
    const different: string[] = [];
    for (let seed = 1; seed <= QUESTIONS; seed += 1) {
      const question = questionFor(seed, keys);
      const answers = await compare(question);
      if (differ(answers)) different.push(describeQuestion(question, answers));
      counts[answers.node ? 'held' : 'refused'] += 1;
      kinds.add(question.name.replace(/^seed \d+, /u, ''));
    }
    expect(different).toEqual([]);
    expect(counts.held).toBeGreaterThan(QUESTIONS / 5);
    expect(counts.refused).toBeGreaterThan(QUESTIONS / 5);
    // 26 changes of numbers and 9 of octets, on either curve.
    expect(kinds.size).toBe(2 * (26 + 9));
  });

  test('the addon takes a key exactly where Node does and it is uncompressed', () => {
    const draw = drawFrom(1);
    const taken: string[] = [];
    for (const pair of makeKeys(40)) {
      for (const written of pointsOf(pair, draw)) {
        let byAddon = true;
        try {
          new built.PublicKey(pair.curve.name, written.point);
        } catch {
          byAddon = false;
        }
        const byNode = readByNode(written) !== null && written.point[0] === 4;
        expect([written.name, byAddon]).toEqual([written.name, byNode]);
        if (byAddon) taken.push(written.name);
      }
    }
    expect([...new Set(taken)].sort()).toEqual([
      'P-256, as it is',
      'P-256, the other side of the curve',
      'P-384, as it is',
      'P-384, the other side of the curve',
    ]);
  });

  test('a digest of another length is a mistake of the caller, not an answer', () => {
    const [pair] = makeKeys(1);
    if (pair === undefined) throw new RangeError('no key');
    const spki = pair.publicKey.export({ type: 'spki', format: 'der' });
    const key = new built.PublicKey('P-256', spki.subarray(-65));
    expect(() => key.verifyDigest(new Uint8Array(48), new Uint8Array(64))).toThrow('no digest');
    expect(() => new built.PublicKey('P-521' as 'P-256', spki.subarray(-65))).toThrow('P-256 or P-384');
  });

  test('a message may be changed while the pool is at work on it', async () => {
    const keys = makeKeys(1);
    const sound = [3, 4, 5, 6, 7, 8, 9].map((seed) => questionFor(seed, keys));
    const answers = await Promise.all(sound.map((question) => compare(question)));
    const again = sound.map((question) => {
      const spki = question.key.export({ type: 'spki', format: 'der' });
      const key = new built.PublicKey(question.curve, spki.subarray(question.curve === 'P-256' ? -65 : -97));
      const asked = key.verifyPooled(question.message, question.signature);
      question.message.fill(0);
      question.signature.fill(0);
      return asked;
    });
    expect(await Promise.all(again)).toEqual(answers.map(({ node }) => node));
  });
}

if (addon !== null) describe('equality of the two implementations of ECDSA', () => compareWith(addon));
