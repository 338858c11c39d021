/**
 * Of every route: what somebody who knows all of a tenant’s names, ids, keys and tokens would send to it under another
 * tenant’s issuer. A route that is not in the table fails the test by its name.
 */
import type { JsonObject } from '../../../src/rats/result.js';
import { proofBy } from '../../token/possession.js';
import { evidenceOf, guestWith, referenceBody } from '../guest.js';
import type { TestService } from '../service.js';
import { type Belongings, measurementOf } from './belongings.js';
import { attestingBody } from './filling.js';

export interface Attempt {
  readonly path: string;
  readonly body?: JsonObject | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** What of the reply is the same for whatever never existed; left out: all of it. */
  readonly same?: 'status' | 'verdict';
}

export interface Trespass {
  readonly service: TestService;
  readonly theirs: Belongings;
  /** Whose issuer it is sent to, with an admin key of its own. */
  readonly at: Belongings;
}

export interface Tried {
  /** Leaves something behind where it succeeds, so it comes last. */
  readonly writes?: true;
  readonly of: (trespass: Trespass) => readonly Attempt[] | Promise<readonly Attempt[]>;
}

const plain = (path: string): Tried => ({ of: () => [{ path }] });
const named = (pathOf: (words: Belongings['words']) => string, body?: JsonObject): Tried => ({
  of: ({ theirs }) => [{ path: pathOf(theirs.words), ...(body === undefined ? {} : { body }) }],
});
const paged = (path: string, cursor: 'cursor' | 'decisionCursor' = 'cursor'): Tried => ({
  of: ({ theirs }) => [
    { path },
    { path: `${path}?limit=200` },
    { path: `${path}?cursor=${encodeURIComponent(theirs.words[cursor])}` },
  ],
});
const REPORT_DATA = Buffer.alloc(64, 7);
/** One machine, so that verdicts differ in nothing else than what was measured. */
const CHIP = Buffer.alloc(64, 0x4d);
const versionsOf = (words: Belongings['words']): string => `/v1/workloads/${words.workload}/reference-values`;
const policyVersionsOf = (words: Belongings['words']): string => `/v1/policies/${words.policy}/versions`;

/** Evidence of the others’ machine, to be judged by an operator. */
async function judging({ theirs, at }: Trespass, path: string, policy: boolean): Promise<readonly Attempt[]> {
  const guest = await guestWith(REPORT_DATA, { measurement: measurementOf(theirs), chipId: CHIP });
  const evidence = { evidence: evidenceOf(guest), report_data: REPORT_DATA.toString('hex') };
  const standard: JsonObject = policy ? { ...evidence, policy: 'standard' } : evidence;
  return [
    { path, body: standard, same: 'verdict' },
    { path, body: { ...standard, workload: theirs.words.workload } },
    { path, body: { ...evidence, policy: theirs.words.policy } },
    { path, body: { ...standard, workload: at.words.workload }, same: 'verdict' },
  ];
}

async function attesting({ service, theirs, at }: Trespass): Promise<readonly Attempt[]> {
  const path = '/v1/attest';
  const { challenge, audience, workload } = theirs.words;
  const own = { path: at.path, issuer: at.issuer, audience: at.words.audience, holder: theirs.holder };
  const fresh = (measurement: Uint8Array) => attestingBody(service, { ...own, measurement });
  const raw = `challenge=${encodeURIComponent(challenge)}&audience=${audience}`;
  return [
    { path, body: { ...(await fresh(measurementOf(theirs))), challenge, audience } },
    { path, body: { ...(await fresh(measurementOf(theirs))), challenge } },
    { path, body: { ...(await fresh(measurementOf(theirs))), audience } },
    { path, body: { ...(await fresh(measurementOf(at))), workload } },
    { path, body: await fresh(measurementOf(theirs)), same: 'status' },
    {
      path: `${path}?${raw}`,
      body: Buffer.from((await guestWith(REPORT_DATA)).evidence),
      headers: { 'Content-Type': 'application/octet-stream' },
    },
  ];
}

