/** What a relying party asks of a verified token beyond that it is genuine, for itself and presented by its holder. */
import { refuseToken } from './refused.js';
import { refuseStatus } from './status.js';
import type { TokenStatus, VerifiedToken } from './verified-token.js';

export interface Expectations {
  /** Lowest status; default: `affirming`. */
  readonly minimumStatus?: TokenStatus;
  /** Default: every workload that the issuer allows for the audience. */
  readonly workload?: string | readonly string[];
  /** Lowest `att.reference_version`; default: any that the issuer still accepts. */
  readonly minReferenceVersion?: number;
  /** Accepted `att.tcb_status`; default: what the policy at the issuer accepts. */
  readonly tcbStatus?: string | readonly string[];
  /** Accepted `att.tee`; default: all. */
  readonly tee?: string | readonly string[];
  /** For trying things out: evidence that anybody can make. */
  readonly allowSimulated?: boolean;
  /** For trying things out: guests whose memory their host can read. */
  readonly allowDebug?: boolean;
}

/** The names of the members above: a misspelt one would ask nothing. */
export const EXPECTATION_NAMES: readonly (keyof Expectations)[] = [
  ...(['minimumStatus', 'workload', 'minReferenceVersion', 'tcbStatus', 'tee'] as const),
  ...(['allowSimulated', 'allowDebug'] as const),
];

/** Throws TypeError for what cannot be meant: an empty list accepts nothing, and a number in quotes compares as text. */
export function requireExpectations(expected: Expectations): void {
  for (const name of ['workload', 'tcbStatus', 'tee'] as const) {
    const value = expected[name];
    if (value === undefined) continue;
    const accepted: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (accepted.length === 0 || accepted.some((text) => typeof text !== 'string' || text === '')) {
      throw new TypeError(`${name} takes a name or a list of names`);
    }
  }
  const { minimumStatus, minReferenceVersion } = expected;
  if (minimumStatus !== undefined && minimumStatus !== 'affirming' && minimumStatus !== 'warning') {
    throw new TypeError('minimumStatus is affirming or warning');
  }
  if (
    minReferenceVersion !== undefined &&
    !(Number.isSafeInteger(minReferenceVersion) && minReferenceVersion > 0)
  ) {
    throw new TypeError('minReferenceVersion is a whole number from 1');
  }
  for (const name of ['allowSimulated', 'allowDebug'] as const) {
    const value: unknown = expected[name];
    if (value !== undefined && typeof value !== 'boolean') throw new TypeError(`${name} is true or false`);
  }
}

/** Throws TokenRefused, of kind `unwanted`. */
export function requireWanted({ status, att }: VerifiedToken, expected: Expectations): void {
  const { minimumStatus = 'affirming', minReferenceVersion = 1 } = expected;
  if (status === 'warning' && minimumStatus === 'affirming') {
    refuseStatus('The status is warning, and affirming is asked.');
  }
  if (att.simulated && expected.allowSimulated !== true) {
    refuseToken('simulated_unwanted', 'The evidence behind the token came from a simulated vendor.');
  }
  if (att.debug && expected.allowDebug !== true) {
    refuseToken('debug_unwanted', 'The guest runs with debugging on.');
  }
  if (!accepts(expected.workload, att.workload)) {
    refuseToken('workload_unwanted', `The workload ${att.workload} is none that is served here.`);
  }
  if (att.reference_version < minReferenceVersion) {
    refuseToken(
      'version_unwanted',
      `Reference version ${att.reference_version} matched; ${minReferenceVersion} or a later one is asked.`,
    );
  }
  if (!accepts(expected.tee, att.tee)) {
    refuseToken('tee_unwanted', `The TEE ${att.tee} is none that is taken here.`);
  }
  if (!accepts(expected.tcbStatus, att.tcb_status)) {
    refuseToken('tcb_status_unwanted', `The TCB status ${att.tcb_status} is none that is taken here.`);
  }
}

function accepts(accepted: string | readonly string[] | undefined, value: string): boolean {
  return accepted === undefined || [accepted].flat().includes(value);
}
