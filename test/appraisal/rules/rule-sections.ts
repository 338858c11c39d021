/** Rules in words: why one is refused, what one costs, which operands fit, and what rules can speak of. */
import { KNOWN_WORDS, VARIABLES } from '../../../src/appraisal/rules/claims-schema.js';
import { compileRule } from '../../../src/appraisal/rules/compiled.js';
import { type Section, wordsOf } from '../written-words.js';
import { CALL_SECTIONS } from './call-sections.js';
import { COSTS, LIMITS, MATCHING } from './more-rules.js';
import { REFUSED_RULES } from './refused-rules.js';

const judged = (expression: string): string => {
  const words = wordsOf(() => `${compileRule({ name: 'a', expression, message: 'm' }).cost} steps`);
  return `${expression.length > 120 ? `${expression.slice(0, 120)}…` : expression} => ${words}`;
};

export const RULE_SECTIONS: readonly Section[] = [
  { name: 'refused rules', lines: () => REFUSED_RULES.map(([, expression]) => judged(expression)) },
  { name: 'rules at a limit', lines: () => LIMITS.map(judged) },
  { name: 'costs of rules', lines: () => COSTS.map(judged) },
  { name: 'patterns of rules', lines: () => MATCHING.map(judged) },
  {
    name: 'what rules can speak of',
    lines: () => [
      ...Object.entries(VARIABLES).map(([name, type]) => `${name}: ${JSON.stringify(type)}`),
      JSON.stringify(KNOWN_WORDS),
    ],
  },
  ...CALL_SECTIONS,
];
