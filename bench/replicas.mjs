// One process and two on one PostgreSQL database.
import { cpus } from 'node:os';
import { callInTurn } from './caller.mjs';
import { cpuMsOf } from './processes.mjs';
import { AUDIENCE, openService, prepare } from './service.mjs';
import { warmUp } from './tokens.mjs';

const HANDS = 8;

export async function measureReplicas({ server, size, say }) {
  const { url } = await server.makeDatabase();
  const first = await openService({ databaseUrl: url });
  try {
    const second = await first.another();
    try {
      const meters = { pid: first.pid, databasePid: null };
      for (const replica of [first, second])
        await warmUp(replica, first.guests.snp.known, size.warmUp, meters);
      return await compare(first, second, server.pid, size, say);
    } finally {
      await second.stop();
    }
  } finally {
    await first.stop();
  }
}

/** Rounds with one and with two in turn; of each the best rate and the lowest cost. */
async function compare(first, second, databasePid, size, say) {
  const rounds = { one: [], two: [] };
  for (let index = 0; index < size.rounds; index += 1) {
    rounds.one.push(await runRound(first, [first], databasePid, size.count));
    rounds.two.push(await runRound(first, [first, second], databasePid, size.count));
  }
  const best = (taken) => ({
    perSecond: Math.max(...taken.map((round) => round.perSecond)),
    cpuMs: Math.min(...taken.map((round) => round.cpuMs)),
    databaseCpuMs: Math.min(...taken.map((round) => round.databaseCpuMs)),
    coresBusy: Math.max(...taken.map((round) => round.coresBusy)),
  });
  const measured = { cores: cpus().length, one: best(rounds.one), two: best(rounds.two) };
  say(
    `replicas: ${measured.one.perSecond.toFixed(0)} and ${measured.two.perSecond.toFixed(0)} tokens per second`,
  );
  return measured;
}

async function runRound(first, replicas, databasePid, count) {
  const bodies = await prepare(first, first.guests.snp.known, count);
  const serviceMs = () => replicas.reduce((sum, { pid }) => sum + cpuMsOf(pid), 0);
  const before = {
    service: serviceMs(),
    database: cpuMsOf(databasePid),
    own: ownMs(),
    wall: performance.now(),
  };
  await callInTurn(count, HANDS * replicas.length, async (index) => {
    const { caller } = replicas[index % replicas.length];
    await caller.challenge(AUDIENCE);
    await caller.attest(bodies[index]);
  });
  const wall = performance.now() - before.wall;
  const service = serviceMs() - before.service;
  const database = cpuMsOf(databasePid) - before.database;
  return {
    perSecond: (count / wall) * 1000,
    cpuMs: service / count,
    databaseCpuMs: database / count,
    coresBusy: (service + database + ownMs() - before.own) / wall,
  };
}

/** The client is at work on the same cores. */
function ownMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
