/** `assay serve`: the service in the foreground, configured by the environment. */
import type { Command } from 'commander';
import type { CommandLine } from '../terminal.js';

export function addServe(program: Command, line: CommandLine): void {
  program
    .command('serve')
    .description('run the service until it is told to stop; settings come from ASSAY_… variables')
    .action(async () => {
      // Loaded only here: the offline commands start without a database and a web framework.
      const { serve } = await import('../../main.js');
      line.exitCode = await serve(line.terminal.env);
    });
}
