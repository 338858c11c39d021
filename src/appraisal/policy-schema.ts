/** The one way in for policy documents: strict, and whoever is refused is told everything at once. */
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { canonicalJson } from '../rats/binding.js';
import type { AppraisalPolicy } from '../rats/policy.js';
import type { JsonObject } from '../rats/result.js';
import { schemaWords } from '../rats/schema-words.js';
import { refusePolicy } from '../rats/shared-refusals.js';
import { policyDocument } from './policy/document.js';
import { compiledRules } from './rules/compiled.js';

/** Refuses (`policy_invalid`) with path and reason of everything that is wrong. */
export function parsePolicy(json: unknown): AppraisalPolicy {
  const parsed = policyDocument.safeParse(json, { error: schemaWords });
  if (!parsed.success) {
    const detail = parsed.error.issues.map(issueText).join('; ');
    refusePolicy(detail);
  }
  compiledRules(parsed.data.rules);
  return { ...parsed.data, digest: digestOf(parsed.data) };
}

/** SHA-256 over the canonical JSON of the whole policy, defaults written out; lowercase hex. */
function digestOf(policy: Omit<AppraisalPolicy, 'digest'>): string {
  const plain: JsonObject = JSON.parse(JSON.stringify(policy));
  return createHash('sha256').update(canonicalJson(plain), 'utf8').digest('hex');
}

function issueText(issue: z.core.$ZodIssue): string {
  const place = (path: readonly PropertyKey[]) =>
    path.length === 0 ? 'the document' : path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${place([...issue.path, key])}: unknown member`).join('; ');
  }
  return `${place(issue.path)}: ${issue.message}`;
}
