/** The whole document: every absent member is that of policy `standard`, so it says only what it changes. */
import { z } from 'zod';
import { commonPolicy } from './common.js';
import { policyRules } from './rules.js';
import { snpPolicy } from './snp.js';
import { tdxPolicy } from './tdx.js';

export const policyDocument = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lowercase letters, digits and hyphens, at most 63'),
  version: z.int().min(1).default(1),
  description: z.string().min(1).max(2000).nullable().default(null),
  reasons: z
    .record(
      z.string().regex(/^(common|snp|tdx|rules)(\.[a-z0-9_-]+)*$/, 'the path of a member, e.g. snp.vmpl'),
      z.string().min(1).max(1000),
    )
    .default({}),
  common: commonPolicy.prefault({}),
  snp: snpPolicy.prefault({}),
  tdx: tdxPolicy.prefault({}),
  rules: policyRules,
});
