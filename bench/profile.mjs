// Where the service's time goes: a CPU profile of its event loop while it issues tokens, and the CPU time of its
// other threads, which the profile does not see.
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { callInTurn } from './caller.mjs';
import { openServer } from './postgres.mjs';
import { cpuMsOf, loopCpuMsOf } from './processes.mjs';
import { readProfile } from './profile-groups.mjs';
import { AUDIENCE, HANDS, openService, prepare } from './service.mjs';
import { warmUp } from './tokens.mjs';

const HOOK = new URL('./profile-hook.mjs', import.meta.url).href;
const SETTLE_MS = 500;
const WRITTEN_WITHIN_MS = 30_000;
const TOP = 25;

/** Leaves DIR/snp.cpuprofile and DIR/tdx.cpuprofile; resolves to what is to be read of them, as text. */
export async function profileService({ dir, quick, say }) {
  mkdirSync(dir, { recursive: true });
  const count = quick ? 300 : 2000;
  const server = await openServer();
  const file = resolve(join(dir, 'current.cpuprofile'));
  const settings = { NODE_OPTIONS: `--import ${HOOK}`, BENCH_PROFILE: file };
  try {
    const { url } = await server.makeDatabase();
    const service = await openService({ databaseUrl: url, settings });
    try {
      const texts = [];
      for (const [tee, { known }] of Object.entries(service.guests)) {
        say(`profile, ${tee}`);
        await warmUp(service, known, quick ? 300 : 1500, { pid: service.pid, databasePid: null });
        const measured = await profileTokens(service, known, count, file);
        renameSync(file, join(dir, `${tee}.cpuprofile`));
        texts.push(textOf(tee, measured));
      }
      return texts.join('\n\n');
    } finally {
      await service.stop();
    }
  } finally {
    await server.stop();
  }
}

/** A challenge and a token each. CPU in microseconds per token. */
async function profileTokens(service, mint, count, file) {
  const bodies = await prepare(service, mint, count);
  process.kill(service.pid, 'SIGUSR2');
  await new Promise((done) => setTimeout(done, SETTLE_MS));
  const before = { all: cpuMsOf(service.pid), loop: loopCpuMsOf(service.pid) };
  await callInTurn(count, HANDS, async (index) => {
    await service.caller.challenge(AUDIENCE);
    await service.caller.attest(bodies[index]);
  });
  const all = ((cpuMsOf(service.pid) - before.all) * 1000) / count;
  const loop = ((loopCpuMsOf(service.pid) - before.loop) * 1000) / count;
  process.kill(service.pid, 'SIGUSR2');
  const deadline = Date.now() + WRITTEN_WITHIN_MS;
  while (!existsSync(file)) {
    if (Date.now() > deadline) throw new Error(`the service wrote no profile:\n${service.output()}`);
    await new Promise((done) => setTimeout(done, 50));
  }
  return { all, loop, ...readProfile(JSON.parse(readFileSync(file, 'utf8')), count) };
}

function textOf(tee, { all, loop, groups, functions }) {
  const row = ([name, microseconds]) => `${microseconds.toFixed(1).padStart(9)}  ${name}`;
  return [
    `${tee.toUpperCase()}: microseconds per token (one challenge, one attest)`,
    row(['all threads', all]),
    row(['event loop', loop]),
    row(['other threads: signatures, compiler, garbage collector', all - loop]),
    '',
    'Event loop by kind, self time',
    ...groups.map(row),
    '',
    'Functions, self time',
    ...functions.slice(0, TOP).map(row),
  ].join('\n');
}
