// Progress while it runs, figures at the end.

export function createReport(write) {
  const since = performance.now();
  const at = () => `${String(Math.round((performance.now() - since) / 1000)).padStart(4)} s`;
  const tokens = (history) => countSends(history, ({ token }) => token !== null);
  return {
    say: (text) => write(`${text}\n`),
    violation: ({ rule, what }) => write(`${at()}  VIOLATION ${rule}: ${what}\n`),
    progress(engine, history, done, all, violations) {
      if (done % 5 !== 0 && done !== all) return;
      const { ms } = history.starts.at(-1);
      write(
        `${at()}  ${engine}: kill ${done} of ${all}, ready after ${Math.round(ms)} ms, ${tokens(history)} tokens, ${violations} violations\n`,
      );
    },
    outage(engine, history, done, all, violations) {
      const { how, ms } = history.outages.at(-1);
      const recovered = ms === null ? 'not ready again' : `ready ${Math.round(ms)} ms after it`;
      write(
        `${at()}  ${engine}: database restart ${done} of ${all} (${how}), ${recovered}, ${tokens(history)} tokens, ${violations} violations\n`,
      );
    },
    seconds: () => Math.round((performance.now() - since) / 1000),
  };
}

/** Figures of one engine, members in snake_case. */
export function summarise({ history, violations }) {
  const { kills, outages, challenges, imports, versions } = history;
  const working = kills.filter(({ kind }) => kind === 'working');
  const restarts = history.starts.filter(({ first }) => !first);
  const cut = challenges.filter(({ sends }) =>
    sends.some(({ status, ended }) => status === null && ended !== null),
  );
  const decided = ({ sends }) => sends.some(({ status }) => status === 200 || status === 403);
  return {
    kills: kills.length,
    kills_while_starting: kills.filter(({ kind }) => kind === 'starting').length,
    kills_under_load: working.length,
    kills_with_attests_in_flight: working.filter(({ inFlight }) => inFlight > 0).length,
    kills_with_requests_cut: working.filter(({ lost }) => lost > 0).length,
    requests_cut: working.reduce((sum, { lost }) => sum + lost, 0),
    restart_ms: spread(restarts.map(({ ms }) => ms)),
    restarts_above_5_s: restarts.filter(({ ms }) => ms > 5_000).length,
    restart_cpu_ms: spread(restarts.map(({ cpuMs }) => cpuMs ?? 0)),
    starts_of_two_at_once: history.starts.filter(({ rivals }) => rivals > 1).length,
    database_restarts: outages.length,
    recovery_ms: spread(outages.flatMap(({ ms }) => (ms === null ? [] : [ms]))),
    challenges: challenges.length,
    submissions: countSends(history, () => true),
    tokens: countSends(history, ({ token }) => token !== null),
    denials: countSends(history, ({ status }) => status === 403),
    replays_refused: countSends(history, ({ code }) => code === 'nonce_replayed'),
    refused_while_database_away: countSends(history, ({ excused }) => excused),
    challenges_cut: cut.length,
    challenges_cut_and_found_spent: cut.filter((challenge) => !decided(challenge)).length,
    imports_answered: imports.filter(({ status }) => status === 200).length,
    imports_cut: imports.filter(({ status, ended }) => status === null && ended !== null).length,
    documents_stored: history.storedDocuments ?? null,
    reference_versions: versions.filter(({ number }) => number !== null).length,
    reference_acts_cut: versions.flatMap(({ acts }) => acts).filter(({ status }) => status === null).length,
    violations,
  };
}

function countSends({ challenges }, counts) {
  return challenges.reduce((sum, { sends }) => sum + sends.filter(counts).length, 0);
}

/** `{ count, p50, max }` in whole milliseconds; null for nothing. */
function spread(values) {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const round = (value) => Math.round(value);
  return {
    count: sorted.length,
    p50: round(sorted[Math.floor(sorted.length / 2)]),
    max: round(sorted.at(-1)),
  };
}

export function describe(engine, figures) {
  const { violations, ...rest } = figures;
  const lines = Object.entries(rest).map(([name, value]) => {
    const text =
      value === null || typeof value !== 'object'
        ? value
        : `p50 ${value.p50}, max ${value.max} (${value.count})`;
    return `  ${name.replaceAll('_', ' ').padEnd(34)} ${text ?? '-'}`;
  });
  const verdict = violations.length === 0 ? 'nothing was lost' : `${violations.length} violations`;
  return [`${engine}: ${verdict}`, ...lines].join('\n');
}
