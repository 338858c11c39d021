/** Revokes a reference version while evidence that it matches is being attested, again and again. */
import { expect } from '@jest/globals';
import type { SimulatedAmd } from '../../src/simulator/index.js';
import {
  type Answer,
  type Door,
  post,
  preparedSubmission,
  randomMeasurement,
  registerReference,
  registerWorkload,
} from './guest.js';

export interface RaceOutcome {
  readonly rounds: number;
  /** The attestation came first. */
  readonly issued: number;
  /** The revocation came first. */
  readonly refused: number;
  /** Tokens given for submissions sent after the revocation's reply; must be none. */
  readonly acceptedAfterReply: number;
}

const WORKLOAD = 'revoked-again';

/** Attests at one replica, revokes at the other, then asks both once more. */
export async function raceRevocation({
  doors,
  vendor,
  rounds,
}: {
  readonly doors: readonly [Door, Door];
  readonly vendor: SimulatedAmd;
  readonly rounds: number;
}): Promise<RaceOutcome> {
  await registerWorkload(doors[0], {
    workload: WORKLOAD,
    audience: WORKLOAD,
    measurement: randomMeasurement(),
  });
  let [issued, refused, acceptedAfterReply] = [0, 0, 0];
  // Milliseconds by which the attestation is ahead; steered so that neither side always wins.
  let lead = 5;
  for (let round = 0; round < rounds; round += 1) {
    const [attesting, revoking] = round % 2 === 0 ? doors : ([doors[1], doors[0]] as const);
    const measurement = randomMeasurement();
    const version = await registerReference(attesting, WORKLOAD, measurement);
    const prepare = () => preparedSubmission(attesting, vendor, { audience: WORKLOAD, measurement });
    const [racing, ...late] = await Promise.all([prepare(), prepare(), prepare()]);

    const attestation = after(-lead, () => post(attesting, '/v1/attest', racing));
    const revocation = await after(lead, () =>
      post(revoking, `/v1/workloads/${WORKLOAD}/reference-values/${version}/revoke`, { reason: 'race' }),
    );
    expect(revocation.status).toBe(200);
    const lateAnswers = await Promise.all(
      late.map((body, index) => post(doors[index % 2] ?? attesting, '/v1/attest', body)),
    );
    for (const answer of lateAnswers) acceptedAfterReply += tokenGiven(answer) ? 1 : 0;
    const first = tokenGiven(await attestation);
    issued += first ? 1 : 0;
    refused += first ? 0 : 1;
    lead += first ? -1 : 1;
  }
  return { rounds, issued, refused, acceptedAfterReply };
}

async function after<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
  if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds));
  return work();
}

/** Anything but a token or the expected denial is a failure. */
function tokenGiven({ status, body }: Answer): boolean {
  if (status === 200) return true;
  expect({ status, code: body.code }).toEqual({ status: 403, code: 'measurement_not_allowed' });
  return false;
}
