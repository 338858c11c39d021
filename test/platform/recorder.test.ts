import { describe, expect, test } from '@jest/globals';
import { createLog } from '../../src/platform/log.js';
import { createMetrics, type MetricSources } from '../../src/platform/metrics.js';
import { createRecorder } from '../../src/platform/recorder.js';

const NOW = new Date('2026-11-20T12:00:00Z');
const before = (seconds: number) => new Date(NOW.getTime() - seconds * 1000);

function instruments() {
  const lines: string[] = [];
  const metrics = createMetrics(
    { name: 'assay', version: '1.2.3', crypto: 'native aws-lc/5' },
    {
      now: () => NOW,
      renewals: async () => [],
      endorsements: async () => [
        { kind: 'snp-vcek-crl', expiresAt: before(-100) },
        { kind: 'snp-vcek-crl', expiresAt: before(5) },
      ],
      connectionsInUse: () => 3,
      signingKeys: async () => [
        { alg: 'ES256', since: before(60) },
        { alg: 'RS256', since: before(70) },
      ],
      keyRotation: () => 86_400,
    },
  );
  const log = createLog({ write: (line) => void lines.push(line) });
  return {
    metrics,
    record: createRecorder(metrics, log),
    logged: () => lines.map((line) => JSON.parse(line)),
  };
}

describe('the recorder', () => {
  test('counts an attest request by evidence, outcome and code, with the time of each stage', async () => {
    const { metrics, record, logged } = instruments();
    const recording = record.begin('attest', 'acme');
    recording.entered('parse');
    recording.recognised('sev-snp');
    recording.entered('authenticate');
    recording.ended({ code: 'snp_signature_invalid', decision: null });
    const { text } = await metrics.expose();
    expect(text).toContain(
      'assay_attest_total{tee="sev-snp",outcome="refused",code="snp_signature_invalid"} 1',
    );
    for (const stage of ['request', 'parse', 'authenticate']) {
      expect(text).toContain(`assay_attest_duration_seconds_count{tee="sev-snp",stage="${stage}"} 1`);
    }
    expect(logged()).toEqual([
      expect.objectContaining({
        act: 'attest',
        tenant: 'acme',
        outcome: 'refused',
        code: 'snp_signature_invalid',
      }),
    ]);
  });

  test('counts challenges, tokens and TCB statuses; an appraisal is no attest request', async () => {
    const { metrics, record } = instruments();
    record.begin('challenge', 'acme').ended({ code: null, decision: null });
    record.begin('challenge', 'acme').ended({ code: 'audience_unknown', decision: null });
    const recording = record.begin('appraise', 'acme');
    recording.recognised('sev-snp');
    recording.assessed({
      status: 'OutOfDate',
      source: 's',
      date: '',
      advisories: [],
      platform: null,
      module: null,
      qe: null,
    });
    recording.ended({ code: null, decision: 'dec_x' });
    record.tokenIssued('ear', 'ES256');
    const { text } = await metrics.expose();
    expect(text).toContain('assay_challenges_total{outcome="ok"} 1');
    expect(text).toContain('assay_challenges_total{outcome="caller"} 1');
    expect(text).toContain('assay_tcb_status_total{tee="sev-snp",status="OutOfDate"} 1');
    expect(text).toContain('assay_tokens_total{profile="ear",alg="ES256"} 1');
    expect(text).not.toMatch(/assay_attest_total\{/);
  });
});

describe('gauges', () => {
  test('tell the first document to expire and the age of the key', async () => {
    const { text } = await instruments().metrics.expose();
    expect(text).toContain('assay_endorsement_expiry_seconds{kind="snp-vcek-crl"} -5');
    expect(text).toContain('assay_signing_key_age_seconds{alg="ES256"} 60');
    expect(text).toContain('assay_db_pool_in_use 3');
    expect(text).toContain('assay_build_info{version="1.2.3",crypto="native aws-lc/5"} 1');
  });
});

describe('platforms that stop passing', () => {
  const exposed = async (failing: ReturnType<NonNullable<MetricSources['failingPlatforms']>>) => {
    const sources = {
      endorsements: async () => [],
      renewals: async () => [],
      connectionsInUse: () => 0,
      signingKeys: async () => [],
      now: () => new Date(0),
      failingPlatforms: () => failing,
    };
    return (await createMetrics({ name: 'assay', version: '1', crypto: 'node openssl/3' }, sources).expose())
      .text;
  };

  test('are shown by TEE and time, none as none, and not at all before they are known', async () => {
    const counts = { '7d': 0, '30d': 2, '90d': 5, undated: 1 };
    const text = await exposed(new Map([['tdx', counts]]));
    expect(text).toContain('assay_forecast_failing_platforms{tee="tdx",within="7d"} 0');
    expect(text).toContain('assay_forecast_failing_platforms{tee="tdx",within="30d"} 2');
    expect(text).toContain('assay_forecast_failing_platforms{tee="tdx",within="undated"} 1');
    expect(await exposed(null)).not.toMatch(/^assay_forecast_failing_platforms/mu);
  });
});
