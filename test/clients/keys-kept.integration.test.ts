/** What is kept of an issuer, for how long, and which proofs are remembered: the same limits in every language. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { makeHolder, type SampleHolder } from '../client/sample-holder.js';
import { makeSampleKey, SAMPLE_AT, type SampleKey } from '../client/sample-issuer.js';
import { type Documents, type Issuers, startIssuers } from './issuers.js';
import { describeAgreement, type Judges } from './judges.js';
import { ADDRESS, METHOD, type Mint, makeMint } from './mint.js';
import type { JudgeOptions } from './question.js';

const HOUR = 3600;
const LANGUAGES = 3;

let issuers: Issuers;
let judges: Judges;
let next: SampleKey;
let stranger: SampleKey;
let count = 0;

/** An issuer and a verifier of its own for each test. */
let mint: Mint;
let name: string;
let now: number;

const publish = (keys: readonly SampleKey[], more: Partial<Documents> = {}) =>
  issuers.publish(name, { keys: keys.map(({ jwk }) => jwk), ...more });
const goDown = () => publish([mint.es256], { discovery: () => ({ status: 503, body: '' }) });
/** Of all languages together. */
const questions = () => issuers.questions(name) / LANGUAGES;
const advance = (seconds: number) => {
  now += seconds * 1000;
};

/** The answer for a token of this very moment. */
async function present(key: SampleKey = mint.es256): Promise<string> {
  const iat = Math.floor(now / 1000);
  const token = await mint.token({ iat, nbf: iat, exp: iat + 300 }, key);
  const { options, holder } = mint;
  const question = { about: 'token', verifier: name, options, at: now, token } as const;
  return (await judges.ask({ ...question, thumbprint: holder.jkt })).code;
}

function prepare(start: () => Judges): void {
  beforeAll(async () => {
    issuers = await startIssuers();
    judges = start();
    [next, stranger] = await Promise.all([makeSampleKey(), makeSampleKey()]);
  });
  beforeEach(async () => {
    count += 1;
    name = `kept-${count}`;
    now = SAMPLE_AT.getTime();
    mint = await makeMint(issuers.publish(name, { keys: [] }));
    publish([mint.es256]);
  });
  afterAll(async () => {
    await judges.close();
    await issuers.close();
  });
}

describeAgreement('keys of an issuer, in three languages', (start) => {
  prepare(start);

  test('are asked for at the first token, and again after five minutes', async () => {
    for (let round = 0; round < 3; round += 1) expect(await present()).toBe('accepted');
    expect(questions()).toBe(1);
    advance(299);
    expect(await present()).toBe('accepted');
    expect(questions()).toBe(1);
    advance(1);
    expect(await present()).toBe('accepted');
    expect(questions()).toBe(2);
  });

  test('serve on for a day while the issuer does not answer, and no longer', async () => {
    expect(await present()).toBe('accepted');
    goDown();
    for (const seconds of [300, 6 * HOUR, 12 * HOUR, 6 * HOUR - 301]) {
      advance(seconds);
      expect(await present()).toBe('accepted');
    }
    advance(1);
    expect(await present()).toBe('issuer_unreachable');
    publish([mint.es256]);
    advance(5);
    expect(await present()).toBe('accepted');
  });

  test('are asked for every five seconds while there are none', async () => {
    goDown();
    for (let round = 0; round < 3; round += 1) expect(await present()).toBe('issuer_unreachable');
    expect(questions()).toBe(1);
    advance(5);
    for (let round = 0; round < 3; round += 1) expect(await present()).toBe('issuer_unreachable');
    expect(questions()).toBe(2);
    publish([mint.es256]);
    advance(5);
    expect(await present()).toBe('accepted');
  });

  test('are not waited for once the issuer has failed', async () => {
    expect(await present()).toBe('accepted');
    goDown();
    advance(300);
    expect(await present()).toBe('accepted');
    let open = 0;
    publish([mint.es256], {
      discovery: () => {
        open += 1;
        return 'silent';
      },
    });
    advance(5);
    // The question of each language stays open for five seconds; whoever waited for it would be told of a failure first.
    const waits = Promise.all([present(), present(), present()]);
    expect(await waits).toEqual(['accepted', 'accepted', 'accepted']);
    // One that nobody has the key for waits for its end.
    expect(await present(next)).toBe('issuer_unreachable');
    expect(open).toBe(LANGUAGES);
  });

  test('that are new are found by their id, at most every thirty seconds', async () => {
    expect(await present()).toBe('accepted');
    publish([mint.es256, next]);
    advance(29);
    expect(await present(next)).toBe('token_key_unknown');
    advance(1);
    expect(await present(next)).toBe('accepted');
    expect(questions()).toBe(2);
    for (let round = 0; round < 5; round += 1) expect(await present(stranger)).toBe('token_key_unknown');
    expect(questions()).toBe(2);
  });

  test('of an unknown id leave a token undecided while the issuer does not answer', async () => {
    expect(await present()).toBe('accepted');
    goDown();
    advance(31);
    expect(await present(next)).toBe('issuer_unreachable');
    expect(await present()).toBe('accepted');
  });

  test('that were removed count for five minutes at most', async () => {
    expect(await present()).toBe('accepted');
    publish([next]);
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
    publish([], { jwks: () => ({ body: '<html>' }) });
    advance(300);
    expect(await present()).toBe('accepted');
    publish([]);
    advance(300);
    expect(await present()).toBe('token_key_unknown');
  });
});

