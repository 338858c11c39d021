// One engine's run: first start, kills under load, restarts of the database, a last look at everything.
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findSteadyPort } from '../steady-port.mjs';
import { findViolations } from './checks.mjs';
import { readDatabase, readDocuments } from './database.mjs';
import { openEngine } from './engine.mjs';
import { startGuests } from './guests.mjs';
import { createLandlord } from './landlord.mjs';
import { observeService } from './observe.mjs';
import { setStage, settingsOf } from './stage.mjs';
import { findUnusable } from './verify-documents.mjs';
import { createWorld } from './world.mjs';

/** Of all kills, how many come before the service is ready; and before it was ever ready. */
const WHILE_STARTING = 0.12;
const FIRST_STARTS = 0.06;
/** How often a kill waits for attests under way, and for how many. */
const BIASED = 0.9;
const IN_FLIGHT = 2;
/** Every so many kills another process tries the directory of the running one. */
const INTRUSIONS = 10;
const SETTLE_LIMIT_MS = 30_000;

const isAttest = ({ kind }) => kind === 'attest';

/** `home`: a folder for what the run leaves on disk, with simulated vendors to begin with in `vendors`. */
export async function runEngine({ engine: name, kills, databaseRestarts, build, dice, home, report }) {
  const dataDir = join(home, name);
  await cp(join(home, 'vendors'), join(dataDir, 'simulated'), { recursive: true });
  const engine = await openEngine(name, build, dataDir);
  const port = await findSteadyPort();
  const world = createWorld({ at: `http://127.0.0.1:${port}`, dice: dice.branch(name) });
  const settings = settingsOf({ port, dataDir, databaseUrl: engine.url });
  const landlord = createLandlord(world, { build, settings, engine, dice: world.dice.branch('landlord') });
  const run = {
    world,
    engine,
    landlord,
    build,
    report,
    violations: new Map(),
    dice: world.dice.branch('run'),
  };
  try {
    await engine.migrate();
    const early = Math.round(kills * FIRST_STARTS);
    for (let kill = 0; kill < early; kill += 1) await killStarting(run, 3_000, 'at its first start');
    world.closed();
    await landlord.start('at its first start');
    const stage = await setStage(world, { build, dataDir });
    const load = [startGuests(world, stage.attesters), stage.startImporter(), stage.startRegistrar()];
    for (let kill = early; kill < kills; kill += 1) {
      await killOnce(run, load[0]);
      await lookAround(run);
      if (engine.owner !== null && kill % INTRUSIONS === 0) await landlord.intrude(await findSteadyPort());
      report.progress(name, world.history, kill + 1, kills, run.violations.size);
    }
    for (let restart = 0; engine.restart !== null && restart < databaseRestarts; restart += 1) {
      await restartDatabase(run, restart % 2 === 0 ? 'immediate' : 'fast');
      await lookAround(run);
      report.outage(name, world.history, restart + 1, databaseRestarts, run.violations.size);
    }
    for (const part of load) await part.finish();
    await lookAtTheEnd(run, stage.anchors);
  } catch (error) {
    note(run, [{ rule: 'run_broken', what: error.stack }]);
  } finally {
    // Whatever of the load is left waits for a service that does not come.
    world.closed();
    if (landlord.isAlive()) await landlord.kill();
    note(run, findViolations(world.history, null));
    await engine.stop();
  }
  return { history: world.history, violations: [...run.violations.values()] };
}

async function killStarting({ world, landlord, dice }, within, when) {
  const cut = await landlord.killWhileStarting(dice.whole(50, within));
  world.history.kills.push({ kind: cut ? 'starting' : 'idle', when, inFlight: 0, lost: 0 });
}

async function killOnce(run, guests) {
  const { world, landlord, dice } = run;
  const { history } = world;
  if (dice.chance(WHILE_STARTING)) {
    // The one that runs is killed first and counts for nothing: it only makes room.
    await cut(run, guests);
    await killStarting(run, 1_500, 'while starting');
    return landlord.start('while starting');
  }
  await pause(dice.whole(50, 700));
  const biased = dice.chance(BIASED);
  for (let wait = 0; biased && wait < 500 && history.inFlight(isAttest) < IN_FLIGHT; wait += 1)
    await pause(2);
  await pause(dice.whole(0, 8));
  const inFlight = history.inFlight(isAttest);
  const lost = await cut(run, guests);
  history.kills.push({ kind: 'working', when: 'under load', inFlight, lost });
  return landlord.start('under load');
}

/** Kills, and waits until every request under way has ended. Returns how many of them got no reply. */
async function cut({ world, landlord }, guests) {
  const { history } = world;
  const flying = history.flying();
  world.closed();
  await landlord.kill();
  await drained(flying);
  guests.afterKill();
  return flying.filter(({ status }) => status === null).length;
}

async function drained(entries) {
  for (let wait = 0; wait < SETTLE_LIMIT_MS / 5 && entries.some(({ ended }) => ended === null); wait += 1) {
    await pause(5);
  }
}

/** The service stays; it must be of use again by itself soon after the database is. */
async function restartDatabase({ world, engine, landlord, dice }, how) {
  const { history } = world;
  await pause(dice.whole(100, 700));
  world.outage = true;
  const inFlight = history.inFlight(isAttest);
  await engine.restart(how);
  const back = performance.now();
  let ready = await landlord.isReady();
  while (!ready && landlord.isAlive() && performance.now() - back < SETTLE_LIMIT_MS) {
    await pause(10);
    ready = await landlord.isReady();
  }
  history.outages.push({ how, ms: ready ? performance.now() - back : null, inFlight });
  await drained(history.flying());
  world.outage = false;
}

/** After each restart, while the load goes on. */
async function lookAround(run) {
  const { world, engine } = run;
  world.calm = true;
  await observeService(world);
  const tick = world.history.tick();
  const found = engine.askable ? await readDatabase(engine, tick) : null;
  note(run, findViolations(Object.assign(world.history, { now: Date.now() }), found));
  world.calm = false;
}

/** Everything once more, in the database as a last kill leaves it. */
async function lookAtTheEnd(run, anchors) {
  const { world, engine, landlord, build } = run;
  await observeService(world);
  await landlord.kill();
  const found = await readDatabase(engine, world.history.tick());
  const { documents } = world.history;
  const unusable = await findUnusable(await readDocuments(engine), { build, anchors, documents });
  for (const document of found.documents) document.fault = unusable.get(document.sha256) ?? null;
  Object.assign(world.history, { finished: true, now: Date.now() });
  world.history.storedDocuments = found.documents.length;
  note(run, findViolations(world.history, found));
}

/** Each violation is told once, when it is first seen. */
function note({ violations, report }, found) {
  for (const violation of found) {
    const key = `${violation.rule}: ${violation.what}`;
    if (violations.has(key)) continue;
    violations.set(key, violation);
    report.violation(violation);
  }
}
