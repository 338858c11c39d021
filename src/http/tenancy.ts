/** Whose request it is: the path under the issuer names the tenant, never the Host header. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { refuseMissing } from '../rats/shared-refusals.js';
import type { TenantStore } from '../verifier/key-ports.js';
import type { Tenant } from '../verifier/ports.js';
import type { HttpParts, TenantDirectory } from './parts.js';
import { contextOf } from './request-context.js';

const OAUTH_METADATA = '/.well-known/oauth-authorization-server';

/** Creates or confirms the built-in tenants; others are looked up as they are asked for. */
export async function openTenants(
  { issuer, simulatedVendors }: { readonly issuer: string; readonly simulatedVendors: boolean },
  store: TenantStore,
  now: Date,
): Promise<TenantDirectory> {
  const standard: Tenant = { name: 'default', issuer, realm: 'genuine' };
  const simulated: Tenant = { name: 'simulated', issuer: `${issuer}/simulated`, realm: 'simulated' };
  await store.ensure(standard.name, standard.realm, now);
  if (simulatedVendors) await store.ensure(simulated.name, simulated.realm, now);
  return {
    standard,
    simulated: simulatedVendors ? simulated : null,
    async find(name) {
      // These have issuers of their own: under /t/ they would have two.
      if (name === standard.name || name === simulated.name) return null;
      const found = await store.get(name);
      return found === null ? null : { ...found, issuer: `${issuer}/t/${name}` };
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
  const named = /^\/t\/([a-z0-9][a-z0-9-]{0,39})(\/.*)$/.exec(under);
  if (named === null) return { tenant: tenants.standard, rest: under };
  const [, name = '', rest = ''] = named;
  return { tenant: (await tenants.find(name)) ?? notFound(), rest };
}

function notFound(): never {
  refuseMissing('There is no issuer at this path.');
}
