/**
 * The words in which policies are judged, section by section: what the linter finds, how two policies differ, why one
 * is refused. `scripts/verdicts.mjs` keeps them in `test/fixtures/policies.txt`; a test in each folder compares.
 */
import { readFileSync } from 'node:fs';

export interface Section {
  readonly name: string;
  readonly lines: () => readonly string[];
}

export function pageOf(sections: readonly Section[]): string {
  return sections.map(({ name, lines }) => `== ${name}\n${lines().join('\n')}\n`).join('\n');
}

/** The lines of a section as they were written last. */
export function writtenLines(name: string): readonly string[] {
  const page = readFileSync(new URL('../../../test/fixtures/policies.txt', import.meta.url), 'utf8');
  const section = page.split(/^== /mu).find((text) => text.startsWith(`${name}\n`));
  if (section === undefined) throw new TypeError(`no section ${name}: node scripts/verdicts.mjs writes it`);
  return section.trimEnd().split('\n').slice(1);
}

/** What comes of an act, or the words of what it throws, in one line. */
export function wordsOf(act: () => unknown): string {
  try {
    return String(act());
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return `refused (${error.name}): ${error.message}`.replaceAll('\n', '\\n');
  }
}
