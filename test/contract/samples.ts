/** Values that the storage suite stores; each call makes new ones that differ from all others. */
import { createHash, randomBytes } from 'node:crypto';
import type { EndorsementDocument } from '../../src/rats/endorsement.js';
import type { PlatformIdentity } from '../../src/rats/platform.js';
import type { JsonObject } from '../../src/rats/result.js';
import type { StoredAuthority } from '../../src/verifier/authority-ports.js';
import type { Decision, DecisionCommit } from '../../src/verifier/decision-ports.js';
import type { StoredSigningKey } from '../../src/verifier/key-ports.js';
import type { NewPolicyVersion, Platform, PolicyDocument } from '../../src/verifier/policy-ports.js';
import type { Stores } from '../../src/verifier/ports.js';
import type { NewReferenceVersion, Workload } from '../../src/verifier/reference-ports.js';
import type { RenewalCommit } from '../../src/verifier/renewal-ports.js';
import type { Sighting } from '../../src/verifier/sighting-ports.js';

export const NOW = new Date('2026-11-20T12:00:00.000Z');

export function minutesLater(minutes: number): Date {
  return new Date(NOW.getTime() + minutes * 60_000);
}

export function randomHex(length: number): string {
  return randomBytes(length).toString('hex');
}

/** The active token key of each tenant; nothing opens it. */
const KID = 'a-key';

/** A new tenant with an epoch of zero and a key that its tokens name. */
export async function makeTenant(stores: Stores): Promise<string> {
  const name = await makeKeylessTenant(stores);
  await stores.signingKeys.ensure(name, 'token', ['ES256'], async () => sampleKey(name));
  return name;
}

export function sampleKey(tenant: string, changes: Partial<StoredSigningKey> = {}): StoredSigningKey {
  return {
    tenant,
    purpose: 'token',
    kid: KID,
    alg: 'ES256',
    state: 'active',
    publicJwk: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' },
    wrapped: new Uint8Array(48),
    publishedAt: NOW,
    activeFrom: NOW,
    retiredAt: null,
    removedAt: null,
    reason: null,
    ...changes,
  };
}

/** A new tenant with an epoch of zero. */
export async function makeKeylessTenant(stores: Stores): Promise<string> {
  const name = `tenant-${randomHex(6)}`;
  await stores.tenants.ensure(name, 'genuine', NOW);
  return name;
}

export function sampleWorkload(name: string, changes: Partial<Workload> = {}): Workload {
  return { name, description: null, policy: null, createdAt: NOW, ...changes };
}

/** A version of the policy that keeps its number in its document. */
export function samplePolicy(
  name: string,
  changes: { readonly activate?: boolean; readonly document?: JsonObject } = {},
): NewPolicyVersion {
  const { activate = false, document = {} } = changes;
  return { activate, compose: (version) => samplePolicyDocument(name, version, document) };
}

export function samplePolicyDocument(
  name: string,
  version: number,
  document: JsonObject = {},
): PolicyDocument {
  const digest = createHash('sha256').update(`${name} ${version}`).digest('hex');
  return { name, version, document: { zulu: version, alpha: 'é', ...document }, digest };
}

export function samplePlatform(identity: PlatformIdentity, changes: Partial<Platform> = {}): Platform {
  return {
    id: `plt_${randomBytes(16).toString('base64url')}`,
    ...identity,
    label: 'rack 7, slot 3',
    owner: 'infrastructure',
    createdAt: NOW,
    ...changes,
  };
}

export function sampleSighting(changes: Partial<Sighting> = {}): Sighting {
  return {
    workload: 'llm-serving',
    policy: null,
    machine: randomHex(32),
    tee: 'sev-snp',
    facts: { tee: 'sev-snp', claims: { product: 'Milan' } },
    fields: {},
    seenAt: NOW,
    ...changes,
  };
}

export function sampleAuthority(tenant: string, audience: string): StoredAuthority {
  return {
    tenant,
    audience,
    purpose: 'audience-authority',
    kid: randomHex(16),
    certificate: new Uint8Array(randomBytes(64)),
    notBefore: NOW,
    notAfter: minutesLater(60 * 24 * 365),
    wrapped: new Uint8Array(randomBytes(64)),
  };
}

