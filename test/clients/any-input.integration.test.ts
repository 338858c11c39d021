/** Whatever stands in a token, a proof or a request, the clients in all languages give one answer, and none of them ends. */
import { afterAll, beforeAll, test } from '@jest/globals';
import fc from 'fast-check';
import { proofBy } from '../client/sample-holder.js';
import { type Changes, SAMPLE_AT, SAMPLE_ATT, sampleClaims } from '../client/sample-issuer.js';
import { type Issuers, startIssuers } from './issuers.js';
import { describeAgreement, type Judges } from './judges.js';
import { ADDRESS, METHOD, type Mint, makeMint } from './mint.js';

const AT = SAMPLE_AT.getTime();
const RUNS = { numRuns: 150 };

describeAgreement('one answer in three languages', (start) => {
  let issuers: Issuers;
  let judges: Judges;
  let mint: Mint;
  let claims: Changes;
  let good: string;
  beforeAll(async () => {
    issuers = await startIssuers();
    judges = start();
    mint = await makeMint(issuers.publish('acme', { keys: [] }));
    issuers.publish('acme', { keys: [mint.es256.jwk, mint.rs256.jwk] });
    claims = { ...sampleClaims(mint.holder.jkt), iss: mint.issuer };
    good = await mint.token();
  }, 120_000);
  afterAll(async () => {
    await judges.close();
    await issuers.close();
  });

  /** One verifier for all: keys and used proofs stay. */
  const asked = () => ({ verifier: 'any', options: mint.options, at: AT });
  const present = (token: string) =>
    judges.ask({ ...asked(), about: 'token', token, thumbprint: mint.holder.jkt });
  const send = (headers: readonly (readonly [string, string])[], url: string = ADDRESS) =>
    judges.ask({ ...asked(), about: 'request', method: METHOD, url, headers });
  const shown = (proof: string) =>
    send([
      ['Authorization', `DPoP ${good}`],
      ['DPoP', proof],
    ]);

  test.each(['claims', 'att', 'submods', 'cpu0', 'cnf'])(
    'to a token with any value in a member of %s',
    async (place) => {
      const cpu0 = { ear_status: 'affirming', 'ear.status': 'affirming' };
      const names =
        {
          claims: Object.keys(claims),
          att: Object.keys(SAMPLE_ATT),
          submods: ['cpu0', 'gpu0'],
          cpu0: Object.keys(cpu0),
          cnf: ['jkt', 'jwk'],
        }[place] ?? [];
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...names), anyValue, async (name, value) => {
          const edit = { [name]: value };
          const edits: Record<string, Changes> = {
            claims: edit,
            att: { att: { ...SAMPLE_ATT, ...edit } },
            submods: { submods: { cpu0, ...edit } },
            cpu0: { submods: { cpu0: { ...cpu0, ...edit } } },
            cnf: { cnf: { jkt: mint.holder.jkt, ...edit } },
          };
          await present(await mint.token(edits[place]));
        }),
        RUNS,
      );
    },
  );

  test('to a token with any text for its claims', async () => {
    const text = JSON.stringify({ ...claims, more: ['é😀', { a: 1.5e3, b: null, c: '\\ "\n' }] });
    await fc.assert(
      fc.asyncProperty(fc.array(spoilOf(text), { minLength: 1, maxLength: 3 }), async (spoils) => {
        await present(await mint.signed(spoils.reduce(spoilt, text)));
      }),
      RUNS,
    );
  });

  test('to a token with any header', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('typ', 'kid', 'crit', 'b64', 'jwk', 'x5c', 'zip', 'cty'),
        anyValue,
        async (name, value) => {
          const [, body, signature] = good.split('.');
          const header = { alg: 'ES256', kid: mint.es256.kid, typ: 'JWT', [name]: value };
          await present(`${Buffer.from(JSON.stringify(header)).toString('base64url')}.${body}.${signature}`);
        },
      ),
      RUNS,
    );
  });

  test('to a proof with any value in its claims', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('htm', 'htu', 'iat', 'jti', 'ath', 'nbf', 'exp', 'nonce'),
        anyValue,
        async (name, value) => {
          await shown(await mint.proof(good, { [name]: value }));
        },
      ),
      RUNS,
    );
  });

  test('to a proof with any key', async () => {
    const names = ['kty', 'crv', 'x', 'y', 'use', 'd', 'alg', 'kid', 'key_ops'];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), fc.oneof(anyValue, coordinate), async (name, value) => {
        const jwk = { ...mint.holder.jwk, [name]: value } as typeof mint.holder.jwk;
        const input = { token: good, method: METHOD, url: ADDRESS, at: SAMPLE_AT };
        await shown(await proofBy({ ...mint.holder, jwk }, input));
      }),
      RUNS,
    );
  });

  test('to a token or a proof in any spelling', async () => {
    const proof = await mint.proof(good);
    await fc.assert(
      fc.asyncProperty(fc.boolean(), spoilOf(good), spoilOf(proof), async (isToken, ofToken, ofProof) => {
        if (isToken) await present(spoilt(good, ofToken));
        else await shown(spoilt(proof, ofProof));
      }),
      RUNS,
    );
  });

  test('at any address', async () => {
    const address = fc.oneof(
      fc.webUrl({ withQueryParameters: true, withFragments: true }),
      fc.string(),
      spoilOf(ADDRESS).map((spoil) => spoilt(ADDRESS, spoil)),
    );
    await fc.assert(
      fc.asyncProperty(address, fc.boolean(), async (url, both) => {
        const proof = await mint.proof(good, { htu: url });
        await send(
          [
            ['Authorization', `DPoP ${good}`],
            ['DPoP', proof],
          ],
          both ? url : ADDRESS,
        );
      }),
      RUNS,
    );
  });

  test('to any headers', async () => {
    const proof = await mint.proof(good);
    const value = fc.oneof(
      fc.string(),
      fc.constantFrom(`DPoP ${good}`, `Bearer ${good}`, proof),
      spoilOf(`DPoP ${good}`).map((spoil) => spoilt(`DPoP ${good}`, spoil)),
    );
    const name = fc.constantFrom('Authorization', 'authorization', 'DPoP', 'dpop', 'Other');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, value), { maxLength: 3 }), async (headers) => {
        await send(headers);
      }),
      RUNS,
    );
  });
});

