/** A decision row that somebody edited in the database: judging it again finds what was edited. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ecdsaName } from '../../src/pki/signature.js';
import type { JsonObject } from '../../src/rats/result.js';
import { openPglite } from '../../src/storage/pglite.js';
import type { Difference } from '../../src/verifier/decision-record.js';
import { attestBody, prepare } from './guest.js';
import { startTestService, type TestService } from './service.js';

let dir = '';
let service: TestService;
let decision = '';
let evidence: JsonObject = {};

const start = (): Promise<TestService> =>
  startTestService({ ASSAY_DATABASE_URL: `pglite:${join(dir, 'db')}`, ASSAY_KEK: 'cd'.repeat(32) });

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'assay-edited-'));
  service = await start();
  await prepare(service);
  const body = await attestBody(service);
  const reply = await service.post('/simulated/v1/attest', body).expect(200);
  decision = reply.body.decision;
  evidence = body.evidence as JsonObject;
});
afterAll(async () => {
  await service.close();
  await rm(dir, { recursive: true, force: true });
});

/** As somebody with the administrator's login does it, while the service is down. */
async function edited(assignment: string): Promise<void> {
  await service.close();
  const database = await openPglite(join(dir, 'db'));
  await database.administer((session) =>
    session.query(`UPDATE decisions SET ${assignment} WHERE id = $1`, [decision]),
  );
  await database.close();
  service = await start();
}

async function replayed(): Promise<{ status: number; sides: readonly unknown[][]; body: JsonObject }> {
  const path = `/simulated/v1/decisions/${decision}/replay`;
  const { status, body } = await service.post(path, { evidence }, service.adminKey);
  const differences: readonly Difference[] = body.differences ?? [];
  return { status, sides: differences.map(({ path, then, now }) => [path, then, now]), body };
}

/** Who verified, as the record says. */
async function recordedCrypto(): Promise<unknown> {
  const reply = await service.get(`/simulated/v1/decisions/${decision}`, service.adminKey).expect(200);
  return reply.body.crypto;
}

describe('an edited decision', () => {
  test('is told member by member, with what is recorded and what ought to be', async () => {
    expect((await replayed()).body).toMatchObject({ identical: true, differences: [] });
    expect(await recordedCrypto()).toBe(ecdsaName());
    await edited(
      `crypto = 'another library/1', status = 'warning', measurement = repeat('00', 48),
       tcb = jsonb_set(tcb::jsonb, '{status}', '"OutOfDate"')::json,
       claims = replace(claims::text, '"vmpl":0', '"vmpl":3')::json,
       checks = replace(checks::text, '"observed":"VMPL 0"', '"observed":"VMPL 1"')::json`,
    );
    const { status, sides, body } = await replayed();
    expect([status, body.identical]).toEqual([200, false]);
    // Who computed then is recorded, and is no difference.
    expect(await recordedCrypto()).toBe('another library/1');
    expect(sides).toEqual([
      ['status', 'warning', 'affirming'],
      ['measurement', '00'.repeat(48), 'a5'.repeat(48)],
      ['tcb.status', 'OutOfDate', 'NotShown'],
      ['claims.vmpl', 3, 0],
      ['checks.snp_vmpl_not_allowed.observed', 'VMPL 1', 'VMPL 0'],
    ]);
  });

  test('moved in time is judged at that time', async () => {
    await edited(`judged_at = judged_at + interval '20 years'`);
    const { status, sides, body } = await replayed();
    expect([status, body.identical]).toEqual([200, false]);
    expect(sides).toContainEqual(['code', null, 'snp_cert_expired']);
    expect(body.verdict).toMatchObject({ authentic: false, status: 'none' });
  });

  test('that names another policy or document cannot be judged again, and says what is not there', async () => {
    const none = '00'.repeat(32);
    await edited(
      `policy_digest = '${none}',
       endorsements = regexp_replace(endorsements::text, '(snp-vcek-crl","sha256":")[0-9a-f]{64}', '\\1${none}')::json`,
    );
    const { status, body } = await replayed();
    expect([status, body.code]).toEqual([409, 'state_conflict']);
    expect(body.detail).toContain(`policy standard@1 of SHA-256 ${none}`);
    expect(body.detail).toContain(`snp-vcek-crl of SHA-256 ${none}`);
  });
});