async function renewing({ service, theirs, at }: Trespass): Promise<readonly Attempt[]> {
  const path = '/v1/tokens/renew';
  const { token } = theirs.words;
  const proof = (url: string) =>
    proofBy(theirs.holder, { method: 'POST', url, at: service.clock.now(), token });
  const headers = async (url: string) => ({ Authorization: `DPoP ${token}`, DPoP: await proof(url) });
  return [
    { path, headers: await headers(`${at.issuer}${path}`) },
    { path, headers: await headers(`${theirs.issuer}${path}`) },
  ];
}

const ARCHIVE = { body: Buffer.alloc(1024), headers: { 'Content-Type': 'application/x-tar' } };

export const TRIED: Readonly<Record<string, Tried>> = {
  createChallenge: {
    of: ({ theirs }) => [{ path: '/v1/challenges', body: { audience: theirs.words.audience } }],
  },
  attest: { writes: true, of: attesting },
  appraise: { writes: true, of: (trespass) => judging(trespass, '/v1/appraise', false) },
  renewToken: { of: renewing },

  createWorkload: {
    writes: true,
    of: ({ theirs: { words } }) => [
      { path: '/v1/workloads', body: { name: words.workload }, same: 'status' },
      { path: '/v1/workloads', body: { name: `${words.workload}-2`, policy: words.policy } },
      {
        path: '/v1/workloads',
        body: { name: `${words.workload}-3` },
        headers: { 'Idempotency-Key': words.idempotencyKey },
        same: 'status',
      },
    ],
  },
  listWorkloads: paged('/v1/workloads'),
  getWorkload: {
    of: ({ theirs: { words }, at }) => [
      { path: `/v1/workloads/${words.workload}`, headers: { 'If-None-Match': words.etag } },
      { path: `/v1/workloads/${at.words.workload}`, headers: { 'If-None-Match': words.etag } },
    ],
  },
  changeWorkload: {
    of: ({ theirs: { words }, at }) => [
      { path: `/v1/workloads/${words.workload}`, body: { description: 'taken over' } },
      { path: `/v1/workloads/${at.words.workload}`, body: { policy: words.policy } },
      {
        path: `/v1/workloads/${at.words.workload}`,
        body: { description: 'taken over' },
        headers: { 'If-Match': words.etag },
      },
    ],
  },
  createReferenceVersion: {
    of: ({ theirs }) => [{ path: versionsOf(theirs.words), body: referenceBody(measurementOf(theirs)) }],
  },
  listReferenceVersions: named(versionsOf),
  getReferenceVersion: named((words) => `${versionsOf(words)}/1`),
  activateReferenceVersion: named((words) => `${versionsOf(words)}/1/activate`, {}),
  retireReferenceVersion: named((words) => `${versionsOf(words)}/1/retire`, {}),
  revokeReferenceVersion: named((words) => `${versionsOf(words)}/1/revoke`, { reason: 'taken over' }),

  simulatePolicy: { of: (trespass) => judging(trespass, '/v1/policies/simulate', true) },
  createPolicy: {
    writes: true,
    of: ({ theirs }) => [
      { path: '/v1/policies', body: { name: theirs.words.policy, document: {} }, same: 'status' },
    ],
  },
  listPolicies: paged('/v1/policies'),
  getPolicy: named((words) => `/v1/policies/${words.policy}`),
  createPolicyVersion: named(policyVersionsOf, { document: {} }),
  listPolicyVersions: named(policyVersionsOf),
  getPolicyVersion: named((words) => `${policyVersionsOf(words)}/1`),
  activatePolicyVersion: named((words) => `${policyVersionsOf(words)}/1/activate`, {}),

  createPlatform: {
    writes: true,
    of: ({ theirs: { words } }) => [
      {
        path: '/v1/platforms',
        body: { kind: 'snp-chip-id', value: words.chip, label: 'mine', owner: 'me' },
        same: 'status',
      },
    ],
  },
  listPlatforms: paged('/v1/platforms'),
  getPlatform: named((words) => `/v1/platforms/${words.platform}`),
  removePlatform: named((words) => `/v1/platforms/${words.platform}`),

  getTenant: {
    of: ({ theirs }) => [{ path: '/v1/tenant', headers: { 'If-None-Match': theirs.words.tenantEtag } }],
  },
  changeTenant: {
    of: ({ theirs }) => [
      {
        path: '/v1/tenant',
        body: { problem_detail: 'full' },
        headers: { 'If-Match': theirs.words.tenantEtag },
      },
    ],
  },
  createAudience: {
    writes: true,
    of: ({ theirs: { words } }) => [
      { path: '/v1/audiences', body: { name: words.audience, workloads: [words.workload] }, same: 'status' },
    ],
  },
  listAudiences: paged('/v1/audiences'),
  getAudienceAuthority: {
    of: ({ theirs: { words }, at }) => [
      { path: `/v1/audiences/${words.audience}/authority` },
      { path: `/v1/audiences/${words.keyedAudience}/authority` },
      { path: `/v1/audiences/${at.words.keyedAudience}/authority` },
    ],
  },
  createApiKey: {
    writes: true,
    of: ({ theirs: { words } }) => [
      { path: '/v1/api-keys', body: { name: words.apiKeyName, role: 'admin' }, same: 'status' },
    ],
  },
  listApiKeys: paged('/v1/api-keys'),
  listSigningKeys: paged('/v1/keys'),
  rotateSigningKeys: {
    writes: true,
    of: () => [
      { path: '/v1/keys/rotate', body: {} },
      { path: '/v1/keys/rotate', body: { emergency: true, reason: 'tried' } },
    ],
  },

  // Whoever runs the service sees that a tenant is there; nobody else has these routes.
  createTenant: {
    of: ({ theirs, at }) =>
      ['default', ...(at.path === '' ? [] : [theirs.words.tenant])].map((name) => ({
        path: '/v1/tenants',
        body: { name },
      })),
  },
  listTenants: paged('/v1/tenants'),
  getTenantRecord: {
    of: ({ theirs, at }) => [{ path: `/v1/tenants/${at.path === '' ? 'nobody' : theirs.words.tenant}` }],
  },

  listDecisions: paged('/v1/decisions', 'decisionCursor'),
  getDecision: {
    of: ({ theirs }) => [
      { path: `/v1/decisions/${theirs.words.decision}` },
      { path: `/v1/decisions/${theirs.words.decision}`, headers: { Accept: 'text/plain' } },
    ],
  },
  replayDecision: {
    of: async ({ theirs }) => {
      const guest = await guestWith(REPORT_DATA, { measurement: measurementOf(theirs) });
      return [
        { path: `/v1/decisions/${theirs.words.decision}/replay`, body: { evidence: evidenceOf(guest) } },
      ];
    },
  },

  listEndorsements: paged('/v1/endorsements'),
  importEndorsements: { of: () => [{ path: '/v1/endorsements/import', ...ARCHIVE }] },
  refreshEndorsements: named(() => '/v1/endorsements/refresh', {}),
  exportEndorsements: named(() => '/v1/endorsements/bundles', {}),
  bundleKeys: plain('/v1/endorsements/bundles/jwks'),
  getForecast: plain('/v1/endorsements/forecast'),
  forecastBulletins: named(() => '/v1/endorsements/forecast', { bulletins: {} }),

  openidConfiguration: plain('/.well-known/openid-configuration'),
  oauthAuthorizationServer: plain('/.well-known/oauth-authorization-server'),
  jwks: plain('/.well-known/jwks.json'),
  problemPage: plain('/problems/not_found'),
  livez: plain('/livez'),
  readyz: plain('/readyz'),
  metrics: plain('/metrics'),
  openapi: plain('/openapi.json'),
  docs: plain('/docs'),
};
