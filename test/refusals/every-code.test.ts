/**
 * Every refusal code is earned through HTTP or the command line, by a request or evidence that differs in one thing
 * from one that is accepted in the same test. A code without such a pair fails by its name.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type supertest from 'supertest';
import { REFUSALS, type RefusalClass, type RefusalCode, refusalEntry } from '../../src/rats/refusal.js';
import { BY_ATTESTER } from './by-attester.js';
import { type Judgements, kindsFor, verifyFault, verifyPolicy } from './by-command.js';
import { BY_HOLDER } from './by-holder.js';
import { BY_OPERATOR } from './by-operator.js';
import { BY_TROUBLE } from './by-trouble.js';
import { closeStage, OPENING, openStage, type Stage } from './stage.js';

const BY_REQUEST = { ...BY_ATTESTER, ...BY_HOLDER, ...BY_OPERATOR, ...BY_TROUBLE };
const CODES = REFUSALS.map(({ code }) => code);

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
}, OPENING);
afterAll(() => closeStage(stage));

const EXIT_CODES: Readonly<Partial<Record<RefusalClass, number>>> = {
  refused: 1,
  malformed: 2,
  denied: 3,
  undecided: 4,
};

const MEMBERS = [
  ...['type', 'title', 'status', 'detail', 'instance', 'code', 'stage', 'tee', 'checks', 'retryable'],
  ...['retry_after', 'request_id'],
];

function expectAnswered({ status, body }: supertest.Response): void {
  expect({ code: body.code ?? null, succeeded: status >= 200 && status < 300 }).toEqual({
    code: null,
    succeeded: true,
  });
  // Appraise answers every decided verdict with 200.
  if ('authentic' in body) expect(body.authentic).toBe(true);
}

function expectProblem(code: RefusalCode, reply: supertest.Response): void {
  const entry = refusalEntry(code);
  if (reply.status === 200) {
    expect(reply.body).toMatchObject({ authentic: entry.class === 'denied', code });
    return;
  }
  expect({ code: reply.body.code, status: reply.status }).toEqual({ code, status: entry.status });
  expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(reply.headers['cache-control']).toBe('no-store');
  expect(MEMBERS).toEqual(expect.arrayContaining(Object.keys(reply.body)));
  expect(reply.body).toMatchObject({ title: entry.title, status: entry.status });
  expect(reply.body.type).toMatch(new RegExp(`^http://localhost:8080(/simulated)?/problems/${code}$`));
  expect(reply.body.request_id).toBe(reply.headers['x-request-id']);
  expect(reply.body.detail.length).toBeGreaterThan(10);
  const retryable = entry.class === 'undecided' || entry.class === 'limited';
  expect(reply.body.retryable).toBe(retryable);
  expect(reply.headers['retry-after']).toBe(retryable ? String(reply.body.retry_after) : undefined);
}

function expectJudged(code: RefusalCode, { refused, accepted }: Judgements): void {
  // Where freshness comes from a vTPM quote that is no part of the envelope: a warning.
  const exit = accepted.verdict?.tee === 'az-sev-snp' ? 5 : 0;
  expect(accepted).toMatchObject({ exitCode: exit, verdict: { authentic: true, code: null } });
  expect(refused.exitCode).toBe(EXIT_CODES[refusalEntry(code).class]);
  if (refused.verdict === null) expect(refused.err).toContain(code);
  else expect(refused.verdict.code).toBe(code);
}

describe('each refusal code, and the same without what earns it', () => {
  test('is provoked by a request or by evidence', () => {
    const unprovoked = CODES.filter(
      (code) => !(code in BY_REQUEST) && kindsFor(code).length === 0 && code !== 'policy_invalid',
    );
    expect(unprovoked).toEqual([]);
    process.stdout.write(`Refusal codes provoked: ${CODES.length}\n`);
  });

  test.each(Object.keys(BY_REQUEST) as RefusalCode[])('%s over HTTP', async (code) => {
    const exchange = await BY_REQUEST[code]?.(stage);
    if (exchange === undefined) throw new Error(`nothing provokes ${code}`);
    expectProblem(code, exchange.refused);
    expectAnswered(exchange.accepted);
  });

  test.each(CODES.flatMap((code) => kindsFor(code).map((kind) => [code, kind] as const)))(
    '%s by the command line: %s',
    async (code, kind) => expectJudged(code, await verifyFault(kind, code)),
  );

  test('policy_invalid by the command line', async () => {
    expectJudged('policy_invalid', await verifyPolicy());
  });
});
