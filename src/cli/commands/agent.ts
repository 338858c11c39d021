/** `assay agent`: the workload's side of attestation, as in the one file that is copied into guests. */
import type { Command } from 'commander';
import { machine, runAgent } from '../../agent/main.js';
import type { CommandLine } from '../terminal.js';

export function addAgent(program: Command, line: CommandLine): void {
  const { terminal } = line;
  program
    .command('agent')
    .description('inside a confidential guest: get a token and keep it fresh (assay agent --help)')
    // The one file has no commander: options and help are the agent's own.
    .helpOption(false)
    .allowUnknownOption()
    .argument('[options...]')
    .action(async (args: readonly string[]) => {
      const stopping = new AbortController();
      void terminal.interrupted().then(() => stopping.abort());
      const { out, err } = terminal;
      line.exitCode = await runAgent(args, machine({ out, err, stop: stopping.signal }));
    });
}
