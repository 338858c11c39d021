/** What a relying party asks of tokens, as options of its commands. */
import { type Command, Option } from 'commander';
import type { Expectations } from '../client/index.js';
import { UsageMistake } from './exit.js';

export interface ExpectationFlags {
  readonly workload?: readonly string[];
  readonly tee?: readonly string[];
  readonly tcbStatus?: readonly string[];
  readonly minimumReferenceVersion?: string;
  readonly minimumStatus: 'affirming' | 'warning';
  readonly allowSimulated?: true;
}

/** All but `--workload`, which not every command leaves open. */
export function addExpectations(command: Command): Command {
  return command
    .option('--tee <name...>', 'sev-snp, tdx, … (default: all)')
    .option(
      '--tcb-status <status...>',
      'accepted TCB statuses (default: what the policy at the issuer accepts)',
    )
    .option('--minimum-reference-version <n>', 'lowest version of reference values')
    .addOption(new Option('--minimum-status <status>').choices(['affirming', 'warning']).default('affirming'))
    .option('--allow-simulated', 'take evidence that anybody can make, for trying things out');
}

export function expectationsOf(flags: ExpectationFlags): Expectations {
  const { workload, tee, tcbStatus, minimumReferenceVersion, minimumStatus } = flags;
  if (minimumReferenceVersion !== undefined && !/^[1-9]\d{0,8}$/u.test(minimumReferenceVersion)) {
    throw new UsageMistake('--minimum-reference-version takes a whole number from 1.');
  }
  return {
    minimumStatus,
    ...(workload === undefined ? {} : { workload }),
    ...(tee === undefined ? {} : { tee }),
    ...(tcbStatus === undefined ? {} : { tcbStatus }),
    ...(minimumReferenceVersion === undefined
      ? {}
      : { minReferenceVersion: Number(minimumReferenceVersion) }),
    allowSimulated: flags.allowSimulated === true,
  };
}

/** What a library says of options that cannot be meant is a mistake of the command line. */
export function inUsageWords<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof TypeError) throw new UsageMistake(error.message);
    throw error;
  }
}
