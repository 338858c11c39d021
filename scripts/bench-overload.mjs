// `npm run bench -- overload`: tokens per second and times of what is admitted at full load, at twice that, and for
// a modest source beside a greedy one, on PostgreSQL. `--seconds N` per stage, `--json` prints numbers. Generator,
// service and database share this machine, so compare the lines of one run and not the runs of two machines.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDatabase } from './bench-database.mjs';
import { prepareAndBuild } from './build.mjs';
import { createOperator } from './demo/parties.mjs';
import { startService } from './demo/service.mjs';
import { prepareSubmissions } from './overload/evidence.mjs';
import { closedLoop, openLoop } from './overload/load.mjs';
import { openWire, postOf } from './overload/wire.mjs';
import { startPostgres } from './postgres.mjs';
import { ROOT } from './prepare.mjs';

const AUDIENCE = 'bench';
const CLIENTS = 32;
/** Seconds; compilers and caches settle meanwhile. */
const WARM_UP = 5;
/** Of full load; what a source that behaves sends beside one that does not. */
const MODEST = 0.1;

const seconds = Number(process.argv[process.argv.indexOf('--seconds') + 1]) || 5;
prepareAndBuild();
const server = await startPostgres();
const dataDir = await mkdtemp(join(tmpdir(), 'assay-overload-'));
try {
  const service = await startService(join(ROOT, 'build'), dataDir, {
    ASSAY_DATABASE_URL: await makeDatabase(server.adminUrl),
    ASSAY_RATE_LIMIT: 'off',
    ASSAY_TRUSTED_PROXIES: '127.0.0.1',
  });
  try {
    const stages = await measure(service);
    if (process.argv.includes('--json')) console.log(JSON.stringify(stages, null, 2));
    else print(stages);
  } finally {
    await service.stop();
  }
} finally {
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
}

async function measure(service) {
  const submissions = await registerAndPrepare(service);
  const { hostname, port, pathname } = new URL(service.issuer);
  const wire = openWire(Number(port));
  const post = (path, json, source) =>
    wire.send(postOf({ host: `${hostname}:${port}`, path: `${pathname}${path}`, json, source }));
  /** A submission that was refused for want of a place is good for another try. */
  const attest = async (source) => {
    const json = await submissions.take();
    const status = await post('/v1/attest', json, source);
    if (status === 503) submissions.put(json);
    return status;
  };
  /** A guest that boots: it wants a challenge first, and is told to come back there or at the second step. */
  const boot = async (source) => {
    const status = await post('/v1/challenges', JSON.stringify({ audience: AUDIENCE }), source);
    return status === 201 ? attest(source) : status;
  };
  const stages = [];
  const stage = async (name, run) => {
    await submissions.fill();
    wire.close();
    const before = cpuSeconds(service.pid);
    const results = await run();
    const cpu = cpuSeconds(service.pid) - before;
    for (const [who, result] of Object.entries(results)) {
      stages.push({ name: who === '' ? name : `${name}: ${who}`, ...result, serviceCpuSeconds: cpu });
    }
    return results[''];
  };
  await stage('warm-up', async () => ({
    '': await closedLoop({ clients: CLIENTS, seconds: WARM_UP, act: () => attest(someone()) }),
  }));
  stages.pop();
  for (const [what, act] of Object.entries({ attest, boot })) {
    const full = await stage(`${what}, ${CLIENTS} clients in turn`, async () => ({
      '': await closedLoop({ clients: CLIENTS, seconds, act: () => act(someone()) }),
    }));
    submissions.reserve(Math.ceil(full.perSecond * (seconds + 2)) + 300);
    for (const share of [1, 2]) {
      await stage(`${what}, ${share * 100} % load`, async () => ({
        '': await openLoop({ perSecond: full.perSecond * share, seconds, act: () => act(someone()) }),
      }));
    }
    await stage(`${what}, one source at 200 %`, async () => {
      const [greedy, modest] = await Promise.all([
        openLoop({ perSecond: full.perSecond * 2, seconds, act: () => act('192.0.2.1') }),
        openLoop({ perSecond: full.perSecond * MODEST, seconds, act: () => act('192.0.2.2') }),
      ]);
      return { greedy, [`modest at ${MODEST * 100} %`]: modest };
    });
  }
  wire.close();
  return stages;
}

/** One of many machines. */
function someone() {
  return `10.${randomBytes(3).join('.')}`;
}

async function registerAndPrepare({ issuer, adminKey, build }) {
  const measurement = new Uint8Array(randomBytes(48));
  const operator = createOperator(issuer, adminKey);
  await operator.register('/v1/workloads', { name: 'bench' });
  await operator.register('/v1/workloads/bench/reference-values', {
    tee: 'sev-snp',
    covers: 'boot',
    match: { measurement: Buffer.from(measurement).toString('hex') },
    activate: true,
  });
  await operator.register('/v1/audiences', { name: AUDIENCE, workloads: ['bench'] });
  const settings = { issuer, audience: AUDIENCE, build, vendorDir: join(dataDir, 'simulated'), measurement };
  const ready = [];
  let wanted = 1500 * Math.max(seconds, WARM_UP);
  return {
    reserve(count) {
      wanted = count;
    },
    async fill() {
      if (ready.length < wanted) ready.push(...(await prepareSubmissions(wanted - ready.length, settings)));
    },
    take() {
      const json = ready.shift();
      if (json === undefined) throw new RangeError('more submissions were taken than were prepared');
      return json;
    },
    put: (json) => void ready.push(json),
  };
}

/** User and system time of a process, from Linux's /proc (proc(5): fields 14 and 15, in ticks of 10 ms). */
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /u, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function print(stages) {
  const columns = ['sent', 'tokens', 'per s', 'shed', 'other', 'p50 ms', 'p95', 'p99', 'max', 'CPU ms/token'];
  console.log(`${''.padEnd(44)}${columns.map((name) => name.padStart(13)).join('')}`);
  for (const one of stages) {
    const { name, sent, admitted, perSecond, shed, other, p50, p95, p99, max, serviceCpuSeconds: cpu } = one;
    const cells = [sent, admitted, perSecond, shed, other, p50, p95, p99, max].map((value) =>
      value === null ? '–' : value.toFixed(0),
    );
    const alone = name.includes(': ') ? '' : ((cpu * 1000) / admitted).toFixed(2);
    console.log(`${name.padEnd(44)}${[...cells, alone].map((cell) => cell.padStart(13)).join('')}`);
  }
}
