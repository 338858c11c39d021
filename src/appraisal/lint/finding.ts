/** What is odd about a policy that is valid. */

/**
 * `error`: contradicts itself, or denies all evidence that it could be asked of. `warning`: most likely not what
 * was meant.
 */
export type Severity = 'error' | 'warning';

export interface Finding {
  readonly severity: Severity;
  /** `snp.tcb_floors.0.tcb.snp`. */
  readonly path: string;
  /** A half-sentence for the policy’s author. */
  readonly reason: string;
}

export function finding(severity: Severity, path: string, reason: string): Finding {
  return { severity, path, reason };
}

/** One finding for each value of a list that stands in another list too. */
export function inBoth(
  path: string,
  list: readonly (string | number)[],
  other: readonly (string | number)[],
  say: (value: string | number) => Omit<Finding, 'path'>,
): readonly Finding[] {
  return list.flatMap((value, place) =>
    other.includes(value) ? [{ path: `${path}.${place}`, ...say(value) }] : [],
  );
}

/** An empty list of what is allowed allows nothing. */
export function emptyList(path: string, list: readonly unknown[] | null, what: string): readonly Finding[] {
  return list !== null && list.length === 0
    ? [finding('warning', path, `is empty, so no ${what} is accepted`)]
    : [];
}
