// Load at a rate that does not care how fast answers come, as a fleet that boots does not.

/** Sends for so many seconds; `act()` resolves to a status. Resolves to what came back, with times in ms. */
export async function openLoop({ perSecond, seconds, act }) {
  const results = [];
  const pending = [];
  const started = performance.now();
  for (let sent = 0; ; ) {
    const elapsed = (performance.now() - started) / 1000;
    for (const due = Math.min(elapsed, seconds) * perSecond; sent < due; sent += 1)
      pending.push(timed(act, results));
    if (elapsed >= seconds) break;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(pending);
  return summary(results, seconds);
}

/** So many clients, each sending its next request when the last one was answered. */
export async function closedLoop({ clients, seconds, act }) {
  const results = [];
  const started = performance.now();
  const one = async () => {
    while (performance.now() - started < seconds * 1000) await timed(act, results);
  };
  await Promise.all(Array.from({ length: clients }, one));
  return summary(results, (performance.now() - started) / 1000);
}

async function timed(act, results) {
  const before = performance.now();
  const status = await act();
  results.push({ status, ms: performance.now() - before });
}

function summary(results, seconds) {
  const admitted = results.filter(({ status }) => status === 200).map(({ ms }) => ms);
  const shed = results.filter(({ status }) => status === 503).map(({ ms }) => ms);
  const at = (times, share) => times.sort((a, b) => a - b)[Math.floor(times.length * share)] ?? null;
  return {
    sent: results.length,
    admitted: admitted.length,
    perSecond: admitted.length / seconds,
    shed: shed.length,
    other: results.length - admitted.length - shed.length,
    p50: at(admitted, 0.5),
    p95: at(admitted, 0.95),
    p99: at(admitted, 0.99),
    max: at(admitted, 0.9999),
    shedP99: at(shed, 0.99),
  };
}
