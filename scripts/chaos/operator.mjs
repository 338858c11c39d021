// An operator who never rests: one hand imports vendor documents, the other registers, activates and withdraws
// reference values and looks at once whether guests are judged by them.
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { createAttester, isSettled, submit } from './attester.mjs';
import { ask } from './client.mjs';

export const ROTATING = 'rotating';
const VALUES = `/v1/workloads/${ROTATING}/reference-values`;
/** Versions that were withdrawn, among which one is tried again now and then. */
const WITHDRAWN = 40;
const RETRY_MS = 10;

export function startImporter(world, generations) {
  const dice = world.dice.branch('importer');
  return repeatedly(world, async () => {
    const { generation, tar } = await generations.next();
    const entry = { kind: 'import', generation, imported: [], rejected: [], excused: false };
    await world.history.record(
      world.history.imports,
      entry,
      () => ask(`${world.issuer}/v1/endorsements/import`, { method: 'POST', key: world.key, tar }),
      (answer) => {
        entry.excused = world.excuses(answer);
        entry.imported = answer.body.imported ?? [];
        entry.rejected = answer.body.rejected ?? [];
      },
    );
    await pause(dice.whole(100, 400));
  });
}

export function startRegistrar(world, mintMeasured) {
  const dice = world.dice.branch('registrar');
  const withdrawn = [];
  return repeatedly(world, async () => {
    if (withdrawn.length > 0 && dice.chance(0.3)) await attestOnce(world, dice.pick(withdrawn).attester);
    const measurement = new Uint8Array(randomBytes(48));
    const version = await register(world, measurement, dice.chance(0.5));
    const attester = await createAttester(world, {
      audience: ROTATING,
      tee: 'sev-snp',
      mint: (options) => mintMeasured({ ...options, measurement }),
      version,
    });
    for (const verb of [...(version.body.activate ? [] : ['activate']), dice.pick(['revoke', 'retire'])]) {
      if (version.number === null) return;
      await attestOnce(world, attester);
      await act(world, version, verb);
    }
    await attestOnce(world, attester);
    withdrawn.push({ attester });
    if (withdrawn.length > WITHDRAWN) withdrawn.shift();
  });
}

function repeatedly(world, work) {
  let stopped = false;
  const done = (async () => {
    while (!stopped) {
      await world.up();
      await work();
    }
  })();
  return {
    async finish() {
      stopped = true;
      await done;
    },
  };
}

/** A new version. Where the reply was lost, its number stays unknown until the next look at the list. */
async function register(world, measurement, activate) {
  const { history } = world;
  const label = Buffer.from(measurement).toString('hex');
  const version = {
    label,
    body: {
      tee: 'sev-snp',
      covers: 'boot',
      // A list of one, as the service writes it back.
      match: { measurement: [label] },
      labels: { story: String(history.versions.length + 1) },
      activate,
    },
    number: null,
    acts: [],
  };
  history.versions.push(version);
  await record(world, version, { verb: 'create', to: activate ? 'active' : 'draft' }, VALUES, version.body);
  return version;
}

async function act(world, version, verb) {
  const to = { activate: 'active', revoke: 'revoked', retire: 'retired' }[verb];
  const body = verb === 'revoke' ? { reason: 'chaos' } : {};
  await record(world, version, { verb, to }, `${VALUES}/${version.number}/${verb}`, body);
}

async function record(world, version, { verb, to }, path, json) {
  const entry = { kind: 'reference', verb, to, state: null, excused: false };
  await world.history.record(
    version.acts,
    entry,
    () => ask(`${world.issuer}${path}`, { method: 'POST', key: world.key, json }),
    (answer) => {
      entry.excused = world.excuses(answer);
      entry.state = answer.body.state ?? null;
      if (answer.status === 201) version.number = answer.body.version;
    },
  );
}

/** One challenge of its own, submitted until it is decided on or has expired. */
async function attestOnce(world, attester) {
  await world.up();
  const prepared = await attester.prepare();
  while (prepared !== null && !isSettled(prepared.challenge)) {
    await world.up();
    await submit(world, prepared);
    await pause(RETRY_MS);
  }
}
