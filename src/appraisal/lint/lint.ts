/** Everything odd about a policy that is valid: what contradicts itself, asks nothing, or is behind the vendors. */
import type { AppraisalPolicy } from '../../rats/policy.js';
import type { VendorFacts } from '../../rats/vendor-facts.js';
import { lintCommon } from './common.js';
import { type Finding, finding } from './finding.js';
import { lintRules } from './rules.js';
import { lintSnp } from './snp.js';
import { lintTdx } from './tdx.js';

/** Errors first, then in the order of the document. */
export function lintPolicy(policy: AppraisalPolicy, facts: VendorFacts): readonly Finding[] {
  const found = [
    ...lintReasons(policy),
    ...lintCommon(policy.common, facts),
    ...lintSnp(policy.snp, facts),
    ...lintTdx(policy.tdx, facts),
    ...lintRules(policy.rules),
  ];
  return [
    ...found.filter(({ severity }) => severity === 'error'),
    ...found.filter(({ severity }) => severity === 'warning'),
  ];
}

/** A reason is for a member that there is; those of rules go by the rule’s name. */
function lintReasons(policy: AppraisalPolicy): readonly Finding[] {
  return Object.keys(policy.reasons).flatMap((path) =>
    hasMember(policy, path)
      ? []
      : [finding('warning', `reasons.${path}`, 'is for a member that there is not')],
  );
}

function hasMember(policy: AppraisalPolicy, path: string): boolean {
  const [section, ...names] = path.split('.');
  if (section === 'rules')
    return names.length === 0 || policy.rules.some(({ name }) => name === names.join('.'));
  let value: unknown = policy[section as 'common' | 'snp' | 'tdx'];
  for (const name of names) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return false;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return true;
}
