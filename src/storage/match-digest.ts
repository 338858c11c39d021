/**
 * Digests by which reference values are found. One acceptable combination of values is one digest, so a
 * look-up costs one index probe for each set of fields in use, however many workloads there are.
 *
 * Digest: SHA-256 of the lines `tee`, then `field=value` in field order, each ended by a line feed. Field
 * names are identifiers and values lowercase hex, so no two combinations share a text.
 */
import { sha256 } from '../bytes/digest.js';
import type { ReferenceMatch, ReferenceTee } from '../rats/reference-value.js';
import { refuseRequest } from '../rats/shared-refusals.js';

/** Index rows that one version may need: the product of its fields' numbers of values. */
export const MAX_COMBINATIONS = 256;

/** The names of the matched fields, sorted, joined by commas. */
export function fieldSetOf(match: ReferenceMatch): string {
  return Object.keys(match).sort().join(',');
}

/** One digest for each combination of acceptable values; refuses `request_invalid` beyond 256 of them. */
export function matchDigests(tee: ReferenceTee, match: ReferenceMatch): readonly Uint8Array[] {
  const fields = Object.entries(match).map(([name, values]) => [name, [...new Set(values)]] as const);
  const count = fields.reduce((product, [, values]) => product * values.length, 1);
  if (count > MAX_COMBINATIONS) {
    refuseRequest(
      `The values in \`match\` combine in ${count} ways, more than ${MAX_COMBINATIONS}: split them over several versions.`,
    );
  }
  let combinations: readonly Readonly<Record<string, string>>[] = [{}];
  for (const [name, values] of fields) {
    combinations = combinations.flatMap((known) => values.map((value) => ({ ...known, [name]: value })));
  }
  return combinations.map((combination) => digestOfFields(tee, combination));
}

/** One digest for each acceptable value of each field: that of the field alone. */
export function fieldDigests(tee: ReferenceTee, match: ReferenceMatch): readonly Uint8Array[] {
  return Object.entries(match).flatMap(([name, values]) =>
    [...new Set(values)].map((value) => digestOfFields(tee, { [name]: value })),
  );
}

/** What every value for a TEE has in common. */
export function teeDigest(tee: ReferenceTee): Uint8Array {
  return digestOfFields(tee, {});
}

/** The digest under which evidence with these fields is found in a field set; null when it lacks one. */
export function evidenceDigest(
  tee: ReferenceTee,
  fieldSet: string,
  evidence: Readonly<Record<string, string>>,
): Uint8Array | null {
  const fields: Record<string, string> = {};
  for (const name of fieldSet.split(',')) {
    const value = evidence[name];
    if (value === undefined) return null;
    fields[name] = value;
  }
  return digestOfFields(tee, fields);
}

function digestOfFields(tee: ReferenceTee, fields: Readonly<Record<string, string>>): Uint8Array {
  const lines = Object.entries(fields)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}\n`);
  return sha256(Buffer.from(`${tee}\n${lines.join('')}`, 'utf8'));
}
