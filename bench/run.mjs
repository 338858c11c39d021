// One run: sections in turn, each with the machine to itself.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ADDON } from '../scripts/build-native.mjs';
import { ROOT } from '../scripts/prepare.mjs';
import { measureFlat } from './flat.mjs';
import { measureHttp } from './http.mjs';
import { measureLatency } from './latency.mjs';
import { measurePeers } from './peers.mjs';
import { openServer } from './postgres.mjs';
import { measureReplicas } from './replicas.mjs';

const execute = promisify(execFile);

/** Sections that mean nothing without PostgreSQL. */
const WITH_SERVER = { latency: measureLatency, flat: measureFlat, replicas: measureReplicas };

/** `say(text)`: progress. Resolves to the results by section, null for what was left out. */
export async function runBench({ sections, sizes, say }) {
  const load = loadavg()[0];
  say('bare cryptography');
  const addon = existsSync(ADDON);
  if (!addon) say('the native addon is left out: npm run build:native');
  const results = {
    bare: await runSolo('bare', sizes.bare, 'node'),
    native: addon
      ? { bare: await runSolo('bare', sizes.bare, 'native'), library: null, http: null, latency: null }
      : null,
    library: null,
    peers: null,
    http: null,
    latency: null,
    flat: null,
    replicas: null,
  };
  if (sections.includes('library')) {
    results.library = {};
    if (addon) results.native.library = {};
    for (const tee of ['snp', 'tdx']) {
      say(`library, ${tee}`);
      results.library[tee] = await runSolo(tee, sizes.library, 'node');
      if (addon) results.native.library[tee] = await runSolo(tee, sizes.library, 'native');
    }
  }
  if (sections.includes('peers')) results.peers = await measurePeers({ size: sizes.peers, addon, say });
  const overHttp = sections.filter((section) => section !== 'library' && section !== 'peers');
  const server = overHttp.length === 0 ? null : await openServerIfThere(say);
  try {
    if (overHttp.includes('http')) {
      results.http = await measureHttp({ server, size: sizes.http, say });
      if (addon && server !== null) {
        results.native.http = await measureHttp({ server, size: sizes.http, say, crypto: 'native' });
      }
    }
    for (const [section, measure] of Object.entries(WITH_SERVER)) {
      if (server === null || !overHttp.includes(section)) continue;
      say(section);
      results[section] = await measure({ server, size: sizes[section], say });
      if (section !== 'latency' || !addon) continue;
      results.native.latency = await measure({ server, size: sizes[section], say, crypto: 'native' });
    }
  } finally {
    await server?.stop();
  }
  return { machine: describeMachine(load, server), sizes, ...results };
}

async function openServerIfThere(say) {
  try {
    return await openServer();
  } catch (error) {
    say(`PostgreSQL is left out: ${error.message}`);
    return null;
  }
}

/** In a process of its own (bench/solo.ts). */
async function runSolo(what, { rounds, count, warmUp }, crypto) {
  const args = ['--expose-gc', join(ROOT, 'build', 'bench', 'solo.js'), what, rounds, count, warmUp].map(
    String,
  );
  const { stdout } = await execute(process.execPath, args, {
    env: { ...process.env, ASSAY_CRYPTO: crypto },
  });
  return JSON.parse(stdout);
}

function describeMachine(load, server) {
  const [first] = cpus();
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const commit = readFileSync(join(ROOT, 'build', 'commit'), 'utf8').trim();
  return {
    at: new Date().toISOString(),
    assay: `${version} (${commit})`,
    node: process.version,
    openssl: process.versions.openssl,
    postgres: server?.version ?? null,
    platform: `${process.platform} ${process.arch}`,
    cpu: first?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    loadBefore: load,
  };
}
