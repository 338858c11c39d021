import { describe, expect, jest, test } from '@jest/globals';
import { createReadiness, type ReadinessParts } from '../../src/platform/readiness.js';
import type { EndorsementSummary } from '../../src/verifier/endorsement-ports.js';

const NOW = new Date('2026-11-20T12:00:00Z');
const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

function probe(changes: Partial<ReadinessParts> = {}) {
  return createReadiness({
    clock: { now: () => NOW },
    databaseNow: async () => NOW,
    openSigningKey: async () => {},
    endorsements: async () => [],
    ...changes,
  });
}

describe('readiness', () => {
  test('is database, signing key and clock', async () => {
    const report = await probe().read();
    expect(report).toEqual({
      ready: true,
      checks: { database: 'ok', signing_key: 'ok', clock: 'ok' },
      endorsements: [],
    });
    const broken = () => Promise.reject(new Error('broken'));
    expect((await probe({ databaseNow: broken }).read()).checks).toMatchObject({ database: 'out of reach' });
    expect((await probe({ openSigningKey: broken }).read()).ready).toBe(false);
  });

  test.each([
    [5, true],
    [-5, true],
    [5.1, false],
    [-6, false],
  ])('with the database %p s ahead is %p', async (offset, ready) => {
    const readiness = probe({ databaseNow: async () => later(offset) });
    await readiness.compareClocks();
    expect((await readiness.read()).ready).toBe(ready);
    expect(readiness.clockAgrees()).toBe(ready);
  });

  test('takes a clock that was never compared for right', () => {
    expect(probe().clockAgrees()).toBe(true);
  });

  test('is over when the service is about to stop, whatever works, and asks nobody any more', async () => {
    let asked = 0;
    const readiness = probe({
      databaseNow: async () => {
        asked += 1;
        return NOW;
      },
    });
    readiness.leave();
    expect(await readiness.read()).toEqual({
      ready: false,
      checks: { service: 'stopping' },
      endorsements: [],
    });
    expect(asked).toBe(0);
  });

  test('does not wait for a database that hangs, and asks it once for all probes', async () => {
    jest.useFakeTimers();
    try {
      let asked = 0;
      let answer: (now: Date) => void = () => {};
      const readiness = probe({
        databaseNow: () => {
          asked += 1;
          return new Promise((resolve) => {
            answer = resolve;
          });
        },
        endorsements: () => new Promise(() => {}),
      });
      const probes = [readiness.read(), readiness.read(), readiness.read()];
      for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
      jest.advanceTimersByTime(2_000);
      for (const report of await Promise.all(probes)) {
        expect(report).toEqual({
          ready: false,
          checks: { database: 'out of reach', signing_key: 'ok', clock: 'ok' },
          endorsements: [],
        });
      }
      expect(asked).toBe(1);
      // Its late answer is nobody's, and the next probe asks anew.
      answer(NOW);
      for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
      const next = readiness.read();
      answer(NOW);
      for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
      jest.advanceTimersByTime(2_000);
      expect((await next).ready).toBe(true);
      expect(asked).toBe(2);
    } finally {
      jest.useRealTimers();
    }
  });

  test('reports documents that end soon without failing over them', async () => {
    const document = (subject: string, seconds: number): EndorsementSummary => ({
      kind: 'snp-vcek-crl',
      subject,
      sha256: '00'.repeat(32),
      issuedAt: NOW,
      expiresAt: later(seconds),
      sequence: 1n,
      state: 'current',
      source: 'import',
      storedAt: NOW,
    });
    const week = 7 * 24 * 3600;
    const endorsements = async () => [
      document('Milan', -1),
      document('Genoa', week - 1),
      document('Turin', week + 1),
    ];
    const report = await probe({ endorsements }).read();
    expect(report.ready).toBe(true);
    expect(report.endorsements).toEqual([
      { kind: 'snp-vcek-crl', subject: 'Milan', expires_at: later(-1).toISOString(), expired: true },
      { kind: 'snp-vcek-crl', subject: 'Genoa', expires_at: later(week - 1).toISOString(), expired: false },
    ]);
  });
});
