// A service in a process of its own, with one workload whose simulated guests ask it for tokens.
import { createHash, generateKeyPairSync, randomBytes, randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createGuest, createOperator, makeKey } from '../scripts/demo/parties.mjs';
import { startService } from '../scripts/demo/service.mjs';
import { ROOT } from '../scripts/prepare.mjs';
import { callInTurn, createCaller } from './caller.mjs';

export const AUDIENCE = 'bench';
/** Takes evidence of any workload. */
export const EVERYONE = 'everyone';
/** Callers at once, in closed loops. */
export const HANDS = 8;

/**
 * `databaseUrl`: of a PostgreSQL database, or null for the embedded one. Resolves to the service with `guests`, by
 * TEE: what mints evidence of a machine seen before (`known`) and of a new one (`fresh`).
 */
export async function openService({ databaseUrl, settings = {} }) {
  const dataDir = await mkdtemp(join(tmpdir(), 'assay-bench-'));
  const more = {
    ASSAY_RATE_LIMIT: 'off',
    // Unless a section says otherwise: figures must not hang on whether somebody built the addon.
    ASSAY_CRYPTO: 'node',
    ...(databaseUrl === null ? {} : { ASSAY_DATABASE_URL: databaseUrl }),
    ...settings,
  };
  const service = await startService(join(ROOT, 'build'), dataDir, more);
  const caller = createCaller(service.issuer, 256);
  const stop = async () => {
    caller.close();
    await service.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const guests = await makeGuests(service, join(dataDir, 'simulated'));
    return { ...service, dataDir, caller, guests, another: () => openReplica(service, dataDir, more), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A further process under the same issuer, with the same secrets. */
async function openReplica(first, dataDir, settings) {
  const more = { ...settings, ASSAY_ISSUER: new URL(first.issuer).origin };
  const service = await startService(first.build, dataDir, more);
  const caller = createCaller(service.issuer, 256);
  return {
    ...service,
    caller,
    async stop() {
      caller.close();
      await service.stop();
    },
  };
}

async function makeGuests({ issuer, adminKey, build }, vendorDir) {
  const simulator = await import(pathToFileURL(`${build}/src/simulator/index.js`).href);
  const vendor = await simulator.loadVendor(vendorDir);
  const intel = await simulator.loadIntel(vendorDir);
  const measurement = new Uint8Array(randomBytes(48));
  const image = imageOf(measurement);
  await register(createOperator(issuer, adminKey), Buffer.from(measurement).toString('hex'));
  const at = new Date();
  const firstSnp = await simulator.mintGuest(vendor, { at, measurement });
  const firstTdx = await simulator.mintTd(intel, { at, ...image });
  const key = await makeKey();
  const ec = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const bound = (mint) => {
    const guest = createGuest({ issuer, mint });
    return async (challenge) => JSON.stringify(await guest.evidence(challenge, key));
  };
  return {
    snp: {
      known: bound((given) =>
        simulator.mintGuest(vendor, { measurement, ...given, sameMachineAs: firstSnp }),
      ),
      fresh: bound((given) => simulator.mintGuest(vendor, { measurement, ...given })),
    },
    tdx: {
      /** Of a machine seen before, with the image of any of `count` workloads (bench/filling.mjs). */
      spread: (count) =>
        bound((given) => {
          const number = randomInt(count);
          const chosen = number === 0 ? image : imageOf(fillerMeasurement(number));
          return simulator.mintTd(intel, { ...chosen, ...given, sameMachineAs: firstTdx });
        }),
      known: bound((given) => simulator.mintTd(intel, { ...image, ...given, sameMachineAs: firstTdx })),
      fresh: bound((given) =>
        simulator.mintTd(intel, { ...image, ...given, pckKey: ec(), attestationKey: ec() }),
      ),
    },
  };
}

function imageOf(measurement) {
  return { mrTd: measurement, rtmrs: [measurement, measurement, measurement] };
}

/** As the database computes it. */
function fillerMeasurement(number) {
  return new Uint8Array(createHash('sha384').update(`m${number}`).digest());
}

async function register(operator, digest) {
  const made = async (path, body) => {
    const { status, body: answer } = await operator.register(path, body);
    if (status !== 201) throw new Error(`not registered: ${status} ${JSON.stringify(answer)}`);
  };
  await made('/v1/workloads', { name: 'bench' });
  for (const value of [
    { tee: 'sev-snp', match: { measurement: digest } },
    { tee: 'tdx', match: { mrtd: digest, rtmr1: digest, rtmr2: digest } },
  ]) {
    await made('/v1/workloads/bench/reference-values', { ...value, covers: 'boot', activate: true });
  }
  await made('/v1/audiences', { name: AUDIENCE, workloads: ['bench'] });
  await made('/v1/audiences', { name: EVERYONE, workloads: '*' });
}

/** Attest requests as text, each with a challenge and a signature of its own. */
export async function prepare({ caller }, mint, count) {
  const challenges = await callInTurn(count, HANDS, () => caller.challenge(AUDIENCE));
  return mintAll(mint, challenges);
}

/** One after another: minting is work of this process alone. */
export async function mintAll(mint, challenges) {
  const bodies = [];
  for (const challenge of challenges) bodies.push(await mint(challenge));
  return bodies;
}
