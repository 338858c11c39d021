/** Everything that express serves is in the API description, and everything in the description is served. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import express, { type Express } from 'express';
import type { ApiDocument } from '../../src/http/openapi/document.js';
import { expressRoutes } from './express-routes.js';
import { ISSUER, SIMULATED_ISSUER, startTestService, type TestService } from './service.js';

let service: TestService;
let whole: ApiDocument;
beforeAll(async () => {
  service = await startTestService();
  whole = (await service.get('/openapi.json').expect(200)).body;
});
afterAll(() => service.close());

const operationsIn = (document: ApiDocument): readonly string[] =>
  Object.entries(document.paths)
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`))
    .sort();

describe('routes', () => {
  test('express serves what is described, and describes what it serves', () => {
    const served = expressRoutes(service.express);
    // `all` answers other methods with 405, which OpenAPI has no place for; HEAD comes with GET in express.
    expect(served.filter((route) => !route.startsWith('all '))).toEqual(operationsIn(whole));
    const guarded = served.filter((route) => route.startsWith('all ')).map((route) => route.slice(4));
    expect(guarded.sort()).toEqual(Object.keys(whole.paths).sort());
  });

  test('a route that nobody described would be seen', () => {
    const app: Express = express();
    const inner = express.Router();
    inner.get('/hidden/:door', () => {});
    app.use(inner);
    app.patch('/seen', () => {});
    expect(expressRoutes(app)).toEqual(['get /hidden/{door}', 'patch /seen']);
  });
});

describe('the description of an issuer', () => {
  test('names the issuer, and for one tenant leaves out what is there for the whole process', async () => {
    const tenant: ApiDocument = (await service.get('/simulated/openapi.json').expect(200)).body;
    expect(whole.servers.map(({ url }) => url)).toEqual([ISSUER]);
    expect(tenant.servers.map(({ url }) => url)).toEqual([SIMULATED_ISSUER]);
    const missing = operationsIn(whole).filter((name) => !operationsIn(tenant).includes(name));
    expect(missing).toEqual([
      ...['get /livez', 'get /metrics', 'get /readyz'],
      ...['get /v1/tenants', 'get /v1/tenants/{tenant}', 'post /v1/tenants'],
    ]);
    for (const name of missing.filter((one) => one.startsWith('get '))) {
      await service.get(`/simulated${name.slice(4)}`).expect(404);
    }
    await service.post('/simulated/v1/tenants', { name: 'acme' }, service.adminKey).expect(404);
  });

  test.each(['/openapi.json', '/docs', '/simulated/openapi.json', '/simulated/docs'])(
    '%s can be kept and asked for again',
    async (path) => {
      const first = await service.get(path).expect(200);
      expect(first.headers['cache-control']).toBe('public, max-age=300');
      const etag = first.headers.etag ?? '';
      const again = await service.get(path).set('If-None-Match', `"other", ${etag}`).expect(304);
      expect(again.headers.etag).toBe(etag);
      expect((await service.get(path).set('If-None-Match', '"other"').expect(200)).text).toBe(first.text);
      await service.get(`${path}?format=yaml`).expect(400);
    },
  );

  test('discovery, keys and problems of a tenant are described under its issuer', async () => {
    for (const path of ['openid-configuration', 'oauth-authorization-server', 'jwks.json']) {
      await service.get(`/simulated/.well-known/${path}`).expect(200);
      expect(operationsIn(whole)).toContain(`get /.well-known/${path}`);
    }
  });
});

describe('the page', () => {
  test('has every operation, schema and code, and nothing that runs', async () => {
    const { text, headers } = await service.get('/docs').expect(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    for (const methods of Object.values(whole.paths)) {
      for (const { operationId } of Object.values(methods)) expect(text).toContain(`id="${operationId}"`);
    }
    for (const name of Object.keys(whole.components.schemas)) expect(text).toContain(`id="schema-${name}"`);
    const fragments = [...text.matchAll(/href="#([^"]+)"/g)].map((match) => match[1]);
    const ids = [...text.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
    expect(fragments.filter((fragment) => !ids.includes(fragment))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(text).not.toMatch(/<script|javascript:|style="| on\w+="|https?:\/\/(?!localhost)/);
    const codes = new Set([...text.matchAll(/href="(problems\/[a-z_]+)"/g)].map((match) => match[1] ?? ''));
    expect(codes.size).toBeGreaterThan(100);
    for (const path of codes) await service.get(`/${path}`).expect(200);
  });
});
