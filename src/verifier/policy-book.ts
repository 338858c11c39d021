/**
 * The policies of a tenant: its own versions, and those that ship with the program. Lets in none that is not good,
 * and says which one applies.
 */
import { parsePolicy } from '../appraisal/policy-schema.js';
import { Memory } from '../bytes/memory.js';
import type { Outcome } from '../rats/outcome.js';
import type { AppraisalPolicy } from '../rats/policy.js';
import type { JsonObject } from '../rats/result.js';
import {
  refuseMissing,
  refusePolicy,
  refusePolicyName,
  refuseState,
  unknownPolicy,
} from '../rats/shared-refusals.js';
import {
  composePolicy,
  numberedPolicy,
  reparsedPolicy,
  shippedSummary,
  shippedVersion,
} from './policy-documents.js';
import type {
  ListedPolicyVersion,
  PolicyAnswer,
  PolicyQuestion,
  PolicyStore,
  PolicySummary,
  PolicyVersion,
} from './policy-ports.js';
import type { Page, PageRequest } from './ports.js';

/** Applies where nobody chose another. */
export const DEFAULT_POLICY = 'standard';

/** Shipped names that a service in production does not offer, and why. */
export const WITHHELD_IN_PRODUCTION: ReadonlyMap<string, string> = new Map([
  [
    'lab',
    'The policy "lab" takes platforms that no key may be trusted to, and this service runs in production (NODE_ENV): choose `standard` or `strict`, or write a policy that says what you need.',
  ],
]);

export interface PolicyRemark {
  readonly path: string;
  readonly reason: string;
}

export interface PolicyFinding extends PolicyRemark {
  readonly severity: 'error' | 'warning';
}

export interface PolicyBookParts {
  readonly store: PolicyStore;
  readonly shipped: readonly AppraisalPolicy[];
  /** Shipped names that may not be used here, and why. */
  readonly withheld: ReadonlyMap<string, string>;
  /** By what the tenant's evidence is judged by at the instant. */
  readonly lint: (policy: AppraisalPolicy, tenant: string, now: Date) => Promise<readonly PolicyFinding[]>;
}

export interface NewPolicy {
  readonly document: JsonObject;
  readonly activate: boolean;
}

/** A version that was let in, and what is to be said of it all the same. */
export interface AddedPolicy {
  readonly version: PolicyVersion;
  readonly warnings: readonly PolicyRemark[];
}

/** Which policy applies, or why none does; as of the epoch, which whoever acts on it must find standing. */
export interface PolicyFound {
  readonly epoch: bigint;
  readonly outcome: Outcome<AppraisalPolicy>;
}

export interface PolicyBook {
  /** Refuses `state_conflict` when there is a policy of this name, `policy_invalid` when the document is not good. */
  create(tenant: string, name: string, added: NewPolicy, now: Date): Promise<AddedPolicy>;
  /** Refuses `policy_unknown` for a name that there is not, `policy_invalid` when the document is not good. */
  addVersion(tenant: string, name: string, added: NewPolicy, now: Date): Promise<AddedPolicy>;
  /** Refuses `not_found`, and `state_conflict` when it is in force already. */
  activate(tenant: string, name: string, version: number, now: Date): Promise<PolicyVersion>;
  list(tenant: string, page: PageRequest): Promise<Page<PolicySummary>>;
  get(tenant: string, name: string): Promise<PolicySummary | null>;
  /** Newest first. Refuses `policy_unknown`. */
  listVersions(tenant: string, name: string, page: PageRequest): Promise<Page<ListedPolicyVersion>>;
  getVersion(tenant: string, name: string, version: number): Promise<PolicyVersion | null>;
  isShipped(name: string): boolean;
  /** A document as evidence would be judged by it, without being kept. Refuses `policy_invalid`. */
  draft(document: JsonObject): AppraisalPolicy;
  find(tenant: string, question: PolicyQuestion): Promise<PolicyFound>;
}

/** Parsed policies, by digest: some thousand tenants with one of their own each, a few of them full of rules. */
const PARSED = { entries: 1_024, bytes: 32 * 1024 * 1024 };

