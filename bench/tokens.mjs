// Tokens in rounds: challenges are asked for, evidence is made meanwhile unmeasured, then it is sent.
import { quantile } from '../build/bench/measure.js';
import { callInTurn } from './caller.mjs';
import { cpuMsOf } from './processes.mjs';
import { AUDIENCE, HANDS, mintAll } from './service.mjs';

/** Rounds vary: which part of them, from the cheapest on, is at or below the figure. As in measure.ts. */
const LOW = 0.1;

/** CPU milliseconds of service and database, and seconds by the clock, of some calls: each per call. */
async function metered({ pid, databasePid }, count, hands, call) {
  const read = () => ({
    service: cpuMsOf(pid),
    database: databasePid === null ? 0 : cpuMsOf(databasePid),
    wall: performance.now(),
  });
  const before = read();
  const results = await callInTurn(count, hands, call);
  const after = read();
  const per = Object.fromEntries(
    Object.keys(before).map((name) => [name, (after[name] - before[name]) / count]),
  );
  return { per, results };
}

/** One round of `count` tokens. `meters`: `{ pid, databasePid }`, whose work counts. */
export async function runTokenRound({ caller }, mint, count, meters, audience = AUDIENCE) {
  const challenges = await metered(meters, count, HANDS, () => caller.challenge(audience));
  const bodies = await mintAll(mint, challenges.results);
  const attests = await metered(meters, count, HANDS, (index) => caller.attest(bodies[index]));
  return { challenge: challenges.per, attest: attests.per };
}

/** Rounds until `count` tokens have been issued, unmeasured. */
export async function warmUp(service, mint, count, meters, audience = AUDIENCE) {
  for (let left = count; left > 0; left -= 250) {
    await runTokenRound(service, mint, Math.min(250, left), meters, audience);
  }
}

/**
 * What a token costs over such rounds: milliseconds of CPU of the service for challenge and attest, apart and
 * together, of the database together, and tokens per second.
 */
export function tokenCostOf(rounds, count) {
  const values = (of) => rounds.map(of);
  const low = (of) => quantile(values(of), LOW);
  const token = (part) => (round) => round.challenge[part] + round.attest[part];
  return {
    cpuMs: low(token('service')),
    medianCpuMs: quantile(values(token('service')), 0.5),
    challengeCpuMs: low((round) => round.challenge.service),
    attestCpuMs: low((round) => round.attest.service),
    databaseCpuMs: low(token('database')),
    perSecond: 1000 / low(token('wall')),
    rounds: rounds.length,
    count: rounds.length * count,
  };
}
