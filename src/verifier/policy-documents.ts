/** Policy documents on their way into the store and out of it: numbered there, and without name and number kept. */
import { parsePolicy } from '../appraisal/policy-schema.js';
import type { AppraisalPolicy } from '../rats/policy.js';
import { RefusalError } from '../rats/refusal.js';
import type { JsonObject } from '../rats/result.js';
import { refusePolicy } from '../rats/shared-refusals.js';
import type { ComposeVersion, PolicyDocument, PolicySummary, PolicyVersion } from './policy-ports.js';

/**
 * The policy that a document makes under a name and number. The document may repeat both, as a file that is kept
 * elsewhere does. Refuses `policy_invalid`, also where they are others.
 */
export function numberedPolicy(name: string, version: number, document: JsonObject): AppraisalPolicy {
  if (document.name !== undefined && document.name !== name) {
    refusePolicy(`name: this is the policy "${name}"`);
  }
  if (document.version !== undefined && document.version !== version) {
    const detail = `version: this becomes version ${version}; leave it out, or say so`;
    refusePolicy(detail);
  }
  return parsePolicy({ ...document, name, version });
}

export function composePolicy(name: string, document: JsonObject): ComposeVersion {
  return (version) => keptPolicy(numberedPolicy(name, version, document));
}

/** With every default written out. */
export function keptPolicy(policy: AppraisalPolicy): PolicyDocument {
  const { name, version, digest, ...rest } = policy;
  const document: JsonObject = JSON.parse(JSON.stringify(rest));
  return { name, version, document, digest };
}

/** What was kept is good; when it is not any more, that is a fault of this build. Its digest stays. */
export function reparsedPolicy({ name, version, document, digest }: PolicyDocument): AppraisalPolicy {
  try {
    return { ...parsePolicy({ ...document, name, version }), digest };
  } catch (error) {
    if (!(error instanceof RefusalError)) throw error;
    throw new Error(`this build cannot read version ${version} of the policy ${name}: ${error.message}`);
  }
}

export function shippedVersion(policy: AppraisalPolicy, inForce: boolean): PolicyVersion {
  return { ...keptPolicy(policy), state: inForce ? 'active' : 'retired', createdAt: null };
}

export function shippedSummary({ name, version }: AppraisalPolicy): PolicySummary {
  return { name, active: version, latest: version, createdAt: null };
}
