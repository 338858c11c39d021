import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Stores } from '../../src/verifier/ports.js';
import type { RefreshStore } from '../../src/verifier/refresh-ports.js';
import { vendorStub } from '../endorsements/vendor-stub.js';
import { attestBody, prepare, takeChallenge } from '../http/guest.js';
import { startTestService, type TestService } from '../http/service.js';

const file = (path: string) => readFile(new URL(`../../../deploy/${path}`, import.meta.url), 'utf8');

/** Labels that Prometheus adds, and the bound of a histogram's bucket. */
const ADDED = ['job', 'instance', 'le'];

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly targets?: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[];
}

/** Names with the labels of their series, and the values of `outcome`, from a scrape. */
function seriesOf(exposition: string): ReadonlyMap<string, ReadonlySet<string>> {
  const series = new Map<string, Set<string>>();
  for (const [, name = ''] of exposition.matchAll(/^# TYPE (\w+)/gmu)) series.set(name, new Set());
  for (const [, name = '', labels = ''] of exposition.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gmu)) {
    const known = series.get(name) ?? new Set();
    for (const [, label = ''] of labels.matchAll(/(\w+)="/gu)) known.add(label);
    series.set(name, known);
  }
  return series;
}

/** What an expression asks for: `name{label="…"}` and `by (label)`. */
function askedBy(expr: string): { names: string[]; labels: [string, string][]; grouped: string[] } {
  const selectors = [...expr.matchAll(/\b((?:assay|process|nodejs)_\w+)(?:\{([^}]*)\})?/gu)];
  return {
    names: selectors.map(([, name = '']) => name),
    labels: selectors.flatMap(([, name = '', inside = '']) =>
      [...inside.matchAll(/(\w+)\s*[=!]/gu)].map(([, label = '']): [string, string] => [name, label]),
    ),
    grouped: [...expr.matchAll(/\b(?:by|on)\s*\(([^)]*)\)/gu)].flatMap(([, list = '']) =>
      list
        .split(',')
        .map((label) => label.trim())
        .filter((label) => label !== ''),
    ),
  };
}

/** Metrics are of genuine documents. */
async function failToRenew(refreshes: RefreshStore, now: Date): Promise<void> {
  const name = { kind: 'snp-vcek-crl', subject: 'Milan' };
  await refreshes.note('genuine', [{ ...name, lastUsedAt: now }]);
  await refreshes.begin('genuine', name, { now, leaseUntil: now, unlessFetchedSince: now, forced: false });
  const ending = {
    result: 'unavailable',
    error: 'The vendor is away.',
    failures: 1,
    notBefore: now,
  } as const;
  await refreshes.settle('genuine', name, ending, now);
}

describe('what is watched is there', () => {
  let service: TestService;
  let series: ReadonlyMap<string, ReadonlySet<string>>;
  let alerts: string;
  let panels: readonly Panel[];

  beforeAll(async () => {
    alerts = await file('prometheus/alerts.yml');
    panels = JSON.parse(await file('grafana/assay.json')).panels;
    const opened: Stores[] = [];
    service = await startTestService(
      {},
      {
        vendors(stores) {
          opened.push(stores);
          return vendorStub(stores, { now: () => service.clock.now() });
        },
      },
    );
    for (const { refreshes } of opened) await failToRenew(refreshes, service.clock.now());
    await prepare(service);
    const body = await attestBody(service);
    await service.post('/simulated/v1/attest', body).expect(200);
    await service.post('/simulated/v1/attest', body).expect(409);
    await takeChallenge(service);
    // Each finished answer is counted a moment after it was sent.
    await service.get('/readyz').expect(200);
    series = seriesOf((await service.get('/metrics').expect(200)).text);
  });

  afterAll(() => service.close());

  const dashboardExpressions = () => panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  /** From each `expr:` to the next member. */
  const alertExpressions = () =>
    [...alerts.matchAll(/^ {8}expr: (?:\|\n)?([\s\S]*?)\n {8}\w+:/gmu)].map(([, expr = '']) => expr);

  test('every expression names series and labels of a real scrape', () => {
    const expressions = [...dashboardExpressions(), ...alertExpressions()];
    expect(alertExpressions()).toHaveLength((alerts.match(/- alert:/gu) ?? []).length);
    const everyLabel = new Set([...ADDED, ...[...series.values()].flatMap((labels) => [...labels])]);
    for (const expr of expressions) {
      const { names, labels, grouped } = askedBy(expr);
      for (const name of names) expect([...series.keys()]).toContain(name);
      for (const [name, label] of labels) expect([...ADDED, ...(series.get(name) ?? [])]).toContain(label);
      for (const label of grouped) expect([...everyLabel]).toContain(label);
    }
  });

  test('the dashboard shows every metric of Assay', () => {
    const shown = dashboardExpressions().flatMap((expr) => askedBy(expr).names);
    const own = [...series.keys()].filter((name) => /^assay_(?!.*_(bucket|sum|count)$)/u.test(name));
    expect(own.length).toBeGreaterThan(10);
    expect(
      own.filter((name) => !shown.some((other) => other.replace(/_(bucket|sum|count)$/u, '') === name)),
    ).toEqual([]);
  });

  test('panels have an identity and a source that can be chosen', () => {
    const ids = panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { type, title, targets = [] } of panels) {
      expect(title).not.toBe('');
      expect(targets.length > 0).toBe(type !== 'row');
      for (const { datasource } of targets) expect(datasource.uid).toMatch(/^\$\{datasource\}$/u);
    }
  });

  test('every alert says how urgent it is and what to do, and is tried both ways', async () => {
    const trials = await file('prometheus/alerts.test.yml');
    const parts = alerts.split(/^ {6}- alert: /mu).slice(1);
    expect(parts.length).toBeGreaterThan(15);
    for (const part of parts) {
      const name = /^\w+/u.exec(part)?.[0];
      expect(part).toMatch(/severity: (page|ticket) \}/u);
      expect(part).toMatch(/summary: \S/u);
      expect(part).toMatch(/runbook: \S/u);
      expect(trials).toContain(`- name: ${name} fires\n`);
      expect(trials).toContain(`- name: ${name} is quiet\n`);
    }
  });
});
