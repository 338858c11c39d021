// Tables of the running service: what tokens over HTTP cost, how long they take, and what more rows or processes change.
import { latency, mebibytes, ms, NAMES, percent, rate, SEEN, times } from './cells.mjs';
import { bareTokenMs, differenceOf, replicaGain } from './targets.mjs';

export function httpTable({ bare, http }) {
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

export function memoryTable({ http }) {
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

export function latencyTable({ latency: measured, native }) {
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

export function flatTable({ flat: { few, workloads, decisions } }) {
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

export function replicaTable({ replicas }) {
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
