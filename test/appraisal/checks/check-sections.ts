/** What every check of appraisal says of the cases beside, in full. */
import type { Section } from '../written-words.js';
import { type Case, eventCases, otherCases, referenceCases } from './judged-cases.js';

/** Digests are two digits, again and again. */
const shortened = (text: string): string => text.replace(/([0-9a-f]{2})\1{5,}/gu, '$1…');

function told({ what, appraisal: { tier, code, checks, matched, vector } }: Case): readonly string[] {
  const version = matched === null ? 'nothing' : `version ${matched.version} of ${matched.workload}`;
  return [
    `- ${what}`,
    `  ${tier}, ${code ?? 'no code'}, executables ${vector.executables}, matched ${version}`,
    ...checks.map((check) => `  ${shortened(JSON.stringify(check))}`),
  ];
}

export const CHECK_SECTIONS: readonly Section[] = [
  { name: 'reference values judged', lines: () => referenceCases().flatMap(told) },
  { name: 'events judged', lines: () => eventCases().flatMap(told) },
  { name: 'machines, debuggers and statuses judged', lines: () => otherCases().flatMap(told) },
];
