/** A connection to the database that is lost anywhere in an attestation: no token without its decision. */
import { createHash, randomInt } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { loadVendor, type SimulatedAmd } from '../../src/simulator/index.js';
import { tapWire, type Wire } from '../contract/wire.js';
import { createDatabase, type TestDatabase } from './database.js';
import {
  type Answer,
  create,
  type Door,
  post,
  preparedSubmission,
  randomMeasurement,
  registerWorkload,
} from './guest.js';
import { dataDirectory, keepSimulatedVendors, type Replica, startReplica } from './replica.js';

const ROUNDS = 100;

describe('a connection that is cut during an attestation', () => {
  const data = dataDirectory();
  const names = { workload: 'cut', audience: 'cut', measurement: randomMeasurement() };
  const received: { readonly challenge: string; readonly jti: string; readonly decision: string }[] = [];
  let database: TestDatabase;
  let wire: Wire;
  let replica: Replica;
  let door: Door;
  let vendor: SimulatedAmd;

  beforeAll(async () => {
    await keepSimulatedVendors(data.path);
    database = await createDatabase();
    wire = await tapWire(database.url);
    replica = await startReplica({ ASSAY_DATABASE_URL: wire.url, ASSAY_DATA_DIR: data.path });
    const issuer = `${replica.url}/simulated`;
    door = { at: issuer, issuer, key: data.key() };
    vendor = await loadVendor(join(data.path, 'simulated'));
    await registerWorkload(door, names);
  }, 180_000);
  afterAll(async () => {
    await replica?.stop();
    await wire?.close();
    await database?.drop();
    data.remove();
  }, 60_000);

  type Submission = Awaited<ReturnType<typeof preparedSubmission>>;
  const prepare = (): Promise<Submission> => preparedSubmission(door, vendor, names);
  const attest = async (body: Submission): Promise<Answer> => {
    const answer = await post(door, '/v1/attest', body);
    if (answer.status === 200) {
      const { token, decision } = answer.body;
      received.push({
        challenge: String(body.challenge),
        jti: String(decodeJwt(String(token)).jti),
        decision: String(decision),
      });
    }
    return answer;
  };
  const spentBy = async (body: Submission): Promise<string | null> => {
    const rows = await database.ask(
      `SELECT decision FROM spent_challenges WHERE nonce_digest = '\\x${nonceDigest(String(body.challenge))}'`,
    );
    return rows[0] === undefined ? null : String(rows[0].decision);
  };
  /** A connection is there and the caches are warm. Housekeeping sends pieces of its own: the fewest are the attestation's. */
  const piecesOfOne = async (): Promise<number> => {
    await attest(await prepare());
    const counts: number[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      const body = await prepare();
      wire.count();
      expect((await attest(body)).status).toBe(200);
      counts.push(wire.count());
    }
    return Math.min(...counts);
  };
  /**
   * What an attestation is answered whose last piece met with trouble, and whether the server committed. Housekeeping
   * may have had that piece instead: then another one is tried.
   */
  const meetTrouble = async (
    trouble: (last: number) => void,
    committed: boolean,
  ): Promise<{ readonly body: Submission; readonly first: Answer }> => {
    for (let turn = 0; turn < 20; turn += 1) {
      const last = await piecesOfOne();
      const body = await prepare();
      trouble(last);
      const first = await attest(body);
      if (first.status !== 200 && ((await spentBy(body)) !== null) === committed) return { body, first };
      await wire.restore();
    }
    throw new Error('the trouble never met the last piece of an attestation');
  };

  test.each([
    ['before COMMIT reaches the server', 'before'],
    ['after the server committed, before its answer returns', 'after'],
  ] as const)('%s: no token, and the retry tells which it was', async (_what, when) => {
    const { body, first } = await meetTrouble((last) => wire.cutAt(last, when), when === 'after');
    expect({ status: first.status, code: first.body.code }).toEqual({
      status: 503,
      code: 'database_unavailable',
    });
    expect(first.body.token).toBeUndefined();
    const again = await attest(body);
    if (when === 'after') expect(again).toMatchObject({ status: 409, body: { code: 'nonce_replayed' } });
    else expect(again.status).toBe(200);
    expect((await attest(await prepare())).status).toBe(200);
  });

  test('an answer to COMMIT that never comes, on a connection that stays open, ends the wait too', async () => {
    const { body, first } = await meetTrouble((last) => wire.swallowAnswerAt(last), true);
    expect(first).toMatchObject({ status: 503, body: { code: 'database_unavailable' } });
    await wire.restore();
    expect(await attest(body)).toMatchObject({ status: 409, body: { code: 'nonce_replayed' } });
  });

  test(`${ROUNDS} rounds, cut anywhere: every token has its decision, no challenge two tokens`, async () => {
    const pieces = await piecesOfOne();
    const seen = { issued: 0, lost: 0, unknown: 0 };
    for (let round = 0; round < ROUNDS; round += 1) {
      const body = await prepare();
      const at = round % 2 === 0 ? pieces : randomInt(1, pieces + 1);
      wire.cutAt(at, randomInt(2) === 0 ? 'before' : 'after', randomInt(2) === 0);
      const first = await attest(body);
      if (first.status !== 200) {
        expect(first).toMatchObject({ status: 503, body: { code: 'database_unavailable' } });
      }
      const decided = (await spentBy(body)) !== null;
      if (first.status === 200) {
        expect(decided).toBe(true);
        seen.issued += 1;
      } else if (decided) seen.unknown += 1;
      else seen.lost += 1;
      const again = await attest(body);
      expect({ round, decided, status: again.status }).toEqual({
        round,
        decided,
        status: decided ? 409 : 200,
      });
    }
    process.stdout.write(
      `[cut connections] ${ROUNDS} rounds of ${pieces} pieces: ${seen.lost} lost before, ${seen.unknown} committed without an answer, ${seen.issued} untouched\n`,
    );
    expect(seen.lost).toBeGreaterThanOrEqual(10);
    expect(seen.unknown).toBeGreaterThanOrEqual(10);
  }, 300_000);

  test('afterwards the database agrees with everything that was received', async () => {
    expect(received.length).toBeGreaterThan(0);
    expect(new Set(received.map(({ challenge }) => challenge)).size).toBe(received.length);
    const kept = await database.ask(
      'SELECT tokens.jti, decisions.id FROM tokens JOIN decisions ON decisions.id = tokens.decision',
    );
    const decisionOf = new Map(kept.map(({ jti, id }) => [jti, id]));
    for (const { jti, decision } of received) expect(decisionOf.get(jti)).toBe(decision);
    const [counts] = await database.ask(
      `SELECT (SELECT count(*)::int FROM decisions) AS decisions, (SELECT count(*)::int FROM tokens) AS tokens,
              (SELECT count(*)::int FROM spent_challenges) AS spent`,
    );
    expect(counts).toEqual({ decisions: kept.length, tokens: kept.length, spent: kept.length });
    // The process that lost its connections a hundred times is the one that was started.
    expect(replica.exitCode()).toBeNull();
    expect((await create(door, '/v1/challenges', { audience: names.audience })).challenge).toBeDefined();
  });
});

/** The payload is the third part of a sealed challenge: readable, though only replicas can make it. */
function nonceDigest(challenge: string): string {
  const payload: unknown = JSON.parse(
    Buffer.from(challenge.split('.')[2] ?? '', 'base64url').toString('utf8'),
  );
  const nonce =
    typeof payload === 'object' && payload !== null && 'non' in payload ? String(payload.non) : '';
  return createHash('sha256').update(Buffer.from(nonce, 'base64url')).digest('hex');
}
