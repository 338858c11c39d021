/** What is measured of the forecast: all genuine tenants together, unknown until it is known. */
import { describe, expect, test } from '@jest/globals';
import { genuineTenants, watchForecast } from '../../src/compose/forecast-watch.js';
import { createLog } from '../../src/platform/log.js';
import type { CalendarRow } from '../../src/verifier/forecast/calendar.js';
import type { Forecast } from '../../src/verifier/forecast.js';
import type { Tenant } from '../../src/verifier/ports.js';

const NOW = new Date('2026-11-20T12:00:00Z');

const tenant = (name: string): Tenant => ({ name, issuer: `https://a.example/t/${name}`, realm: 'genuine' });

function failing(machine: string, days: number): CalendarRow {
  const standing = { status: 'affirming', tcbStatus: 'UpToDate', code: null } as const;
  return {
    at: new Date(NOW.getTime() + days * 24 * 3600 * 1000),
    cause: 'tcb-recovery',
    what: 'evaluation 19',
    presumes: null,
    tee: 'tdx',
    policy: 'standard@1',
    from: standing,
    to: { ...standing, status: 'contraindicated' },
    fails: true,
    audiences: [],
    workloads: ['llm'],
    platforms: [{ machine, identity: null, label: null }],
    remedy: null,
  };
}

const foreseen = (...rows: readonly CalendarRow[]): Forecast => ({
  now: NOW,
  until: NOW,
  platforms: rows.length,
  unjudged: 0,
  truncated: false,
  rows,
});

function logged() {
  const lines: string[] = [];
  return { lines, log: createLog({ write: (line) => void lines.push(line) }) };
}

describe('the watch', () => {
  test('knows nothing at first, then what fails in all tenants, none as none', async () => {
    const { log } = logged();
    const asked: [string, number][] = [];
    const watch = watchForecast({
      tenants: async () => [tenant('one'), tenant('two')],
      forecast: async ({ name }, days) => {
        asked.push([name, days]);
        return foreseen(failing('a', 3), ...(name === 'two' ? [failing('b', 20)] : []));
      },
      log,
    });
    expect(watch.latest()).toBeNull();
    await watch.first;
    expect(asked).toEqual([
      ['one', 90],
      ['two', 90],
    ]);
    expect(watch.latest()?.get('tdx')).toEqual({ '7d': 2, '30d': 3, '90d': 3, undated: 0 });
    expect(watch.latest()?.get('sev-snp')).toEqual({ '7d': 0, '30d': 0, '90d': 0, undated: 0 });
    await watch.stop();
  });

  test('says when it cannot look, and goes on knowing nothing', async () => {
    const { lines, log } = logged();
    const tenants = () => Promise.reject(new Error('the database is away'));
    const watch = watchForecast({ tenants, forecast: async () => foreseen(), log });
    await watch.first;
    expect(watch.latest()).toBeNull();
    expect(lines.join('\n')).toContain('housekeeping failed');
    await watch.stop();
  });

  test('stops between two tenants', async () => {
    const { log } = logged();
    const asked: string[] = [];
    const watch = watchForecast({
      tenants: async () => [tenant('one'), tenant('two')],
      forecast: async ({ name }) => {
        asked.push(name);
        void watch.stop();
        return foreseen();
      },
      log,
    });
    await watch.stop();
    expect(asked.length).toBeLessThanOrEqual(1);
    expect(watch.latest()).toBeNull();
  });

  test('is of genuine tenants, the built-in one first', async () => {
    const store = {
      list: async () => [
        { name: 'acme', realm: 'genuine' } as const,
        { name: 'default', realm: 'genuine' } as const,
        { name: 'simulated', realm: 'simulated' } as const,
      ],
    };
    const find = async (name: string) => (name === 'default' || name === 'simulated' ? null : tenant(name));
    const found = await genuineTenants(store, { standard: tenant('default'), find });
    expect(found.map(({ name }) => name)).toEqual(['default', 'acme']);
  });
});
