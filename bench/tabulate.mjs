// A run as tables of text: `{ title, head, rows, note }`, which the terminal and the page show alike.
import { bareTokenMs, differenceOf, libraryShare, replicaGain, targetsOf } from './targets.mjs';

const ms = (value) => value.toFixed(3);
const latency = (value) => value.toFixed(1);
const rate = (value) => value.toFixed(0);
const times = (value) => `${value.toFixed(2)} ×`;
const percent = (value) => `${(value * 100).toFixed(1)} %`;
const mebibytes = (value) => (value / 2 ** 20).toFixed(0);

const NAMES = { snp: 'SNP', tdx: 'TDX', postgres: 'PostgreSQL', pglite: 'PGlite' };
const SEEN = { known: 'seen before', fresh: 'new' };

/** Tables of the sections that were measured, in the order of the page. */
export function tabulate(run) {
  const made = {
    bare: bareTable(run),
    native: run.native ? nativeTable(run) : null,
    library: run.library === null ? null : libraryTable(run),
    peers: run.peers ? peerTable(run) : null,
    http: run.http === null ? null : httpTable(run),
    memory: run.http === null ? null : memoryTable(run),
    latency: run.latency === null ? null : latencyTable(run),
    flat: run.flat === null ? null : flatTable(run),
    replicas: run.replicas === null ? null : replicaTable(run),
    targets: targetTable(run),
  };
  return Object.fromEntries(Object.entries(made).filter(([, table]) => table !== null));
}

function bareTable({ bare }) {
  const row = (name, { cpuMs, perSecond, syncCpuMs }) => [name, ms(cpuMs), rate(perSecond), ms(syncCpuMs)];
  const token = (tee) => [
    `a token’s, ${NAMES[tee]}: verify and sign`,
    ms(bareTokenMs(bare, tee)),
    '',
    ms(bareTokenMs(bare, tee, 'syncCpuMs')),
  ];
  return {
    title: 'Bare cryptography',
    head: ['', 'CPU ms', 'per second', 'CPU ms, synchronous'],
    rows: [
      row('P-384 verify', bare.verifyP384),
      row('P-256 verify', bare.verifyP256),
      row('ES256 sign', bare.sign),
      token('snp'),
      token('tdx'),
    ],
  };
}

/** Both implementations side by side, each against its own bare cost. */
function nativeTable({ bare, library, http, native }) {
  const row = (name, one, other) => [
    name,
    ms(one),
    ms(other),
    times(one / other),
    rate(1000 / one),
    rate(1000 / other),
  ];
  const rows = [
    row('P-384 verify, in place', bare.verifyP384.syncCpuMs, native.bare.verifyP384.syncCpuMs),
    row('P-384 verify, on the thread pool', bare.verifyP384.cpuMs, native.bare.verifyP384.cpuMs),
    row('P-256 verify, in place', bare.verifyP256.syncCpuMs, native.bare.verifyP256.syncCpuMs),
    row('P-256 verify, on the thread pool', bare.verifyP256.cpuMs, native.bare.verifyP256.cpuMs),
  ];
  for (const tee of native.library === null ? [] : ['snp', 'tdx']) {
    const [one, other] = [library[tee], native.library[tee]];
    for (const [seen, words] of Object.entries(SEEN)) {
      const share = percent(libraryShare({ bare: other.bare, known: other[seen] }));
      const name = `library, ${NAMES[tee]}, machine ${words} (native: ${share} of its bare rate)`;
      rows.push(row(name, one[seen].cpuMs, other[seen].cpuMs));
    }
  }
  for (const tee of native.http === null ? [] : ['snp', 'tdx']) {
    const [one, other] = [http.postgres[tee].known, native.http.postgres[tee].known];
    rows.push(row(`service, ${NAMES[tee]}, PostgreSQL: challenge and attest`, one.cpuMs, other.cpuMs));
    rows.push(row(`service, ${NAMES[tee]}, PostgreSQL: attest alone`, one.attestCpuMs, other.attestCpuMs));
  }
  return {
    title: 'Both implementations of ECDSA',
    head: [
      '',
      'Node, CPU ms',
      'native, CPU ms',
      'Node by native',
      'Node, per CPU second',
      'native, per CPU second',
    ],
    rows,
  };
}

function libraryTable({ library }) {
  return {
    title: 'Library',
    head: ['', 'CPU ms', 'median', 'verifications per second', 'part of the bare rate'],
    rows: Object.entries(library).flatMap(([tee, costs]) => [
      [
        `${NAMES[tee]}, bare verify of the same signatures`,
        ms(costs.bare.cpuMs),
        ms(costs.bare.medianCpuMs),
        rate(costs.bare.perSecond),
        '',
      ],
      ...Object.keys(SEEN).map((seen) => {
        const { cpuMs, medianCpuMs, perSecond } = costs[seen];
        const share = percent(libraryShare({ bare: costs.bare, known: costs[seen] }));
        return [`${NAMES[tee]}, machine ${SEEN[seen]}`, ms(cpuMs), ms(medianCpuMs), rate(perSecond), share];
      }),
    ]),
  };
}

/** What each does its verifications with, as its driver is built. */
const PEERS = {
  'go-sev-guest': 'go-sev-guest v0.15.0 (Go)',
  'rust-sev': 'crate sev 8.0.0 (Rust, p384 and rsa)',
  'go-tdx-guest': 'go-tdx-guest v0.3.1 (Go)',
  'rust-dcap-qvl': 'crate dcap-qvl 0.7.1 (Rust, ring)',
};
const ASSAY = { node: 'Assay, Node', native: 'Assay, native' };

