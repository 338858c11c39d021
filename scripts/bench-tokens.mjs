// Tokens over HTTP: evidence is made beforehand, then sent by a few guests at a time.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { createGuest, createOperator, makeKey } from './demo/parties.mjs';

const COUNT = 200;
const WARM_UP = 20;
const GUESTS = 8;

/** CPU time per token of the service's process, and tokens per second. */
export async function measureTokens({ issuer, adminKey, build, pid }, vendorDir) {
  const simulator = await import(pathToFileURL(`${build}/src/simulator/index.js`).href);
  const vendor = await simulator.loadVendor(vendorDir);
  const measurement = new Uint8Array(randomBytes(48));
  const operator = createOperator(issuer, adminKey);
  await operator.register('/v1/workloads', { name: 'bench' });
  await operator.register('/v1/workloads/bench/reference-values', {
    ...{ tee: 'sev-snp', covers: 'boot', activate: true },
    match: { measurement: Buffer.from(measurement).toString('hex') },
  });
  await operator.register('/v1/audiences', { name: 'bench', workloads: ['bench'] });
  const guest = createGuest({ issuer, simulator, vendor, measurement });
  const key = await makeKey();
  const requests = [];
  for (let index = 0; index < WARM_UP + COUNT; index += 1) {
    requests.push(await guest.evidence(await guest.challenge('bench'), key));
  }
  await sendAll(guest, requests.slice(0, WARM_UP));
  const before = cpuMsOf(pid);
  const started = performance.now();
  await sendAll(guest, requests.slice(WARM_UP));
  const seconds = (performance.now() - started) / 1000;
  return { cpuMs: (cpuMsOf(pid) - before) / COUNT, perSecond: COUNT / seconds, count: COUNT };
}

async function sendAll(guest, requests) {
  const waiting = [...requests];
  const one = async () => {
    for (let request = waiting.pop(); request !== undefined; request = waiting.pop()) {
      const { status, body } = await guest.attest(request);
      if (status !== 200) throw new Error(`no token: ${status} ${body.code}`);
    }
  };
  await Promise.all(Array.from({ length: GUESTS }, one));
}

/** User and system time of another process, from Linux's /proc (proc(5): fields 14 and 15, in ticks of 10 ms). */
function cpuMsOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /u, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
