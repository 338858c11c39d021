// A run as tables of text: `{ title, head, rows, note }`, which the terminal and the page show alike.
import { ms, NAMES, percent, rate, SEEN, times } from './cells.mjs';
import { flatTable, httpTable, latencyTable, memoryTable, replicaTable } from './service-tables.mjs';
import { bareTokenMs, libraryShare, targetsOf } from './targets.mjs';

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