function peerTable({ peers }) {
  const row = (tee, name, cpuMs, first = '') => [
    `${NAMES[tee]}, ${name}`,
    first,
    ms(cpuMs),
    rate(1000 / cpuMs),
  ];
  return {
    title: 'Verifiers by others',
    head: ['', 'first, CPU ms', 'each further, CPU ms', 'per CPU second'],
    rows: Object.entries(peers).flatMap(([tee, { assay, peers: others }]) => [
      ...Object.entries(assay).flatMap(([crypto, { warm, cold }]) => [
        row(tee, `${ASSAY[crypto]}, warm: chain and documents remembered`, warm),
        row(tee, `${ASSAY[crypto]}, cold: no signature remembered`, cold),
      ]),
      ...Object.entries(others).map(([peer, { first, each }]) => row(tee, PEERS[peer], each, ms(first))),
    ]),
    note: `Vectors: ${Object.values(peers)
      .map(({ vector }) => vector)
      .join(', ')}.`,
  };
}

function httpTable({ bare, http }) {
  const rows = Object.entries(http).flatMap(([engine, costs]) =>
    ['snp', 'tdx'].flatMap((tee) =>
      Object.keys(SEEN).map((seen) => {
        const cost = costs[tee][seen];
        return [
          `${NAMES[engine]}, ${NAMES[tee]}, machine ${SEEN[seen]}`,
          rate(cost.perSecond),
          ms(cost.cpuMs),
          times(cost.cpuMs / bareTokenMs(bare, tee)),
          ms(cost.challengeCpuMs),
          ms(cost.attestCpuMs),
          times(cost.attestCpuMs / bareTokenMs(bare, tee)),
          engine === 'postgres' ? ms(cost.databaseCpuMs) : 'in it',
        ];
      }),
    ),
  );
  return {
    title: 'Tokens over HTTP',
    head: [
      '',
      'tokens per second',
      'service CPU ms',
      'against bare',
      'of it challenge',
      'of it attest',
      'attest against bare',
      'PostgreSQL CPU ms',
    ],
    rows,
  };
}

function memoryTable({ http }) {
  return {
    title: 'Memory',
    head: ['', 'RSS at start, MiB', 'RSS after load, MiB'],
    rows: Object.entries(http).map(([engine, { rss }]) => [
      `service on ${NAMES[engine]}`,
      mebibytes(rss.atStart),
      mebibytes(rss.afterLoad),
    ]),
  };
}

function latencyTable({ latency: measured, native }) {
  const both = { Node: measured, native: native?.latency ?? null };
  return {
    title: 'Latency at 70 % load',
    head: [
      '',
      'at most, per second',
      'attest alone',
      'sent, per second',
      'p50 ms',
      'p95 ms',
      'p99 ms',
      'shed',
    ],
    rows: Object.entries(both).flatMap(([name, costs]) => (costs === null ? [] : latencyRows(name, costs))),
  };
}

function latencyRows(name, measured) {
  return Object.entries(measured).flatMap(
    ([tee, { saturation, attestSaturation, rate: sent, attest, challenge }]) =>
      Object.entries({ attest, challenge }).map(([call, { p50, p95, p99, shed }]) => [
        `${NAMES[tee]}, ${call}, ${name}`,
        rate(saturation),
        rate(attestSaturation),
        rate(sent),
        latency(p50),
        latency(p95),
        latency(p99),
        String(shed),
      ]),
  );
}

function flatTable({ flat: { few, workloads, decisions } }) {
  const row = (name, costs, variant) => [
    name,
    ms(costs[variant].cpuMs),
    ms(costs[variant].databaseCpuMs),
    variant === 'few' ? '' : percent(differenceOf(costs.few, costs[variant])),
  ];
  return {
    title: 'Flat cost',
    head: ['stored', 'service CPU ms', 'PostgreSQL CPU ms', 'more'],
    rows: [
      row(`${few} workloads`, workloads, 'few'),
      row(`${workloads.count} workloads`, workloads, 'many'),
      row(`${workloads.count} workloads of one measurement`, workloads, 'shared'),
      row(`tokens for any of ${few} workloads`, workloads.spread, 'few'),
      row(`tokens for any of ${workloads.count} workloads`, workloads.spread, 'many'),
      row(`${few} decisions`, decisions, 'few'),
      row(`${decisions.count} decisions`, decisions, 'many'),
    ],
  };
}

function replicaTable({ replicas }) {
  const row = (name, { perSecond, cpuMs, databaseCpuMs, coresBusy }) => [
    name,
    rate(perSecond),
    ms(cpuMs),
    ms(databaseCpuMs),
    coresBusy.toFixed(2),
  ];
  const { enough, gain } = replicaGain(replicas);
  return {
    title: 'Replicas',
    head: ['', 'tokens per second', 'service CPU ms', 'PostgreSQL CPU ms', 'cores busy, client included'],
    rows: [row('one process', replicas.one), row('two processes', replicas.two)],
    note: enough
      ? `Two reach ${times(gain)} the rate of one.`
      : `This machine’s ${replicas.cores} cores do not suffice for two processes, the client and the database (one process already keeps ${replicas.one.coresBusy.toFixed(2)} busy). By CPU per token, two on cores of their own would reach ${times(gain)} the rate of one; measured here: ${times(replicas.two.perSecond / replicas.one.perSecond)}.`,
  };
}

function targetTable(run) {
  return {
    title: 'Targets',
    head: ['', 'wanted', 'measured', ''],
    rows: targetsOf(run).map(({ what, wanted, got, reached }) => [
      what,
      wanted,
      got,
      reached ? 'reached' : 'missed',
    ]),
  };
}
