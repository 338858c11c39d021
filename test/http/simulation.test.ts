/** A policy tried on evidence beside the one in force: two verdicts, and nothing left behind. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/rats/result.js';
import { evidenceOf, guestWith, prepare, tdWith } from './guest.js';
import { startTestService, type TestService } from './service.js';

const REPORT_DATA = Buffer.alloc(64, 5);
const DEMANDING = { snp: { minimum_guest_svn: 7 } };

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
  await prepare(service);
});
afterAll(() => service.close());

const admin = (path: string, body: object) => service.post(`/simulated/v1${path}`, body, service.adminKey);

async function simulate(changes: JsonObject) {
  const evidence = evidenceOf(await guestWith(REPORT_DATA));
  const body = { evidence, report_data: REPORT_DATA.toString('hex'), ...changes };
  return admin('/policies/simulate', body);
}

async function countDecisions(): Promise<number> {
  const { body } = await service.get('/simulated/v1/decisions?limit=200', service.adminKey).expect(200);
  return body.items.length;
}

describe('a simulation', () => {
  test('shows the verdict of a document beside that of the policy in force, and where they differ', async () => {
    const { body } = await simulate({ workload: 'llm-serving', document: DEMANDING }).then((reply) => {
      expect(reply.status).toBe(200);
      return reply;
    });
    expect(body.in_force).toMatchObject({
      policy: 'standard@1',
      verdict: { status: 'affirming', code: null, decision: null },
    });
    expect(body.proposed).toMatchObject({
      policy: 'draft@1',
      verdict: { status: 'contraindicated', code: 'snp_guest_svn_below_minimum', decision: null },
    });
    expect(body.differences).toEqual([
      {
        id: 'snp_guest_svn_below_minimum',
        in_force: expect.objectContaining({ outcome: 'pass' }),
        proposed: expect.objectContaining({ outcome: 'fail', expected: 'GUEST_SVN at least 7' }),
      },
    ]);
    const same = await simulate({ workload: 'llm-serving', policy: 'standard' });
    expect(same.body.differences).toEqual([]);
    expect(same.body.proposed).toEqual(same.body.in_force);
  });

  test('is of kept policies too, drafts by their number, and records nothing', async () => {
    const before = await countDecisions();
    await admin('/policies', { name: 'planned', document: DEMANDING }).expect(201);
    const { body } = await simulate({ policy: 'planned@1' });
    expect(body.proposed).toMatchObject({
      policy: 'planned@1',
      verdict: { code: 'snp_guest_svn_below_minimum' },
    });
    // Without a workload nothing was compared with reference values.
    expect(body.in_force.verdict.status).toBe('warning');
    expect(await countDecisions()).toBe(before);
  });

  test('asks the register where only the proposal does', async () => {
    const chipId = Buffer.alloc(64, 0xaa);
    const owned = { common: { platforms: 'registered' } };
    const evidence = evidenceOf(await guestWith(REPORT_DATA, { chipId }));
    const outcome = async () => {
      const reply = await simulate({ evidence, document: owned });
      return reply.body.proposed.verdict.checks.find(({ id }: JsonObject) => id === 'platform_not_registered')
        .outcome;
    };
    expect(await outcome()).toBe('fail');
    const platform = { kind: 'snp-chip-id', value: chipId.toString('hex'), label: 'a', owner: 'b' };
    await admin('/platforms', platform).expect(201);
    expect(await outcome()).toBe('pass');
  });

  test('shows what would be undecided', async () => {
    const evidence = evidenceOf(await tdWith(REPORT_DATA));
    const document = { common: { minimum_evaluation_number: 100_000 } };
    const { body } = await simulate({ evidence, document });
    expect(body.in_force.verdict.authentic).toBe(true);
    expect(body.proposed.verdict).toMatchObject({
      authentic: null,
      status: 'none',
      code: 'tdx_tcb_evaluation_number_too_low',
      claims: null,
    });
  });

  test('of evidence for another request is refused under both', async () => {
    const { body } = await simulate({ report_data: '00'.repeat(64), document: {} });
    for (const { verdict } of [body.in_force, body.proposed]) {
      expect(verdict).toMatchObject({ authentic: false, code: 'report_data_mismatch' });
    }
    expect(body.differences).toEqual([]);
  });

  test.each<[string, JsonObject, number, string]>([
    ['no policy', {}, 400, 'request_invalid'],
    ['two policies', { policy: 'standard', document: {} }, 400, 'request_invalid'],
    ['a bad document', { document: { snp: { vmpl: [] } } }, 400, 'policy_invalid'],
    ['an unknown policy', { policy: 'absent' }, 404, 'policy_unknown'],
    ['an unknown workload', { policy: 'standard', workload: 'absent' }, 404, 'workload_unknown'],
    ['an instant to come', { policy: 'standard', at: '2040-01-01T00:00:00Z' }, 400, 'at_in_future'],
    [
      'no evidence',
      { policy: 'standard', evidence: { cpu: { bytes: 'AAAA' } } },
      400,
      'evidence_type_unknown',
    ],
  ])('with %s is refused', async (_what, changes, status, code) => {
    const reply = await simulate(changes);
    expect({ status: reply.status, code: reply.body.code }).toEqual({ status, code });
  });
});
