// Starts and kills the service of one run, and sees to it that one process alone owns the database directory.
import { cpuMsOf, isReady, readyAfter, spawnService } from './service.mjs';

/** Of restarts on an embedded database, how many are tried by two processes at once. */
const RIVALS = 0.15;
const LOSER_LIMIT_MS = 20_000;
const LOSES = /in use by process/u;
const SHOWN = 1_500;

export function createLandlord(world, { build, settings, engine, dice }) {
  const { history } = world;
  let service = null;
  const surprise = (rule, what, process_) =>
    history.surprises.push({
      rule,
      what,
      said: `ended with ${process_.ending}; it said: ${process_.output().slice(-SHOWN)}`,
    });
  const spawn = () => spawnService(build, settings);

  /** A process that may not have the directory must say so and end. */
  async function expectRefused(rival, what) {
    const limit = setTimeout(() => rival.kill(), LOSER_LIMIT_MS);
    const ending = await rival.ended;
    clearTimeout(limit);
    if (ending !== 2 || !LOSES.test(rival.output())) surprise('two_owners', what, rival);
  }

  /** The one of several that is ready; the others must have been refused. */
  async function settleRivals(rivals) {
    const [, loser] = await Promise.race(
      rivals.map((rival, index) => rival.ended.then(() => [rivals[1 - index], rival])),
    );
    await expectRefused(loser, 'the loser of two that started at once');
    return rivals.find((rival) => rival !== loser);
  }

  async function start(after) {
    const rivals = Array.from({ length: engine.owner !== null && dice.chance(RIVALS) ? 2 : 1 }, spawn);
    service = rivals.length === 1 ? rivals[0] : await settleRivals(rivals);
    const ms = await readyAfter(service, world.at);
    if (ms === null) {
      surprise('no_start', `the start after a kill ${after}`, service);
      throw new Error('the service does not start any more');
    }
    const first = history.starts.length === 0;
    history.starts.push({ ms, cpuMs: cpuMsOf(service.pid), after, first, rivals: rivals.length });
    await requireOwner();
    const own = service;
    own.ended.then(() => {
      if (!own.expected) surprise('died', 'the service ended though nobody killed it', own);
    });
    world.opened();
  }

  async function requireOwner() {
    if (engine.owner === null) return;
    const owner = await engine.owner();
    if (owner === service.pid) return;
    surprise('lock_not_taken', `the lock names process ${owner}, not ${service.pid}`, service);
  }

  return {
    start,
    isAlive: () => service !== null && service.ending === null,
    isReady: () => isReady(world.at),
    async kill() {
      await service.kill();
    },
    /** Starts and kills before it is ready. True when it had not answered yet. */
    async killWhileStarting(ms) {
      const starting = spawn();
      const ready = readyAfter(starting, world.at);
      const limit = new Promise((resolve) => setTimeout(() => resolve('cut'), ms));
      const first = await Promise.race([ready, limit]);
      if (starting.ending !== null) surprise('died', 'a start ended by itself', starting);
      await starting.kill();
      await ready;
      return first === 'cut';
    },
    /** A second process on the directory of the running one. */
    async intrude(port) {
      const address = `127.0.0.1:${port}`;
      const intruder = spawnService(build, { ...settings, ASSAY_LISTEN: address });
      await expectRefused(intruder, 'a second process on the directory in use');
    },
  };
}
