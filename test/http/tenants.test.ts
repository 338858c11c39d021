/** A tenant that is not built in has an issuer, keys and rows of its own; a database knows whose it is. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeApiKey } from '../../src/identity/api-key.js';
import { systemEntropy } from '../../src/platform/entropy.js';
import { openStores, StorageRefused } from '../../src/storage/index.js';
import { SIMULATED_AT } from '../simulated-vendor.js';
import { ISSUER, startTestService, type TestService } from './service.js';

let dir = '';
let url = '';
let service: TestService;
const acme = makeApiKey({ name: 'acme admin', role: 'admin', now: SIMULATED_AT }, systemEntropy);
const KEK = 'cd'.repeat(32);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'assay-tenants-'));
  url = `pglite:${join(dir, 'db')}`;
  const stores = await openStores(url);
  await stores.tenants.ensure('acme', 'genuine', SIMULATED_AT);
  await stores.apiKeys.create('acme', acme.record, acme.digest);
  await stores.close();
  service = await startTestService({ ASSAY_DATABASE_URL: url, ASSAY_KEK: KEK });
});
afterAll(async () => {
  await service.close();
  await rm(dir, { recursive: true, force: true });
});

describe('a tenant under /t/', () => {
  test('has an issuer of its own, in both forms of discovery', async () => {
    const issuer = `${ISSUER}/t/acme`;
    const openid = await service.get('/t/acme/.well-known/openid-configuration').expect(200);
    expect(openid.body).toMatchObject({ issuer, jwks_uri: `${issuer}/.well-known/jwks.json` });
    const inserted = await service.get('/.well-known/oauth-authorization-server/t/acme').expect(200);
    expect(inserted.body).toMatchObject({ issuer });
    const [own, standard] = await Promise.all(
      ['/t/acme', ''].map((path) => service.get(`${path}/.well-known/jwks.json`).expect(200)),
    );
    expect(own?.body.keys[0].kid).not.toBe(standard?.body.keys[0].kid);
  });

  test('sees its own rows only, with its own keys only', async () => {
    await service.post('/t/acme/v1/workloads', { name: 'secret-project' }, acme.text).expect(201);
    await service.post('/t/acme/v1/audiences', { name: 'broker', workloads: '*' }, acme.text).expect(201);
    await service.get('/v1/workloads/secret-project', service.adminKey).expect(404);
    await service.get('/t/acme/v1/workloads/secret-project', service.adminKey).expect(401);
    await service.get('/v1/workloads', acme.text).expect(401);
    await service.post('/v1/challenges', { audience: 'broker' }).expect(404);
    const sealed = await service.post('/t/acme/v1/challenges', { audience: 'broker' }).expect(201);
    expect(sealed.body.issuer).toBe(`${ISSUER}/t/acme`);
  });

  test('names itself in its problems, and imports nothing that others would use', async () => {
    const reply = await service
      .post('/t/acme/v1/endorsements/import', undefined, acme.text)
      .set('Content-Type', 'application/x-tar')
      .send(Buffer.alloc(1024));
    expect(reply.body).toMatchObject({
      code: 'role_missing',
      type: `${ISSUER}/t/acme/problems/role_missing`,
    });
    await service.get('/t/acme/problems/role_missing').expect(200);
  });
});

describe('a database', () => {
  test('is refused in words under another key-encryption key or another issuer', async () => {
    await service.close();
    const attempt = (env: Record<string, string>) =>
      startTestService({ ASSAY_DATABASE_URL: url, ASSAY_KEK: KEK, ...env });
    const otherKek = attempt({ ASSAY_KEK: 'ef'.repeat(32) });
    await expect(otherKek).rejects.toThrow(StorageRefused);
    await expect(otherKek).rejects.toThrow(/key-encryption key/);
    const otherIssuer = attempt({ ASSAY_ISSUER: 'http://localhost:9090' });
    await expect(otherIssuer).rejects.toThrow(/belongs to the issuer http:\/\/localhost:8080/);
    service = await attempt({});
    await service.get('/t/acme/v1/workloads/secret-project', acme.text).expect(200);
  });
});
