/** Names of tenants: a part of paths, of issuers and of subjects of tokens. */

/** With the longest name of a workload, `sub` then has 120 of the 127 bytes that every broker takes. */
export const TENANT_NAME = '[a-z0-9][a-z0-9-]{0,39}';

/**
 * Nobody's: tenants that are built in, the first steps of paths under an issuer, which a reader would take for one another,
 * and words that in a list of tenants, a policy or a log stand for something else than one tenant.
 */
export const RESERVED_TENANTS: readonly string[] = [
  ...['default', 'simulated'],
  ...['docs', 'livez', 'metrics', 'openapi', 'problems', 'readyz', 't', 'v1', 'well-known'],
  ...['admin', 'all', 'any', 'assay', 'none', 'null', 'root', 'self', 'system', 'tenant', 'tenants'],
];