const anyValue = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(
    undefined,
    1,
    0,
    -0,
    1.5,
    true,
    '',
    'affirming',
    'warning',
    'none',
    2 ** 53,
    1e21,
    253_402_300_799,
  ),
  fc.integer({ min: AT / 1000 - 400, max: AT / 1000 + 400 }),
  fc.double({ min: AT / 1000 - 70, max: AT / 1000 + 70 }),
);

const coordinate = fc
  .uint8Array({ minLength: 31, maxLength: 33 })
  .map((bytes) => Buffer.from(bytes).toString('base64url'));

interface Spoil {
  readonly at: number;
  readonly removed: number;
  readonly put: string;
}

const spoilOf = (text: string): fc.Arbitrary<Spoil> =>
  fc.record({
    at: fc.nat(text.length),
    removed: fc.nat(2),
    put: fc.oneof(
      fc.constantFrom(
        '',
        '"',
        '\\',
        '\\u',
        '\\ud83d',
        '\\u0061',
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '-',
        '+',
        '.',
        '0',
        '1e9',
        'e',
        ' ',
        '\n',
        '\t',
        '\u0000',
        '\u00a0',
        'é',
        '=',
        '/',
        '%2e',
        '%',
        '?',
        '#',
        '@',
        ':443',
        '..',
      ),
      fc.string({ maxLength: 2, unit: 'binary' }),
    ),
  });

const spoilt = (text: string, { at, removed, put }: Spoil): string =>
  text.slice(0, at) + put + text.slice(at + removed);
