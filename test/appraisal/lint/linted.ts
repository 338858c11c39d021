/** Policies linted against the table of this build. */
import { lintPolicy } from '../../../src/appraisal/lint/lint.js';
import { parsePolicy } from '../../../src/appraisal/policy-schema.js';
import type { JsonObject } from '../../../src/rats/result.js';
import { vendorFacts } from '../../../src/tee/registry.js';

export const AT = new Date('2026-11-20T12:00:00Z');

/** `error snp.vmpl`, in order. */
export function found(sections: JsonObject, at: Date = AT): readonly string[] {
  return lintPolicy(parsePolicy({ name: 'linted', ...sections }), vendorFacts(at)).map(
    ({ severity, path }) => `${severity} ${path}`,
  );
}

export function reasonsOf(sections: JsonObject): readonly string[] {
  return lintPolicy(parsePolicy({ name: 'linted', ...sections }), vendorFacts(AT)).map(
    ({ reason }) => reason,
  );
}

export function foundInRule(expression: string): readonly string[] {
  return found({ rules: [{ name: 'rule', expression, message: 'm' }] });
}
