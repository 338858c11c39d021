/** What finding a tenant costs: one look-up for each that is there, and one for every request that names nobody. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { openTenants } from '../../src/http/tenancy.js';
import type { TenantStore } from '../../src/verifier/key-ports.js';
import { SIMULATED_AT } from '../simulated-vendor.js';
import { ISSUER } from './issuers.js';

const made = new Set<string>();
const looked: string[] = [];

function open(simulatedVendors = true) {
  const store: Pick<TenantStore, 'ensure' | 'get'> = {
    ensure: async () => {},
    async get(name) {
      looked.push(name);
      return made.has(name) ? { name, realm: 'genuine' } : null;
    },
  };
  return openTenants({ issuer: ISSUER, simulatedVendors }, store as TenantStore, SIMULATED_AT);
}

beforeEach(() => {
  made.clear();
  looked.splice(0);
});

describe('a tenant', () => {
  test('is looked up once, and after that known', async () => {
    const tenants = await open();
    made.add('acme');
    const acme = { name: 'acme', realm: 'genuine', issuer: `${ISSUER}/t/acme` };
    for (let time = 0; time < 3; time += 1) expect(await tenants.find('acme')).toEqual(acme);
    expect(looked).toEqual(['acme']);
  });

  test('that nobody made yet is looked up each time, so that it is there as soon as somebody has', async () => {
    const tenants = await open();
    expect([await tenants.find('acme'), await tenants.find('acme')]).toEqual([null, null]);
    expect(looked).toEqual(['acme', 'acme']);
    made.add('acme');
    expect(await tenants.find('acme')).toMatchObject({ name: 'acme' });
  });

  test('that is built in is not found under /t/, and not looked for', async () => {
    const tenants = await open();
    for (const name of ['default', 'simulated']) expect(await tenants.find(name)).toBeNull();
    expect(looked).toEqual([]);
  });

  test('gives way, when there are very many, to those that are asked for', async () => {
    const tenants = await open();
    const names = Array.from({ length: 5000 }, (_, index) => `tenant-${index}`);
    for (const name of names) made.add(name);
    for (const name of names) await tenants.find(name);
    await tenants.find('tenant-4999');
    expect(looked).toHaveLength(5000);
    await tenants.find('tenant-0');
    expect(looked).toHaveLength(5001);
  });
});

test('issuers follow from names, where a tenant is switched off too', async () => {
  for (const switched of [true, false]) {
    const tenants = await open(switched);
    expect(tenants.simulated === null).toBe(!switched);
    expect(['default', 'simulated', 'acme'].map(tenants.issuerOf)).toEqual([
      ...[ISSUER, `${ISSUER}/simulated`, `${ISSUER}/t/acme`],
    ]);
  }
});
