/** Imports a list that revokes the ASK at one replica while the other, which remembers the list before, attests. */
import { X509Certificate } from 'node:crypto';
import { expect } from '@jest/globals';
import { authoritiesOf } from '../../src/simulator/amd/vendor.js';
import { yearlyWindow } from '../../src/simulator/crl.js';
import { mintList, type SimulatedAmd } from '../../src/simulator/index.js';
import { tarOf } from '../http/tar.js';
import {
  type Answer,
  type Door,
  post,
  preparedSubmission,
  randomMeasurement,
  registerWorkload,
} from './guest.js';
import type { RaceOutcome } from './revocation-race.js';

const NAME = 'listed-again';
const PRODUCT = 'Milan';

/** Each round begins with a list that names nobody, so that both replicas are warm when the revoking one comes. */
export async function raceRevokingList({
  doors,
  vendor,
  rounds,
}: {
  readonly doors: readonly [Door, Door];
  readonly vendor: SimulatedAmd;
  readonly rounds: number;
}): Promise<RaceOutcome> {
  const measurement = randomMeasurement();
  await registerWorkload(doors[0], { workload: NAME, audience: NAME, measurement });
  const prepare = () => preparedSubmission(doors[0], vendor, { audience: NAME, measurement });
  let [issued, refused, acceptedAfterReply] = [0, 0, 0];
  // Later lists have higher numbers, whatever the numbers of those that the vendor published.
  let number = 1n << 64n;
  const importList = async (door: Door, revoking: boolean): Promise<void> => {
    number += 1n;
    await importTar(door, await listOf(vendor, number, revoking));
  };
  for (let round = 0; round < rounds; round += 1) {
    const [attesting, importing] = round % 2 === 0 ? doors : ([doors[1], doors[0]] as const);
    await importList(importing, false);
    const [first, second, racing, ...late] = await Promise.all(Array.from({ length: 5 }, prepare));
    for (const [place, body] of [first, second].entries()) {
      expect(tokenGiven(await post(doors[place] ?? attesting, '/v1/attest', body))).toBe(true);
    }
    const attestation = post(attesting, '/v1/attest', racing);
    await importList(importing, true);
    for (const [place, body] of late.entries()) {
      if (tokenGiven(await post(doors[place] ?? attesting, '/v1/attest', body))) acceptedAfterReply += 1;
    }
    if (tokenGiven(await attestation)) issued += 1;
    else refused += 1;
  }
  await importList(doors[0], false);
  return { rounds, issued, refused, acceptedAfterReply };
}

async function listOf(vendor: SimulatedAmd, number: bigint, revoking: boolean): Promise<Uint8Array> {
  const { ask } = authoritiesOf(vendor, PRODUCT);
  const serialNumber = BigInt(`0x${new X509Certificate(ask.certificate).serialNumber}`);
  const now = new Date();
  const revoked = revoking ? [{ serialNumber, revokedAt: now }] : [];
  const request = { product: PRODUCT, kind: 'VCEK', ...yearlyWindow(now), number, revoked } as const;
  return (await mintList(vendor, request)).bytes;
}

async function importTar({ at, key }: Door, list: Uint8Array): Promise<void> {
  const response = await fetch(`${at}/v1/endorsements/import`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-tar', authorization: `Bearer ${key}` },
    body: await tarOf({ 'vcek_crl.der': list }),
  });
  expect(await response.json()).toMatchObject({ imported: [{ state: 'current' }], rejected: [] });
}

/** Anything but a token or the refusal of a revoked authority is a failure. */
function tokenGiven({ status, body }: Answer): boolean {
  if (status === 200) return true;
  expect({ status, code: body.code }).toEqual({ status: 422, code: 'snp_ca_revoked' });
  return false;
}
