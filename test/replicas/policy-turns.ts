/** Changes what evidence is judged by at one replica, and asks the other, which remembers how it was. */
import { randomBytes } from 'node:crypto';
import { hexOf } from '../../src/bytes/encoding.js';
import type { SimulatedAmd } from '../../src/simulator/index.js';
import {
  create,
  type Door,
  post,
  preparedSubmission,
  randomMeasurement,
  registerReference,
  remove,
} from './guest.js';

export interface Turns {
  readonly rounds: number;
  /** What was answered otherwise than the change before it says. */
  readonly wrong: readonly string[];
}

const NAME = 'in-turn';

export async function alternatePolicies({
  doors,
  vendor,
  rounds,
}: {
  readonly doors: readonly [Door, Door];
  readonly vendor: SimulatedAmd;
  readonly rounds: number;
}): Promise<Turns> {
  const [first] = doors;
  const machine = { measurement: randomMeasurement(), chipId: new Uint8Array(randomBytes(64)) };
  await create(first, '/v1/policies', { name: NAME, document: {}, activate: true });
  for (const document of [{ snp: { minimum_guest_svn: 7 } }, { common: { platforms: 'registered' } }]) {
    await create(first, `/v1/policies/${NAME}/versions`, { document });
  }
  await create(first, '/v1/workloads', { name: NAME, policy: NAME });
  await registerReference(first, NAME, machine.measurement);
  await create(first, '/v1/audiences', { name: NAME, workloads: [NAME], key_binding: 'optional' });

  const wrong: string[] = [];
  const expectAt = async (door: Door, wanted: string): Promise<void> => {
    const body = await preparedSubmission(door, vendor, { audience: NAME, ...machine });
    const answer = await post(door, '/v1/attest', body);
    const got = answer.status === 200 ? 'token' : String(answer.body.code);
    if (got !== wanted) wrong.push(`${got} instead of ${wanted}`);
  };
  const activate = async (door: Door, version: number): Promise<void> => {
    const { status, body } = await post(door, `/v1/policies/${NAME}/versions/${version}/activate`, {});
    if (status !== 200) throw new Error(`activation: ${status} ${JSON.stringify(body)}`);
  };

  for (let round = 0; round < rounds; round += 1) {
    const [here, there] = round % 2 === 0 ? doors : ([doors[1], doors[0]] as const);
    for (const door of doors) await expectAt(door, 'token');
    await activate(here, 2);
    await expectAt(there, 'snp_guest_svn_below_minimum');
    await activate(there, 3);
    await expectAt(here, 'platform_not_registered');
    const chip = { kind: 'snp-chip-id', value: hexOf(machine.chipId), label: NAME, owner: NAME };
    const { id } = await create(here, '/v1/platforms', chip);
    await expectAt(there, 'token');
    await remove(there, `/v1/platforms/${String(id)}`);
    await expectAt(here, 'platform_not_registered');
    await activate(here, 1);
  }
  return { rounds, wrong };
}
