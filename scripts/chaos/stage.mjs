// What stands before the first kill: data directory, database, settings, names that the load attests for.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createAttester } from './attester.mjs';
import { ask } from './client.mjs';
import { createGenerations, enter } from './generations.mjs';
import { ROTATING, startImporter, startRegistrar } from './operator.mjs';

const STEADY = 'steady';

export function settingsOf({ port, dataDir, databaseUrl }) {
  return {
    ASSAY_LISTEN: `127.0.0.1:${port}`,
    ASSAY_ISSUER: `http://127.0.0.1:${port}`,
    ASSAY_DATA_DIR: dataDir,
    ASSAY_DATABASE_URL: databaseUrl,
    ASSAY_SIMULATED_VENDORS: '1',
    ASSAY_RATE_LIMIT: 'off',
  };
}

/** Once the service is ready: registers what guests need, and makes the guests and the operator. */
export async function setStage(world, { build, dataDir }) {
  world.key = (await readFile(join(dataDir, 'admin-key'), 'utf8')).trim();
  world.jwks = (await ask(`${world.issuer}/.well-known/jwks.json`)).body;
  const simulator = await import(pathToFileURL(join(build, 'src/simulator/index.js')).href);
  const vendorDir = join(dataDir, 'simulated');
  const started = new Date();
  const [vendor, intel, published] = await Promise.all([
    simulator.loadVendor(vendorDir),
    simulator.loadIntel(vendorDir),
    simulator.publishVendors(vendorDir, started),
  ]);
  enter(world.history.documents, published.files, 0);
  const image = await registerNames(world);
  const mintSnp = (options) => simulator.mintGuest(vendor, options);
  const mintTd = (options) => simulator.mintTd(intel, options);
  const { measurement, mrTd, rtmrs } = image;
  const attesters = [
    { tee: 'sev-snp', mint: (options) => mintSnp({ measurement, ...options }) },
    { tee: 'tdx', mint: (options) => mintTd({ mrTd, rtmrs, ...options }) },
    { tee: 'tdx', mint: (options) => mintTd({ mrTd, rtmrs, quoteVersion: 5, ...options }) },
  ];
  const { documents } = world.history;
  const dice = world.dice.branch('generations');
  return {
    anchors: published.anchors,
    attesters: await Promise.all(
      attesters.map((attester) => createAttester(world, { audience: STEADY, ...attester })),
    ),
    startImporter: () =>
      startImporter(world, createGenerations({ simulator, vendor, intel, started, dice, documents })),
    startRegistrar: () => startRegistrar(world, mintSnp),
  };
}

/** A workload whose reference values stay, another one whose values come and go, an audience for each. */
async function registerNames(world) {
  const digest = () => new Uint8Array(randomBytes(48));
  const hex = (bytes) => Buffer.from(bytes).toString('hex');
  const image = { measurement: digest(), mrTd: digest(), rtmrs: [digest(), digest(), digest()] };
  const create = async (path, json) => {
    const { status, body } = await ask(`${world.issuer}${path}`, { method: 'POST', key: world.key, json });
    if (status !== 201) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
  };
  for (const name of [STEADY, ROTATING]) {
    await create('/v1/workloads', { name });
    await create('/v1/audiences', { name, workloads: [name] });
  }
  const { measurement, mrTd, rtmrs } = image;
  const values = [
    { tee: 'sev-snp', match: { measurement: hex(measurement) } },
    { tee: 'tdx', match: { mrtd: hex(mrTd), rtmr1: hex(rtmrs[1]), rtmr2: hex(rtmrs[2]) } },
  ];
  for (const value of values) {
    await create(`/v1/workloads/${STEADY}/reference-values`, { covers: 'boot', activate: true, ...value });
  }
  return image;
}
