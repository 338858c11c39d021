// What the figures should be, and whether they are. A missed target is printed as such.

const percent = (part) => `${(part * 100).toFixed(1)} %`;
const times = (ratio) => `${ratio.toFixed(2)} ×`;

/** CPU of the cryptography that a token cannot do without, per TEE; `form`: cpuMs or syncCpuMs. */
export function bareTokenMs({ verifyP384, verifyP256, sign }, tee, form = 'cpuMs') {
  return (tee === 'snp' ? verifyP384 : verifyP256)[form] + sign[form];
}

/** Part of the bare rate that the library reaches: costs on the same signatures in the same process. */
export function libraryShare({ bare, known }) {
  return bare.cpuMs / known.cpuMs;
}

/** Of service and database together: how much dearer a token is, as a part. */
export function differenceOf(few, many) {
  const sum = ({ cpuMs, databaseCpuMs }) => cpuMs + databaseCpuMs;
  return sum(many) / sum(few) - 1;
}

/**
 * How many times one process's rate two reach. Where the cores do not suffice for two, what their cost per token
 * would let them reach if they did.
 */
export function replicaGain({ cores, one, two }) {
  const enough = one.coresBusy * 2 <= cores;
  return { enough, gain: enough ? two.perSecond / one.perSecond : (2 * one.cpuMs) / two.cpuMs };
}

/**
 * Where the addon is there: what attest alone has to reach where Node's own P-384 reaches `NODE_RATE` in a second on the
 * thread pool, and how long the slowest hundredth of answers may take at 70 % of the most.
 */
const ATTEST_RATE = 1800;
const NODE_RATE = 1450;
const SLOWEST_MS = 25;
const BEFORE_SHARE = 0.45;
/**
 * A token's CPU of the service, SNP on PostgreSQL, machine seen before, against Node's bare cost: measured with 7830e95,
 * the last build before the addon and the work on the service that came with it.
 */
export const BEFORE_ADDON = 4.5;

/** Rows of the service by the addon. */
function nativeServiceRows({ bare, native }) {
  const rows = [];
  if (native.http) {
    const got = native.http.postgres.snp.known.cpuMs / bareTokenMs(bare, 'snp') / BEFORE_ADDON;
    rows.push({
      what: 'service, SNP, PostgreSQL, native: CPU per token against what it was before the addon, by Node’s bare cost',
      wanted: `at most ${times(BEFORE_SHARE)}`,
      got: times(got),
      reached: got <= BEFORE_SHARE,
    });
  }
  if (native.latency) {
    const { attestSaturation, attest } = native.latency.snp;
    const wanted = (ATTEST_RATE / NODE_RATE) * bare.verifyP384.perSecond;
    rows.push({
      what: 'service, SNP, PostgreSQL, native: attest requests per second, client and database on the same cores',
      wanted: `at least ${wanted.toFixed(0)}`,
      got: attestSaturation.toFixed(0),
      reached: attestSaturation >= wanted,
    });
    rows.push({
      what: 'service, SNP, PostgreSQL, native: p99 of attest at 70 % load',
      wanted: `under ${SLOWEST_MS} ms`,
      got: `${attest.p99.toFixed(1)} ms`,
      reached: attest.p99 < SLOWEST_MS,
    });
  }
  return rows;
}

/** Rows `{ what, wanted, got, reached }` for the sections that were measured. */
export function targetsOf({ bare, library, http, flat, replicas, native = null }) {
  const rows = [];
  const add = (what, wanted, got, reached) => rows.push({ what, wanted, got, reached });
  if (library !== null && native !== null && native.library !== null) {
    const { snp, tdx } = native.library;
    const gain = library.snp.known.cpuMs / snp.known.cpuMs;
    const what = 'library, SNP, machine seen before, native: Node’s CPU by the addon’s';
    add(what, `at least ${times(2.8)}`, times(gain), gain >= 2.8);
    for (const [name, costs, share] of [
      ['SNP', snp, 0.85],
      ['TDX', tdx, 0.65],
    ]) {
      const got = libraryShare(costs);
      add(
        `library, ${name}, machine seen before, native: part of the addon’s bare rate`,
        `at least ${percent(share)}`,
        percent(got),
        got >= share,
      );
    }
  }
  for (const [tee, name, share] of [
    ['snp', 'SNP', 0.9],
    ['tdx', 'TDX', 0.65],
  ]) {
    if (library === null) continue;
    const got = libraryShare(library[tee]);
    add(
      `library, ${name}, machine seen before: part of the bare rate`,
      `at least ${percent(share)}`,
      percent(got),
      got >= share,
    );
  }
  for (const [tee, name, most] of [
    ['snp', 'SNP', 1.6],
    ['tdx', 'TDX', 4],
  ]) {
    if (!http?.postgres) continue;
    const got = http.postgres[tee].known.cpuMs / bareTokenMs(bare, tee);
    add(
      `service, ${name}, PostgreSQL: CPU per token against bare`,
      `at most ${times(most)}`,
      times(got),
      got <= most,
    );
  }
  if (native !== null) rows.push(...nativeServiceRows({ bare, native }));
  if (flat !== null) {
    const { few, workloads, decisions } = flat;
    for (const [what, costs, many] of [
      [`${workloads.count} workloads instead of ${few}`, workloads, workloads.many],
      [`${workloads.count} workloads of one measurement instead of ${few}`, workloads, workloads.shared],
      [
        `tokens for any of ${workloads.count} workloads instead of ${few}`,
        workloads.spread,
        workloads.spread.many,
      ],
      [`${decisions.count} decisions instead of ${few}`, decisions, decisions.many],
    ]) {
      const got = differenceOf(costs.few, many);
      add(
        `${what}: CPU per token of service and PostgreSQL`,
        'at most 5 % more',
        `${got < 0 ? '−' : '+'}${percent(Math.abs(got))}`,
        got <= 0.05,
      );
    }
  }
  if (replicas !== null) {
    const { enough, gain } = replicaGain(replicas);
    const by = enough
      ? 'by rate'
      : `by CPU per token: ${replicas.cores} cores do not suffice for two, client and database`;
    add(`two replicas instead of one (${by})`, `at least ${times(1.8)}`, times(gain), gain >= 1.8);
  }
  return rows;
}
