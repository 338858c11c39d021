/** The clients in Node.js, Go and Python give one answer to one question: each case is put to all three. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CLIENT_REFUSALS } from '../../src/client/index.js';
import { SAMPLE_AT } from '../client/sample-issuer.js';
import { ISSUER_CASES, MISTAKES } from './issuer-cases.js';
import { type Issuers, startIssuers } from './issuers.js';
import { describeAgreement, type Judges } from './judges.js';
import { ADDRESS, METHOD, type Mint, makeMint } from './mint.js';
import type { Answer, JudgeOptions } from './question.js';
import { REQUEST_CASES } from './request-cases.js';
import { TOKEN_CASES } from './token-cases.js';

const AT = SAMPLE_AT.getTime();

describeAgreement('clients in three languages', (start) => {
  let issuers: Issuers;
  let judges: Judges;
  let mint: Mint;
  beforeAll(async () => {
    issuers = await startIssuers();
    judges = start();
    mint = await makeMint(issuers.publish('acme', { keys: [] }));
    issuers.publish('acme', { keys: [mint.es256.jwk, mint.rs256.jwk] });
  }, 120_000);
  afterAll(async () => {
    await judges.close();
    await issuers.close();
  });

  let verifiers = 0;
  /** Of a verifier that has seen nothing. */
  const anew = (options: Partial<JudgeOptions> = {}) => {
    verifiers += 1;
    return { verifier: String(verifiers), options: { ...mint.options, ...options }, at: AT };
  };
  /** Whoever presents has shown the key, so that this is about everything else. */
  const present = (token: string, options: Partial<JudgeOptions> = {}): Promise<Answer> =>
    judges.ask({ ...anew(options), about: 'token', token, thumbprint: mint.holder.jkt });

  test('have one table of refusals', async () => {
    const [go, python] = await Promise.all([judges.programs.go.rows(), judges.programs.python.rows()]);
    expect(go).toEqual(python);
    const own = new Map<unknown, unknown>(CLIENT_REFUSALS.map((row) => [row.code, row]));
    expect(go.map((row) => row)).toEqual(go.map(({ code }) => own.get(code)));
  });

  test('read the same out of a token', async () => {
    const { code, said } = await present(await mint.token({ eat_nonce: 'n', more: [1, { a: null }] }));
    expect(code).toBe('accepted');
    expect(said).toMatchObject({
      ...{ issuer: mint.issuer, subject: 'tenant:acme:workload:llm-serving', nonce: 'n', issuedAt: AT },
      att: { workload: 'llm-serving', reference_version: 42, debug: false },
      claims: { more: [1, { a: null }] },
    });
  });

  test.each(TOKEN_CASES.map((row) => [row.what, row.code, row] as const))(
    'of a token %s: %s',
    async (_what, code, { token, options }) => {
      expect((await present(await token(mint), options)).code).toBe(code);
    },
  );

  test.each(REQUEST_CASES.map((row) => [row.what, row.code, row] as const))(
    'of a request %s: %s',
    async (_what, code, { reason, send, options }) => {
      const question = { ...anew(options), about: 'request', method: METHOD, url: ADDRESS } as const;
      expect(await judges.ask({ ...question, ...(await send(mint)) })).toMatchObject({ code, reason });
    },
  );

  test.each(ISSUER_CASES.map((row) => [row.what, row.code, row] as const))(
    'of an issuer %s: %s',
    async (_what, code, { documents }) => {
      const name = `spoilt-${verifiers}`;
      const issuer = issuers.publish(name, documents(mint));
      const token = await mint.token({ iss: issuer });
      expect((await present(token, { issuer })).code).toBe(code);
    },
  );

  test.each(MISTAKES)('of a program with %s: a mistake', async (_what, options) => {
    expect((await judges.ask({ ...anew(options), about: 'keys' })).code).toBe('mistake');
  });

  describe('a thumbprint that was seen in use', () => {
    test('that is another is a mismatch, beside a good proof too', async () => {
      const token = await mint.token();
      const question = { ...anew(), about: 'token', token, thumbprint: mint.thief.jkt } as const;
      expect((await judges.ask(question)).code).toBe('key_mismatch');
      const proof = await mint.proof(token);
      const both = { ...question, proof, method: METHOD, url: ADDRESS };
      expect((await judges.ask(both)).code).toBe('key_mismatch');
      expect((await judges.ask({ ...both, thumbprint: mint.holder.jkt })).code).toBe('accepted');
    });
  });
});
