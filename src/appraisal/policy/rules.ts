/** Section `rules`: expressions over claims, each compiled and checked for types and cost when it is read. */
import { z } from 'zod';
import { compileRule } from '../rules/compiled.js';
import { MOST_STEPS_OF_ALL } from '../rules/cost.js';
import { MistakenRule } from '../rules/expression.js';

const MOST_RULES = 32;

const rule = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lowercase letters, digits and hyphens, at most 63'),
  expression: z.string().min(1).max(1000),
  message: z.string().min(1).max(300),
});

export const policyRules = z
  .array(rule)
  .max(MOST_RULES)
  .default([])
  .superRefine((rules, context) => {
    if (new Set(rules.map(({ name }) => name)).size < rules.length) {
      context.addIssue({ code: 'custom', message: 'every name once' });
    }
    let steps = 0;
    rules.forEach((one, place) => {
      try {
        steps += compileRule(one).cost;
      } catch (error) {
        if (!(error instanceof MistakenRule)) throw error;
        context.addIssue({ code: 'custom', path: [place, 'expression'], message: error.message });
      }
    });
    if (steps > MOST_STEPS_OF_ALL) {
      const message = `take up to ${steps} steps together, and may take ${MOST_STEPS_OF_ALL}`;
      context.addIssue({ code: 'custom', message });
    }
  });
