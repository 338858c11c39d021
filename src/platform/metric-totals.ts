/** One exposition from the metrics of several processes. */
import { AggregatorRegistry, type Registry } from 'prom-client';
import { type Exposition, type MetricSnapshot, snapshotOf } from './metrics.js';

/** What prom-client would leave out or add up, and must not be. */
const OTHERWISE: Readonly<Record<string, 'min'>> = {
  process_start_time_seconds: 'min',
  process_max_fds: 'min',
};

/** Counts add up; each gauge says itself how it is put together. */
export async function expositionOf(snapshots: readonly MetricSnapshot[]): Promise<Exposition> {
  const registry = aggregate(snapshots);
  return { text: await registry.metrics(), type: registry.contentType };
}

/** The counters and histograms of all of them, added up: what must not be forgotten when a process ends. */
export async function countsOf(snapshots: readonly MetricSnapshot[]): Promise<MetricSnapshot> {
  const merged = await snapshotOf(aggregate(snapshots));
  return merged.filter(({ type }) => type === 'counter' || type === 'histogram');
}

function aggregate(snapshots: readonly MetricSnapshot[]): Registry {
  return AggregatorRegistry.aggregate(
    snapshots.map((metrics) =>
      metrics.map((metric) => ({ ...metric, aggregator: OTHERWISE[metric.name] ?? metric.aggregator })),
    ),
  );
}
