/** One third-party library, one home, as data. A package that is not listed here may not be imported at all. */
export interface Home {
  /** Package name; the rule’s id is `home-` and this name with `@` and `/` made into hyphens. */
  readonly package: string;
  readonly places: readonly string[];
  readonly reason: string;
}

const X509_HOME = ['pki/', 'simulator/'];
const X509_REASON = 'Certificates are read in pki/ and minted in the simulator; nobody else sees ASN.1.';
/** Certificates of our own are made by the library, in one file. */
const MINTING_HOME = [...X509_HOME, 'token/authority-certificate'];
const HTTP_REASON = 'The web framework stays behind the routes, so that the use cases do not know of HTTP.';
const SCHEMA_REASON = 'Schemas belong where untyped input enters: requests, policies, environment.';
const STORAGE_REASON = 'One place speaks SQL, so that tenancy and roles are set in one place.';

export const HOMES: readonly Home[] = [
  { package: '@peculiar/x509', places: MINTING_HOME, reason: X509_REASON },
  { package: 'reflect-metadata', places: MINTING_HOME, reason: X509_REASON },
  { package: 'pkijs', places: X509_HOME, reason: X509_REASON },
  { package: 'asn1js', places: X509_HOME, reason: X509_REASON },
  {
    package: 'jose',
    places: ['token/', 'identity/', 'client/', 'agent/held-token', 'agent/proof'],
    reason: 'Keys and signatures of tokens are handled in few places.',
  },
  { package: 'pg', places: ['storage/'], reason: STORAGE_REASON },
  { package: '@electric-sql/pglite', places: ['storage/'], reason: STORAGE_REASON },
  { package: 'node-pg-migrate', places: ['storage/'], reason: STORAGE_REASON },
  { package: 'pg-boss', places: ['storage/'], reason: STORAGE_REASON },
  { package: 'express', places: ['http/'], reason: HTTP_REASON },
  { package: 'helmet', places: ['http/'], reason: HTTP_REASON },
  { package: 'rate-limiter-flexible', places: ['http/'], reason: HTTP_REASON },
  {
    package: 'zod',
    places: [
      'http/',
      'appraisal/policy-schema',
      'appraisal/policy/',
      'appraisal/reference-events',
      'appraisal/reference-schema',
      'config',
    ],
    reason: SCHEMA_REASON,
  },
  { package: '@asteasolutions/zod-to-openapi', places: ['http/'], reason: SCHEMA_REASON },
  {
    package: 'tar-stream',
    places: ['endorsements/archive', 'cli/'],
    reason: 'Archives exist only on the wire: what packs them and what unpacks them is one file each.',
  },
  {
    package: 'undici',
    places: ['endorsements/transport'],
    reason: 'One file calls out, with one set of limits, and nothing else can.',
  },
  { package: 'commander', places: ['cli/'], reason: 'Arguments end where the command line ends.' },
  { package: 'picocolors', places: ['cli/'], reason: 'Colour is for a terminal.' },
  { package: 'pino', places: ['platform/'], reason: 'One logger, with one list of what it must not print.' },
  { package: 'prom-client', places: ['platform/'], reason: 'Metric names and labels are kept in one place.' },
  {
    package: '@bufbuild/cel',
    places: ['appraisal/rules/expression'],
    reason: 'Expressions become trees and functions in one file; types, limits and verdicts are ours.',
  },
  {
    package: 'canonicalize',
    places: ['rats/binding'],
    reason: 'Canonical JSON exists for digests that two sides compute, and those are the binding’s.',
  },
];

/** Name of the rule that a home is. */
export function homeRule(packageName: string): string {
  return `home-${packageName.replace(/^@/u, '').replaceAll('/', '-')}`;
}

/** `@scope/name/deep/path` → `@scope/name`; `node:fs/promises` → `node:fs`. */
export function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}
