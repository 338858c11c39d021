/** Replaces the signing key at one replica while both attest, again and again. */
import { expect } from '@jest/globals';
import type { SimulatedAmd } from '../../src/simulator/index.js';
import { type Answer, create, type Door, get, post, preparedSubmission } from './guest.js';
import { kidOf } from './steady-load.js';

export interface EmergencyOutcome {
  readonly rounds: number;
  /** Racing tokens under the key that was replaced: their decision came first. */
  readonly before: number;
  /** Racing tokens under the new key. */
  readonly after: number;
  /** Tokens under any other key than the new one, for submissions sent after the reply; must be none. */
  readonly underOldKey: number;
}

export async function raceEmergency({
  doors,
  vendor,
  audience,
  measurement,
  rounds,
}: {
  readonly doors: readonly [Door, Door];
  readonly vendor: SimulatedAmd;
  readonly audience: string;
  readonly measurement: Uint8Array;
  readonly rounds: number;
}): Promise<EmergencyOutcome> {
  let [before, after, underOldKey] = [0, 0, 0];
  // Keys are made when they are first asked for; one must be there to be replaced.
  await get(doors[0], '/.well-known/jwks.json');
  for (let round = 0; round < rounds; round += 1) {
    const [attesting, rotating] = round % 2 === 0 ? doors : ([doors[1], doors[0]] as const);
    const prepare = () => preparedSubmission(attesting, vendor, { audience, measurement });
    const [racing, ...late] = await Promise.all([prepare(), prepare(), prepare()]);

    const attestation = post(attesting, '/v1/attest', racing);
    const body = { alg: 'ES256', emergency: true, reason: `round ${round}` };
    const { keys } = await create(rotating, '/v1/keys/rotate', body);
    const [fresh, old] = keys as readonly { readonly kid: string; readonly state: string }[];
    expect([fresh?.state, old?.state]).toEqual(['active', 'removed']);

    const answers = await Promise.all(
      late.map((submission, index) => post(doors[index % 2] ?? attesting, '/v1/attest', submission)),
    );
    for (const answer of answers) if (signedBy(answer) !== fresh?.kid) underOldKey += 1;
    const first = signedBy(await attestation);
    expect([fresh?.kid, old?.kid]).toContain(first);
    if (first === fresh?.kid) after += 1;
    else before += 1;
  }
  return { rounds, before, after, underOldKey };
}

/** Anything but a token is a failure: an emergency is no gap. */
function signedBy({ status, body }: Answer): string {
  expect({ status, code: body.code }).toEqual({ status: 200, code: undefined });
  return kidOf(String(body.token));
}