export function sampleDecision(tenant: string, changes: Partial<Decision> = {}): Decision {
  return {
    id: `dec_${randomBytes(16).toString('base64url')}`,
    tenant,
    act: 'attest',
    recordedAt: NOW,
    at: minutesLater(-1),
    audience: 'vault-prod',
    workload: 'llm-serving',
    referenceVersion: 3,
    status: 'affirming',
    vector: { hardware: 2, executables: 3, configuration: 2, 'runtime-opaque': 2 },
    code: null,
    tee: 'sev-snp',
    generation: 'genoa',
    envelope: 'raw',
    binding: 'verified',
    simulated: false,
    debug: false,
    measurement: randomHex(48),
    evidenceDigest: randomHex(32),
    policy: 'standard@1',
    policyDigest: randomHex(32),
    tcb: {
      status: 'UpToDate',
      source: 'assay-amd-bulletins@2026-11',
      date: '2026-06-10',
      advisories: ['AMD-SB-3027'],
      platform: null,
      module: null,
      qe: null,
    },
    crypto: 'node openssl/3.0.19',
    claims: { zebra: 'first', version: 5, nested: { list: [1, 'two', null, false], text: 'é ∑ 🂡 \\u0000' } },
    checks: [
      {
        id: 'report_data_mismatch',
        outcome: 'pass',
        expected: 'aa',
        observed: 'aa',
        source: 'RFC 9334, 10',
        remedy: null,
      },
    ],
    endorsements: [
      {
        kind: 'snp-vek',
        sha256: randomHex(32),
        not_before: '2026-01-01T00:00:00Z',
        not_after: '2033-01-01T00:00:00Z',
      },
    ],
    ...changes,
  };
}

/** An entry that spends a challenge and issues a token. */
export function sampleCommit(tenant: string, changes: Partial<DecisionCommit> = {}): DecisionCommit {
  return {
    decision: sampleDecision(tenant),
    spend: { nonceDigest: new Uint8Array(randomBytes(32)), expiresAt: minutesLater(5) },
    token: { jti: randomHex(16), kid: KID, expiresAt: minutesLater(5) },
    epoch: null,
    endorsements: null,
    ...changes,
  };
}

export function sampleReference(
  match: Readonly<Record<string, string | readonly string[]>>,
  changes: Partial<NewReferenceVersion> = {},
): NewReferenceVersion {
  const fields = Object.entries(match).map(([name, values]) => [name, [values].flat()] as const);
  return {
    tee: 'sev-snp',
    covers: 'boot',
    match: Object.fromEntries(fields),
    notBefore: null,
    notAfter: null,
    provenance: { zulu: 'build 7', commit: 'abc' },
    labels: { region: 'eu' },
    activate: true,
    ...changes,
  };
}

export interface DocumentChanges {
  readonly kind?: string;
  readonly subject?: string;
  readonly issuedAt?: Date;
  readonly sequence?: bigint | null;
}

export function sampleDocument(changes: DocumentChanges = {}): EndorsementDocument {
  const bytes = new Uint8Array(randomBytes(64));
  return {
    kind: 'snp-vcek-crl',
    subject: `Milan-${randomHex(6)}`,
    bytes,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    issuedAt: NOW,
    expiresAt: minutesLater(60 * 24 * 30),
    sequence: 1n,
    ...changes,
  };
}

/** What a decision may be renewed by for ten minutes. */
export function sampleTerms(
  changes: Partial<NonNullable<DecisionCommit['renewal']>> = {},
): NonNullable<DecisionCommit['renewal']> {
  return {
    ...{ until: minutesLater(10), inGrace: false, build: 'assay 1.0.0' },
    ...{ keyThumbprint: 'thumb', encryptionKey: null, ...changes },
  };
}

/** A renewal of a token that nobody has. */
export function sampleRenewal(tenant: string, changes: Partial<RenewalCommit> = {}): RenewalCommit {
  return {
    tenant,
    realm: 'genuine',
    decision: 'dec_unknown',
    audience: { name: 'vault-prod', createdAt: NOW },
    renews: randomHex(16),
    proof: { digest: new Uint8Array(randomBytes(32)), expiresAt: minutesLater(1) },
    token: { jti: randomHex(16), kid: 'a-key', expiresAt: minutesLater(5) },
    ...changes,
  };
}