describeAgreement('proofs, in three languages', (start) => {
  prepare(start);

  async function send(proof: string, token: string, options: Partial<JudgeOptions> = {}): Promise<string> {
    const question = { verifier: name, options: { ...mint.options, ...options }, at: now } as const;
    const headers = [
      ['Authorization', `DPoP ${token}`],
      ['DPoP', proof],
    ] as const;
    return (await judges.ask({ ...question, about: 'request', method: METHOD, url: ADDRESS, headers })).code;
  }

  test('count once, and not again while they could', async () => {
    const token = await mint.token();
    const proof = await mint.proof(token);
    expect(await send(proof, token)).toBe('accepted');
    expect(await send(proof, token)).toBe('proof_replayed');
    advance(60);
    expect(await send(proof, token)).toBe('proof_replayed');
    advance(1);
    expect(await send(proof, token)).toBe('proof_invalid');
  });

  test('of one key do not spend those of another with the same id', async () => {
    const [token, its] = [await mint.token(), await mint.token({ cnf: { jkt: mint.thief.jkt } })];
    expect(await send(await mint.proof(token, { jti: 'same' }), token)).toBe('accepted');
    expect(await send(await mint.proof(its, { jti: 'same' }, mint.thief), its)).toBe('accepted');
    expect(await send(await mint.proof(token, { jti: 'same' }), token)).toBe('proof_replayed');
  });

  test('take no place when they are refused', async () => {
    const token = await mint.token({ att: { simulated: true } });
    const proof = await mint.proof(token);
    expect(await send(proof, token)).toBe('token_claims');
    const other = await mint.token();
    expect(await send(await mint.proof(other), other, { capacity: 1 })).toBe('accepted');
  });

  test('of one holder take a tenth of the places, and leave them when they end', async () => {
    const small = { capacity: 20 };
    const token = await mint.token();
    const spend = async (holder: SampleHolder, of: string) =>
      send(await mint.proof(of, { iat: Math.floor(now / 1000) }, holder), of, small);
    const outcomes = [];
    for (let use = 0; use < 3; use += 1) outcomes.push(await spend(mint.holder, token));
    expect(outcomes).toEqual(['accepted', 'accepted', 'replay_memory_full']);
    const another = await makeHolder();
    expect(await spend(another, await mint.token({ cnf: { jkt: another.jkt } }))).toBe('accepted');
    advance(61);
    expect(await spend(mint.holder, token)).toBe('accepted');
  });
});
