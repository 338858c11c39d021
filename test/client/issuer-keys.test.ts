import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createTokenVerifier, type TokenVerifier } from '../../src/client/index.js';
import { outcomeOf, refusalOf } from './refused.js';
import {
  makeSampleIssuer,
  makeSampleKey,
  SAMPLE_AT,
  SAMPLE_AUDIENCE,
  SAMPLE_ISSUER,
  type SampleIssuer,
  type SampleKey,
  sampleClaims,
  sampleDocument,
  signSample,
} from './sample-issuer.js';

const JKT = 'a'.repeat(43);
const HOUR = 3600;

let issuer: SampleIssuer;
let now: Date;
let verifier: TokenVerifier;
let next: SampleKey;
beforeAll(async () => {
  next = await makeSampleKey();
});
beforeEach(async () => {
  issuer = await makeSampleIssuer();
  now = SAMPLE_AT;
  verifier = createTokenVerifier({
    ...{ issuer: SAMPLE_ISSUER, audience: SAMPLE_AUDIENCE, fetch: issuer.fetch },
    now: () => now,
  });
});

const advance = (seconds: number) => {
  now = new Date(now.getTime() + seconds * 1000);
};
const down = () => {
  issuer.instead = () => Promise.reject(new TypeError('fetch failed'));
};
const up = () => {
  issuer.instead = null;
};
/** Outcome for a token of this very moment. */
async function present(key: SampleKey = issuer.es256): Promise<string> {
  const token = await signSample(sampleClaims(JKT, now), key);
  return outcomeOf(verifier.verify(token, { provenThumbprint: JKT }));
}
/** How often the keys were asked for. */
const questions = () => issuer.asked.filter((url) => url.endsWith('/jwks.json')).length;
const attempts = () => issuer.asked.filter((url) => url.endsWith('/openid-configuration')).length;

describe('keys of an issuer', () => {
  test('are asked for at the first token, and again after five minutes', async () => {
    expect(questions()).toBe(0);
    for (let round = 0; round < 3; round += 1) expect(await present()).toBe('accepted');
    expect(questions()).toBe(1);
    advance(299);
    expect(await present()).toBe('accepted');
    expect(questions()).toBe(1);
    advance(1);
    expect(await present()).toBe('accepted');
    expect(questions()).toBe(2);
  });

  test('are asked for once by all who wait', async () => {
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => present()));
    expect(new Set(outcomes)).toEqual(new Set(['accepted']));
    expect(questions()).toBe(1);
  });

  test('serve on for a day while the issuer does not answer, and no longer', async () => {
    expect(await present()).toBe('accepted');
    down();
    for (const seconds of [300, 6 * HOUR, 12 * HOUR, 6 * HOUR - 301]) {
      advance(seconds);
      expect(await present()).toBe('accepted');
    }
    advance(1);
    expect(await present()).toBe('issuer_unreachable');
    up();
    advance(5);
    expect(await present()).toBe('accepted');
  });

  test('are not waited for once the issuer has failed, as long as those at hand have the one that is named', async () => {
    expect(await present()).toBe('accepted');
    down();
    advance(300);
    expect(await present()).toBe('accepted');
    let answer: (response: Response) => void = () => {};
    issuer.instead = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    advance(5);
    const before = attempts();
    // The question is open, and stays so until all of these have been answered.
    for (let round = 0; round < 3; round += 1) expect(await present()).toBe('accepted');
    expect(attempts()).toBe(before + 1);
    const unknown = present(next);
    answer(new Response('', { status: 500 }));
    expect(await unknown).toBe('issuer_unreachable');
  });

  test('of an issuer that is back are those that it publishes', async () => {
    expect(await present()).toBe('accepted');
    down();
    advance(300);
    expect(await present()).toBe('accepted');
    up();
    issuer.keys = [next.jwk];
    advance(5);
    const asked = attempts();
    // This one starts the question, and whoever comes after its answer is served by it.
    expect(await present()).toBe('accepted');
    expect(attempts()).toBe(asked + 1);
    expect(await present(next)).toBe('accepted');
    expect(await present()).toBe('token_key_unknown');
  });

  test('are asked for again so long after a question as its end says', async () => {
    issuer.instead = () => {
      advance(5);
      throw new TypeError('fetch failed');
    };
    await present();
    await present();
    expect(attempts()).toBe(1);
    advance(5);
    await present();
    expect(attempts()).toBe(2);
  });

  test('that cannot be had leave a token undecided, with the reason', async () => {
    down();
    expect(await present()).toBe('issuer_unreachable');
    const refused = await refusalOf(verifier.loadKeys());
    expect(refused).toMatchObject({ code: 'issuer_unreachable', kind: 'undecided', status: 503 });
    expect(refused.message).toContain(`${SAMPLE_ISSUER}/.well-known/openid-configuration does not answer`);
  });

  test('are asked for every five seconds while the issuer does not answer', async () => {
    down();
    for (let round = 0; round < 10; round += 1) await present();
    expect(attempts()).toBe(1);
    advance(5);
    for (let round = 0; round < 10; round += 1) await present();
    expect(attempts()).toBe(2);
  });

  test('that are new are found by their id, at most every thirty seconds', async () => {
    expect(await present()).toBe('accepted');
    issuer.keys = [...issuer.keys, next.jwk];
    advance(29);
    expect(await present(next)).toBe('token_key_unknown');
    advance(1);
    expect(await present(next)).toBe('accepted');
    expect(questions()).toBe(2);
    const stranger = await makeSampleKey();
    for (let round = 0; round < 20; round += 1) expect(await present(stranger)).toBe('token_key_unknown');
    expect(questions()).toBe(2);
  });

  test('of an unknown id leave a token undecided while the issuer does not answer', async () => {
    expect(await present()).toBe('accepted');
    down();
    advance(31);
    expect(await present(next)).toBe('issuer_unreachable');
    expect(await present()).toBe('accepted');
  });

  test('that were removed count for five minutes at most', async () => {
    expect(await present()).toBe('accepted');
    issuer.keys = [next.jwk];
    advance(299);
    expect(await present()).toBe('accepted');
    advance(1);
    expect(await present()).toBe('token_key_unknown');
    expect(await present(next)).toBe('accepted');
  });

  test('are asked for again after the clock was set back', async () => {
    expect(await present()).toBe('accepted');
    advance(-HOUR);
    expect(await present()).toBe('accepted');
    expect(questions()).toBe(2);
  });

  test('are those of the last answer that was one', async () => {
    expect(await present()).toBe('accepted');
    issuer.instead = () => new Response('<html>', { status: 200 });
    advance(300);
    expect(await present()).toBe('accepted');
    issuer.instead = (url) => sampleDocument(url, []);
    advance(5);
    await verifier.loadKeys();
    expect(await present()).toBe('token_key_unknown');
  });

  test('are waited for after a failure that is long past', async () => {
    expect(await present()).toBe('accepted');
    down();
    advance(300);
    expect(await present()).toBe('accepted');
    up();
    issuer.keys = [next.jwk];
    advance(300);
    expect(await present()).toBe('token_key_unknown');
  });
});
