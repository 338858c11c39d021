/** One proof of possession, shown many times at several replicas: it renews one token, and is old ever after. */
import { expect } from '@jest/globals';
import type { JsonObject } from '../../src/rats/result.js';
import type { SimulatedAmd } from '../../src/simulator/index.js';
import { mintHolder, proofBy } from '../token/possession.js';
import {
  type Answer,
  create,
  type Door,
  post,
  preparedSubmission,
  randomMeasurement,
  registerReference,
} from './guest.js';

export interface ProofRace {
  readonly doors: readonly [Door, ...Door[]];
  readonly vendor: SimulatedAmd;
  readonly rounds: number;
  /** Showings per round, spread over the doors. */
  readonly parallel: number;
}

export interface ProofOutcome {
  readonly renewed: number;
  readonly replayed: number;
  /** Of those that were sent to each door once the others were answered. */
  readonly laterReplayed: number;
}

export async function raceForOneProof({ doors, vendor, rounds, parallel }: ProofRace): Promise<ProofOutcome> {
  const [first] = doors;
  const measurement = randomMeasurement();
  await create(first, '/v1/workloads', { name: 'one-proof' });
  await registerReference(first, 'one-proof', measurement);
  const audience = 'one-proof';
  await create(first, '/v1/audiences', { name: audience, workloads: ['one-proof'], renewal_seconds: 900 });
  const outcome = { renewed: 0, replayed: 0, laterReplayed: 0 };
  for (let round = 0; round < rounds; round += 1) {
    const holder = await mintHolder();
    const sig = { ...holder.publicJwk } as JsonObject;
    const body = await preparedSubmission(first, vendor, { audience, measurement, sig });
    const { status, body: reply } = await post(first, '/v1/attest', body);
    expect({ status, code: reply.code }).toEqual({ status: 200, code: undefined });
    const token = String(reply.token);
    const url = `${first.issuer}/v1/tokens/renew`;
    const proof = await proofBy(holder, { method: 'POST', url, at: new Date(), token });
    const at = (index: number): Door => doors[index % doors.length] ?? first;
    const showings = Array.from({ length: parallel }, (_, index) => renew(at(index), token, proof));
    for (const answer of await Promise.all(showings)) {
      if (answer.status === 200) outcome.renewed += 1;
      if (answer.body.code === 'dpop_proof_replayed') outcome.replayed += 1;
    }
    for (const door of doors) {
      const { body: later } = await renew(door, token, proof);
      if (later.code === 'dpop_proof_replayed') outcome.laterReplayed += 1;
    }
  }
  return outcome;
}

async function renew(door: Door, token: string, proof: string): Promise<Answer> {
  const headers = { authorization: `DPoP ${token}`, dpop: proof };
  const response = await fetch(`${door.at}/v1/tokens/renew`, { method: 'POST', headers });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
