/** Whose request it is: the path under the issuer names the tenant, never the Host header. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Memory } from '../bytes/memory.js';
import { refuseMissing } from '../rats/shared-refusals.js';
import type { TenantStore } from '../verifier/key-ports.js';
import type { Tenant } from '../verifier/ports.js';
import type { HttpParts, TenantDirectory } from './parts.js';
import { contextOf } from './request-context.js';
import { TENANT_NAME } from './tenant-name.js';

const UNDER_TENANT = new RegExp(`^/t/(${TENANT_NAME})(/.*)$`);
/** Tenants that this process has found; the others are looked up again, each by its key. */
const REMEMBERED = { entries: 4096, bytes: 4096 };
const OAUTH_METADATA = '/.well-known/oauth-authorization-server';

/**
 * Creates or confirms the built-in tenants; others are looked up as they are asked for. One that is there stays as it is, so it
 * is looked up once. That there is none is remembered by nobody: another replica may make it at any moment.
 */
export async function openTenants(
  { issuer, simulatedVendors }: { readonly issuer: string; readonly simulatedVendors: boolean },
  store: TenantStore,
  now: Date,
): Promise<TenantDirectory> {
  const standard: Tenant = { name: 'default', issuer, realm: 'genuine' };
  const simulated: Tenant = { name: 'simulated', issuer: `${issuer}/simulated`, realm: 'simulated' };
  await store.ensure(standard.name, standard.realm, now);
  if (simulatedVendors) await store.ensure(simulated.name, simulated.realm, now);
  const issuerOf = (name: string): string =>
    [standard, simulated].find((builtIn) => builtIn.name === name)?.issuer ?? `${issuer}/t/${name}`;
  const known = new Memory<Tenant>(REMEMBERED);
  return {
    standard,
    simulated: simulatedVendors ? simulated : null,
    issuerOf,
    async find(name) {
      // These have issuers of their own: under /t/ they would have two.
      if (name === standard.name || name === simulated.name) return null;
      const before = known.recall(name);
      if (before !== null) return before;
      const found = await store.get(name);
      if (found === null) return null;
      const tenant = { ...found, issuer: issuerOf(name) };
      known.remember(name, tenant, 1);
      return tenant;
    },
  };
}

/** Finds the tenant and takes its prefix off the path, so that all tenants share one table of routes. */
export function resolveTenants({
  tenants,
}: HttpParts): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const base = new URL(tenants.standard.issuer).pathname.replace(/\/$/, '');
  return async (request, response) => {
    const [path = '', query] = (request.url ?? '').split('?');
    const { tenant, rest } = await locate(issuerFirst(path), base, tenants);
    contextOf(response).tenant = tenant;
    request.url = query === undefined ? rest : `${rest}?${query}`;
  };
}

/** RFC 8414, section 3.1, puts the well-known part before the issuer's path; everything else comes after it. */
function issuerFirst(path: string): string {
  return path.startsWith(OAUTH_METADATA) ? `${path.slice(OAUTH_METADATA.length)}${OAUTH_METADATA}` : path;
}

async function locate(
  path: string,
  base: string,
  tenants: TenantDirectory,
): Promise<{ readonly tenant: Tenant; readonly rest: string }> {
  if (!path.startsWith(`${base}/`)) return notFound();
  const under = path.slice(base.length);
  const simulated = /^\/simulated(\/.*)$/.exec(under)?.[1];
  if (simulated !== undefined) return { tenant: tenants.simulated ?? notFound(), rest: simulated };
  const named = UNDER_TENANT.exec(under);
  if (named === null) return { tenant: tenants.standard, rest: under };
  const [, name = '', rest = ''] = named;
  return { tenant: (await tenants.find(name)) ?? notFound(), rest };
}

function notFound(): never {
  refuseMissing('There is no issuer at this path.');
}
