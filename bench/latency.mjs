// How long an answer takes at 70 % of what the service can do. Requests leave on a schedule, whether or not earlier
// ones have been answered, and a latency begins at the scheduled instant: a stall delays everybody behind it, and
// all of that counts. Who finds no room is told so: that is no latency, and is counted apart.
import { quantile } from '../build/bench/measure.js';
import { callInTurn, Shed } from './caller.mjs';
import { AUDIENCE, openService, prepare } from './service.mjs';
import { warmUp } from './tokens.mjs';

const LOAD = 0.7;
/** Numbers of callers in closed loops, of which the best finds what the service can do. */
const HANDS = [4, 8, 16, 32];

/** `crypto`: who verifies, `node` or `native`. */
export async function measureLatency({ server, size, say, crypto = 'node' }) {
  const { url } = await server.makeDatabase();
  const service = await openService({ databaseUrl: url, settings: { ASSAY_CRYPTO: crypto } });
  try {
    const measured = {};
    for (const [tee, { known }] of Object.entries(service.guests)) {
      await warmUp(service, known, size.warmUp, { pid: service.pid, databasePid: null });
      const saturation = await findSaturation(service, known, size.count);
      say(`latency, ${crypto}, ${tee}: ${saturation.toFixed(0)} tokens per second at most`);
      const attestSaturation = await findAttestSaturation(service, known, size.count);
      say(`latency, ${crypto}, ${tee}: ${attestSaturation.toFixed(0)} attest requests per second at most`);
      measured[tee] = {
        saturation,
        attestSaturation,
        ...(await runOnSchedule(service, known, saturation * LOAD, size.seconds)),
      };
    }
    return measured;
  } finally {
    await service.stop();
  }
}

/** Tokens per second of callers that each ask for a challenge and send evidence, again and again. */
function findSaturation(service, mint, count) {
  return findMost(service, mint, count, (body) => takePart(service, body));
}

/** Attest requests per second alone: challenges were asked for before. */
function findAttestSaturation(service, mint, count) {
  return findMost(service, mint, count, (body) => service.caller.attest(body));
}

async function findMost(service, mint, count, call) {
  const rates = [];
  for (const hands of HANDS) {
    const bodies = await prepare(service, mint, count);
    const started = performance.now();
    await callInTurn(count, hands, (index) => call(bodies[index]));
    rates.push((count / (performance.now() - started)) * 1000);
  }
  return Math.max(...rates);
}

/** What one guest asks of the service: a challenge for the next one, and a token. Its evidence was made before. */
async function takePart({ caller }, body) {
  await caller.challenge(AUDIENCE);
  await caller.attest(body);
}

/** `rate`: arrivals per second. Percentiles in milliseconds. */
async function runOnSchedule(service, mint, rate, seconds) {
  const bodies = await prepare(service, mint, Math.ceil(rate * seconds));
  const due = scheduleOf(bodies.length, rate);
  const challenges = { times: [], shed: 0 };
  const attests = { times: [], shed: 0 };
  const started = performance.now() + 50;
  const arrive = async (index) => {
    const scheduled = started + due[index];
    await Promise.all([
      timeInto(challenges, scheduled, service.caller.challenge(AUDIENCE)),
      timeInto(attests, scheduled, service.caller.attest(bodies[index])),
    ]);
  };
  const arrivals = [];
  while (arrivals.length < due.length) {
    const now = performance.now();
    while (arrivals.length < due.length && started + due[arrivals.length] <= now) {
      arrivals.push(arrive(arrivals.length));
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(arrivals);
  const took = (performance.now() - started) / 1000;
  return {
    rate,
    achieved: bodies.length / took,
    count: bodies.length,
    attest: answersOf(attests),
    challenge: answersOf(challenges),
  };
}

async function timeInto(answers, scheduled, request) {
  try {
    await request;
    answers.times.push(performance.now() - scheduled);
  } catch (error) {
    if (!(error instanceof Shed)) throw error;
    answers.shed += 1;
  }
}

/** Milliseconds from the start. Independent arrivals: the gaps are exponential. */
function scheduleOf(count, rate) {
  let at = 0;
  return Array.from({ length: count }, () => {
    at += (-Math.log(1 - Math.random()) / rate) * 1000;
    return at;
  });
}

function answersOf({ times, shed }) {
  return { p50: quantile(times, 0.5), p95: quantile(times, 0.95), p99: quantile(times, 0.99), shed };
}
