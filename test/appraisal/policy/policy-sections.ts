/** What the parser says of documents: why it refuses, or what becomes of what was written. */
import { parsePolicy } from '../../../src/appraisal/policy-schema.js';
import { type Section, wordsOf } from '../written-words.js';
import { DOCUMENTS } from './more-documents.js';
import { REFUSED_DOCUMENTS } from './refused-documents.js';

const shortened = (text: string): string =>
  text
    .replaceAll('\n', '\\n')
    .replace(/(.)\1{30,}/gu, '$1…')
    .replace(/(.{150}).+/u, '$1…');

function judged(document: unknown): string {
  const words = wordsOf(() => `version ${parsePolicy(document).digest.slice(0, 16)}`);
  return `${shortened(JSON.stringify(document) ?? 'nothing')} => ${words}`;
}

export const POLICY_SECTIONS: readonly Section[] = [
  { name: 'refused policies', lines: () => REFUSED_DOCUMENTS.map(([, document]) => judged(document)) },
  { name: 'policies at the edge', lines: () => DOCUMENTS.map(judged) },
];
