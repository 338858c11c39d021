/** The command line: `assay <command>`. Resolves to the exit code; only the commands do work. */
import { Command, CommanderError } from 'commander';
import { RefusalError } from '../rats/refusal.js';
import { addAgent } from './commands/agent.js';
import { addAudiences } from './commands/audiences.js';
import { addDecisions } from './commands/decisions.js';
import { addEndorsements } from './commands/endorsements.js';
import { addExplain } from './commands/explain.js';
import { addInspect } from './commands/inspect.js';
import { addKeys } from './commands/keys.js';
import { addMigrate } from './commands/migrate.js';
import { addPlatforms } from './commands/platforms.js';
import { addPolicies } from './commands/policies.js';
import { addReferenceValues } from './commands/reference-values.js';
import { addRelyingParty } from './commands/relying-party.js';
import { addReportData } from './commands/report-data.js';
import { addServe } from './commands/serve.js';
import { addSimulate } from './commands/simulate.js';
import { addTenant } from './commands/tenant.js';
import { addTenants } from './commands/tenants.js';
import { addVerify } from './commands/verify.js';
import { versionText } from './commands/version.js';
import { addWorkloads } from './commands/workloads.js';
import { CommandFailed, EXIT, exitCodeOfRefusal, UsageMistake } from './exit.js';
import { type CommandLine, processTerminal, type Terminal } from './terminal.js';

const COMMANDS = [
  addVerify,
  addInspect,
  addReportData,
  addSimulate,
  addServe,
  addMigrate,
  addKeys,
  addWorkloads,
  addReferenceValues,
  addPolicies,
  addPlatforms,
  addAudiences,
  addTenant,
  addTenants,
  addEndorsements,
  addDecisions,
  addExplain,
  addAgent,
  addRelyingParty,
] as const;

/** `args` without node and script. */
export async function main(args: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  const line: CommandLine = { terminal, exitCode: EXIT.affirming };
  try {
    // Commander would want the text before it knows whether anybody asks.
    if (args[0] === '--version' || args[0] === '-V') {
      terminal.out(await versionText(terminal));
      return EXIT.affirming;
    }
    await program(line).parseAsync(args, { from: 'user' });
    return line.exitCode;
  } catch (error) {
    return explain(error, terminal);
  }
}

function program(line: CommandLine): Command {
  const root = new Command('assay')
    .description(
      'Verifies hardware attestation evidence: is it genuine, is it fresh, is it what was meant to run?',
    )
    .option('-V, --version', 'which build this is, and who would verify signatures')
    .showHelpAfterError('(add --help for what this command takes)')
    .configureOutput({
      writeOut: (text) => line.terminal.out(text.trimEnd()),
      writeErr: (text) => line.terminal.err(text.trimEnd()),
    })
    .exitOverride();
  for (const add of COMMANDS) add(root, line);
  return root;
}

function explain(error: unknown, terminal: Terminal): number {
  // Commander has printed its message already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.affirming : EXIT.usage;
  const { red } = terminal.colours;
  if (error instanceof RefusalError) {
    terminal.err(`${red(error.refusal.code)}: ${error.refusal.detail}`);
    return exitCodeOfRefusal(error.refusal);
  }
  if (error instanceof UsageMistake || error instanceof CommandFailed) {
    terminal.err(`${red('assay')}: ${error.message}`);
    return error instanceof CommandFailed ? error.exitCode : EXIT.usage;
  }
  throw error;
}
