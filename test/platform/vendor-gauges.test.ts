import { describe, expect, test } from '@jest/globals';
import { createMetrics } from '../../src/platform/metrics.js';
import type { VendorServiceGauge } from '../../src/platform/vendor-gauges.js';

const NOW = new Date('2026-11-20T12:00:00Z');

async function scrape(vendorServices: () => Promise<readonly VendorServiceGauge[]>): Promise<string> {
  const metrics = createMetrics(
    { name: 'assay', version: '0', crypto: 'node openssl/3' },
    {
      renewals: async () => [],
      endorsements: async () => [],
      vendorServices,
      connectionsInUse: () => 0,
      signingKeys: async () => [],
      now: () => NOW,
    },
  );
  return (await metrics.expose()).text;
}

describe('gauges of vendors’ services', () => {
  test('show the line of each, and which of them is left alone', async () => {
    const text = await scrape(async () => [
      { service: 'amd-kds', waiting: 17, closedUntil: new Date(NOW.getTime() + 1) },
      { service: 'intel-pcs', waiting: 0, closedUntil: NOW },
      { service: 'intel-certificates', waiting: 2, closedUntil: null },
    ]);
    for (const line of [
      'assay_vendor_queue_length{service="amd-kds"} 17',
      'assay_vendor_queue_length{service="intel-pcs"} 0',
      'assay_vendor_queue_length{service="intel-certificates"} 2',
      'assay_vendor_breaker_open{service="amd-kds"} 1',
      'assay_vendor_breaker_open{service="intel-pcs"} 0',
      'assay_vendor_breaker_open{service="intel-certificates"} 0',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
  });

  test('are left out, and nothing else, while the database is away', async () => {
    const text = await scrape(() => Promise.reject(new Error('away')));
    expect(text).not.toMatch(/^assay_vendor_\w+\{/mu);
    expect(text).toMatch(/^assay_build_info/mu);
  });
});
