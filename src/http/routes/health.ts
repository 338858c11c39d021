/** For probes and scrapers: the whole process, not one tenant. */
import { json, type Route } from '../route.js';
import { LiveReply, ReadyReply } from '../schemas/discovery.js';

const shared = {
  tag: 'Operation',
  method: 'get',
  access: 'anybody',
  wholeService: true,
  probe: true,
} as const;

const livez: Route = {
  ...shared,
  id: 'livez',
  path: '/livez',
  summary: 'The process answers',
  replies: { 200: { description: 'It does', schema: LiveReply } },
  refuses: [],
  handle: async () => json(200, { status: 'live' }),
};

const readyz: Route = {
  ...shared,
  id: 'readyz',
  path: '/readyz',
  summary: 'Database, signing key and clock; endorsements that expire are reported, not failed',
  replies: {
    200: { description: 'Ready', schema: ReadyReply },
    503: { description: 'Not ready; the checks say why', schema: ReadyReply },
  },
  refuses: [],
  async handle({ readiness }) {
    const { ready, checks, endorsements } = await readiness();
    return json(ready ? 200 : 503, {
      status: ready ? 'ready' : 'not_ready',
      checks: { ...checks },
      endorsements,
    });
  },
};

const metrics: Route = {
  ...shared,
  id: 'metrics',
  path: '/metrics',
  summary: 'Prometheus metrics',
  replies: { 200: { description: 'Exposition format', schema: null, text: ['text/plain'] } },
  refuses: [],
  async handle(parts) {
    return { status: 200, content: await parts.metrics.expose() };
  },
};

export const HEALTH_ROUTES: readonly Route[] = [livez, readyz, metrics];
