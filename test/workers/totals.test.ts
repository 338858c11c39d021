import { describe, expect, test } from '@jest/globals';
import { createMetrics, type Metrics } from '../../src/platform/metrics.js';
import { Totals } from '../../src/workers/totals.js';
import type { WorkerProcess } from '../../src/workers/worker-process.js';

interface Fake {
  readonly worker: WorkerProcess;
  readonly metrics: Metrics;
  /** How often it has been asked. */
  asked(): number;
  answers: boolean;
}

const NOW = new Date('2026-11-26T12:00:00Z');

function metricsOf(connections: number, keyAge: number): Metrics {
  return createMetrics(
    { name: 'assay', version: '1', crypto: 'node openssl/3' },
    {
      renewals: async () => [],
      endorsements: async () => [
        { kind: 'snp-vcek-crl', expiresAt: new Date(NOW.getTime() + keyAge * 1000) },
      ],
      signingKeys: async () => [{ alg: 'ES256', since: new Date(NOW.getTime() - keyAge * 1000) }],
      connectionsInUse: () => connections,
      tlsExpiresAt: () => new Date(NOW.getTime() + keyAge * 1000),
      now: () => NOW,
    },
  );
}

function setting(): { totals: Totals; workers: Fake[]; add(connections: number, keyAge: number): Fake } {
  const workers: Fake[] = [];
  const totals = new Totals(() => workers.map(({ worker }) => worker));
  const add = (connections: number, keyAge: number): Fake => {
    const metrics = metricsOf(connections, keyAge);
    let asked = 0;
    const worker: WorkerProcess = {
      number: workers.length + 1,
      pid: 1,
      listening: new Promise(() => {}),
      ended: new Promise(() => {}),
      tell: () => {
        asked += 1;
        if (fake.answers) void metrics.snapshot().then((snapshot) => totals.received(worker, snapshot));
      },
      kill: () => {},
    };
    const fake: Fake = { worker, metrics, asked: () => asked, answers: true };
    workers.push(fake);
    return fake;
  };
  return { totals, workers, add };
}

const valueIn = (text: string, series: string): string | undefined =>
  text
    .split('\n')
    .find((line) => line.startsWith(`${series} `))
    ?.slice(series.length + 1);

describe('the metrics of several workers', () => {
  test('add up counts, and put gauges together as each is meant', async () => {
    const { totals, add } = setting();
    const [one, two] = [add(3, 100), add(4, 200)];
    one.metrics.challenge('ok');
    two.metrics.challenge('ok');
    two.metrics.challenge('caller');
    one.metrics.keyChanged({ alg: 'ES256', cause: 'emergency' });
    one.metrics.attestStage('tdx', 'bind', 0.002);
    two.metrics.attestStage('tdx', 'bind', 0.5);
    const { text, type } = await totals.expose();
    expect(type).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(valueIn(text, 'assay_challenges_total{outcome="ok"}')).toBe('2');
    expect(valueIn(text, 'assay_challenges_total{outcome="caller"}')).toBe('1');
    expect(valueIn(text, 'assay_attest_duration_seconds_bucket{le="+Inf",tee="tdx",stage="bind"}')).toBe('2');
    expect(valueIn(text, 'assay_attest_duration_seconds_count{tee="tdx",stage="bind"}')).toBe('2');
    expect(valueIn(text, 'assay_attest_duration_seconds_sum{tee="tdx",stage="bind"}')).toBe('0.502');
    expect(valueIn(text, 'assay_build_info{version="1",crypto="node openssl/3"}')).toBe('1');
    expect(valueIn(text, 'assay_db_pool_in_use')).toBe('7');
    expect(valueIn(text, 'assay_signing_key_age_seconds{alg="ES256"}')).toBe('200');
    expect(valueIn(text, 'assay_signing_key_changes_total{alg="ES256",cause="emergency"}')).toBe('1');
    expect(valueIn(text, 'assay_signing_key_changes_total{alg="RS256",cause="emergency"}')).toBe('0');
    expect(valueIn(text, 'assay_endorsement_expiry_seconds{kind="snp-vcek-crl"}')).toBe('100');
    expect(valueIn(text, 'assay_tls_certificate_expiry_seconds')).toBe('100');
    expect(text).not.toMatch(/NaN|null/);
  });

  test('of one that has ended stay as counts and go as gauges', async () => {
    const { totals, workers, add } = setting();
    const [one, two] = [add(3, 100), add(4, 200)];
    one.metrics.challenge('ok');
    two.metrics.challenge('ok');
    await totals.expose();
    // What it counted after it was asked last goes with it, and the sum does not go down.
    two.metrics.challenge('ok');
    workers.pop();
    await totals.retire(two.worker);
    const { text } = await totals.expose();
    expect(valueIn(text, 'assay_challenges_total{outcome="ok"}')).toBe('2');
    expect(valueIn(text, 'assay_db_pool_in_use')).toBe('3');
    const three = add(0, 1);
    three.metrics.challenge('ok');
    await Promise.all([totals.retire(one.worker), totals.retire(three.worker)]);
    workers.length = 0;
    expect(valueIn((await totals.expose()).text, 'assay_challenges_total{outcome="ok"}')).toBe('2');
  });

  test('of one that does not answer are those that it told last', async () => {
    const { totals, add } = setting();
    const [one, two] = [add(1, 1), add(1, 1)];
    two.metrics.challenge('ok');
    await totals.expose();
    two.answers = false;
    one.metrics.challenge('ok');
    two.metrics.challenge('ok');
    const { text } = await totals.expose();
    expect(valueIn(text, 'assay_challenges_total{outcome="ok"}')).toBe('2');
  });

  test('are asked for once more at most, however many ask at a time', async () => {
    const { totals, add } = setting();
    const one = add(1, 1);
    const first = totals.expose();
    one.metrics.challenge('ok');
    const rest = Array.from({ length: 10 }, () => totals.expose());
    await first;
    for (const { text } of await Promise.all(rest)) {
      expect(valueIn(text, 'assay_challenges_total{outcome="ok"}')).toBe('1');
    }
    expect(one.asked()).toBe(2);
  });
});
