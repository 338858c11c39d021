/** How the page of conformance puts a verdict. */
import type { Verdict } from '../../src/rats/result.js';

export function verdictText(verdict: Verdict): string {
  if (verdict.authentic === null) return `undecided (\`${verdict.code}\`)`;
  if (verdict.authentic === false) return `**refused** (\`${verdict.code}\`)`;
  return verdict.status;
}

/** Codes of the checks that failed. */
export function failuresOf({ checks }: Verdict): readonly string[] {
  return checks.filter(({ outcome }) => outcome === 'fail').map(({ id }) => `\`${id}\``);
}