export function createPolicyBook({ store, shipped, withheld, lint }: PolicyBookParts): PolicyBook {
  const parsed = new Memory<AppraisalPolicy>(PARSED);
  const available = shipped.filter(({ name }) => !withheld.has(name));
  const shippedAs = (name: string): AppraisalPolicy | null =>
    available.find((policy) => policy.name === name) ?? null;

  function requireAvailable(name: string): void {
    const why = withheld.get(name);
    if (why !== undefined) refusePolicyName(why);
  }

  /** What the lint says of a document that may come in. Refuses `policy_invalid` for its errors. */
  async function examine(
    tenant: string,
    name: string,
    document: JsonObject,
    now: Date,
  ): Promise<readonly PolicyRemark[]> {
    const { version: _numberedByTheStore, ...rest } = document;
    const findings = await lint(numberedPolicy(name, 1, rest), tenant, now);
    const errors = findings.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) {
      const words = errors.map(({ path, reason }) => `${path}: ${reason}`).join('; ');
      refusePolicy(words);
    }
    return findings.map(({ path, reason }) => ({ path, reason }));
  }

  /** The tenant's own version, parsed once. */
  async function read(
    tenant: string,
    name: string,
    { version, digest }: NonNullable<PolicyAnswer['own']>,
  ): Promise<AppraisalPolicy> {
    const known = parsed.recall(digest);
    if (known !== null) return known;
    const kept = await store.getVersion(tenant, name, version);
    if (kept === null) throw new Error(`version ${version} of the policy ${name} is gone`);
    const policy = reparsedPolicy(kept);
    parsed.remember(digest, policy, sizeOf(policy));
    return policy;
  }

  async function summaryOf(tenant: string, name: string): Promise<PolicySummary | null> {
    if (withheld.has(name)) return null;
    const own = await store.get(tenant, name);
    const ours = shippedAs(name);
    if (ours === null) return own;
    return own === null ? shippedSummary(ours) : { ...own, active: own.active ?? ours.version };
  }

  return {
    async create(tenant, name, { document, activate }, now) {
      requireAvailable(name);
      if (shippedAs(name) !== null) {
        const detail = `"${name}" ships with the service: add a version to it, or choose another name.`;
        refuseState(detail);
      }
      const warnings = await examine(tenant, name, document, now);
      const added = { compose: composePolicy(name, document), activate };
      const version = await store.create(tenant, name, added, now);
      return version === null
        ? refuseState('There is a policy of this name already.')
        : { version, warnings };
    },

    async addVersion(tenant, name, { document, activate }, now) {
      requireAvailable(name);
      const warnings = await examine(tenant, name, document, now);
      const first = (shippedAs(name)?.version ?? 0) + 1;
      const added = { compose: composePolicy(name, document), activate, first };
      const version = await store.addVersion(tenant, name, added, now);
      return version === null ? refusePolicyName('This tenant has no such policy.') : { version, warnings };
    },

    async activate(tenant, name, version, now) {
      requireAvailable(name);
      const moved = await store.activate(tenant, name, version, now);
      if (moved !== null && moved !== 'active') return moved;
      // A shipped version is in force wherever none of the tenant's own is.
      const ours = shippedAs(name);
      if (moved === null && ours?.version === version && (await store.retire(tenant, name, now))) {
        return shippedVersion(ours, true);
      }
      if (moved === 'active' || ours?.version === version) {
        refuseState('This version is in force already.');
      }
      return refuseMissing('There is no such version of this policy.');
    },

    list: (tenant, page) => store.list(tenant, page, available.map(shippedSummary)),

    get: summaryOf,

    async listVersions(tenant, name, page) {
      const summary = await summaryOf(tenant, name);
      if (summary === null) return refusePolicyName('This tenant has no such policy.');
      const ours = shippedAs(name);
      const also = ours === null ? [] : [shippedVersion(ours, summary.active === ours.version)];
      return store.listVersions(tenant, name, page, also);
    },

    async getVersion(tenant, name, version) {
      if (withheld.has(name)) return null;
      const own = await store.getVersion(tenant, name, version);
      const ours = shippedAs(name);
      if (own !== null || ours?.version !== version) return own;
      return shippedVersion(ours, (await summaryOf(tenant, name))?.active === version);
    },

    isShipped: (name) => shippedAs(name) !== null,

    draft: (document) => parsePolicy({ name: 'draft', ...document }),

    async find(tenant, question) {
      const { epoch, name, own } = await store.find(tenant, question);
      const why = withheld.get(name);
      if (why !== undefined) return { epoch, outcome: unknown(why) };
      if (own !== null) return { epoch, outcome: { ok: true, value: await read(tenant, name, own) } };
      const ours = shippedAs(name);
      const version = 'version' in question ? question.version : null;
      if (ours !== null && (version === null || version === ours.version)) {
        return { epoch, outcome: { ok: true, value: ours } };
      }
      const what = version === null ? 'policy with a version in force' : `version ${version} of a policy`;
      return { epoch, outcome: unknown(`This tenant has no ${what} under the name "${name}".`) };
    },
  };
}

/** Bytes that a compiled rule takes for each character of its expression, roughly: a tree, and a plan beside it. */
const COMPILED = 192;

function sizeOf(policy: AppraisalPolicy): number {
  const expressions = policy.rules.reduce((sum, { expression }) => sum + expression.length, 0);
  return JSON.stringify(policy).length + expressions * COMPILED;
}

function unknown(detail: string): Outcome<never> {
  return { ok: false, refusal: unknownPolicy(detail) };
}
