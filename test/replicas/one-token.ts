/** One challenge, many submissions at once: exactly one token, one decision, one jti. */
import { expect } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { SimulatedAmd } from '../../src/simulator/index.js';
import { type Answer, type Door, get, post, preparedSubmission } from './guest.js';

export interface Race {
  readonly doors: readonly [Door, ...Door[]];
  readonly vendor: SimulatedAmd;
  readonly audience: string;
  readonly measurement: Uint8Array;
  readonly rounds: number;
  /** Submissions per round, spread over the doors. */
  readonly parallel: number;
}

/** Runs the rounds; every expectation is inside. */
export async function raceForOneToken(race: Race): Promise<void> {
  const [first] = race.doors;
  const jtis = new Set<string>();
  for (let round = 0; round < race.rounds; round += 1) {
    const body = await preparedSubmission(first, race.vendor, race);
    const answers = await allAtOnce(race, body);
    const issued = answers.filter(({ status }) => status === 200);
    const replayed = answers.filter(
      ({ status, body: { code } }) => status === 409 && code === 'nonce_replayed',
    );
    expect({ round, issued: issued.length, replayed: replayed.length }).toEqual({
      round,
      issued: 1,
      replayed: race.parallel - 1,
    });
    jtis.add(String(decodeJwt(String(issued[0]?.body.token)).jti));
  }
  expect(jtis.size).toBe(race.rounds);
  expect(await countDecisions(first)).toBe(race.rounds);
}

/** Everybody waits at the barrier until all are there. */
async function allAtOnce({ doors, parallel }: Race, body: unknown): Promise<readonly Answer[]> {
  let open: () => void = () => undefined;
  const barrier = new Promise<void>((resolve) => {
    open = resolve;
  });
  const submissions = Array.from({ length: parallel }, async (_, index) => {
    const door = doors[index % doors.length] ?? doors[0];
    await barrier;
    return post(door, '/v1/attest', body);
  });
  open();
  return Promise.all(submissions);
}

async function countDecisions(door: Door): Promise<number> {
  let count = 0;
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { status, body } = await get(door, `/v1/decisions?limit=200${query}`);
    expect(status).toBe(200);
    count += (body.items as unknown[]).length;
    cursor = body.next_cursor as string | null;
  } while (cursor !== null);
  return count;
}
