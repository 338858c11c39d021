import { describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { type RenewalMeasured, registerRenewalGauges } from '../../src/platform/renewal-gauges.js';

const NOW = new Date('2026-11-20T12:00:00Z');
const before = (seconds: number) => new Date(NOW.getTime() - seconds * 1000);

async function told(measured: readonly Partial<RenewalMeasured>[]): Promise<string> {
  const registry = new Registry();
  const sound = {
    kind: 'tdx-tcb-info',
    subject: 'a/standard',
    expiresAt: before(-100),
    confirmedAt: before(7),
    failing: null,
  };
  registerRenewalGauges(registry, {
    now: () => NOW,
    renewals: async () => measured.map((one) => ({ ...sound, ...one })),
  });
  return registry.metrics();
}

describe('gauges of vendor documents', () => {
  test('tell age, nextUpdate and failure of each by its name', async () => {
    const text = await told([
      {},
      { subject: 'b/standard', expiresAt: before(5), confirmedAt: before(900), failing: 'older' },
    ]);
    for (const line of [
      'assay_endorsement_age_seconds{kind="tdx-tcb-info",subject="a/standard"} 7',
      'assay_endorsement_age_seconds{kind="tdx-tcb-info",subject="b/standard"} 900',
      'assay_endorsement_next_update_seconds{kind="tdx-tcb-info",subject="a/standard"} 100',
      'assay_endorsement_next_update_seconds{kind="tdx-tcb-info",subject="b/standard"} -5',
      'assay_endorsement_refresh_failing{kind="tdx-tcb-info",subject="b/standard",result="older"} 1',
    ]) {
      expect(text).toContain(`${line}\n`);
    }
    expect(text).not.toContain('subject="a/standard",result');
  });

  test('say of one that is not there that it fails, and nothing else', async () => {
    const text = await told([{ expiresAt: null, confirmedAt: null, failing: 'not-found' }]);
    expect(text).toContain('{kind="tdx-tcb-info",subject="a/standard",result="not-found"} 1');
    expect(text).not.toMatch(/^assay_endorsement_(age|next_update)_seconds\{/mu);
  });

  test('name no machine: the worst of them stands for all', async () => {
    const leaf = { kind: 'snp-vek', subject: null, failing: 'unavailable' };
    const text = await told([
      { ...leaf, confirmedAt: before(40), expiresAt: before(-30) },
      { ...leaf, confirmedAt: before(50), expiresAt: before(-20) },
      { ...leaf, confirmedAt: before(10), expiresAt: before(-60) },
    ]);
    expect(text).toContain('assay_endorsement_age_seconds{kind="snp-vek",subject=""} 50\n');
    expect(text).toContain('assay_endorsement_next_update_seconds{kind="snp-vek",subject=""} 20\n');
    expect(text).toContain('{kind="snp-vek",subject="",result="unavailable"} 3\n');
  });
});
