/** `assay explain`: one decision in words. */
import type { Command } from 'commander';
import { CommandFailed, EXIT } from '../exit.js';
import { printJson } from '../print.js';
import { renderDecision } from '../render/decision.js';
import { readDecision } from '../render/recorded-decision.js';
import { type ServerFlags, serverOf, withServer } from '../server.js';
import type { CommandLine } from '../terminal.js';

export function addExplain(program: Command, { terminal }: CommandLine): void {
  withServer(program.command('explain'))
    .description('a decision in words: what was decided and why, what to do, and what it rests on')
    .argument('<decision>', 'its id, as in `assay decisions list`, a token or a problem’s `instance`')
    .option('--json', 'print the whole record as one JSON object')
    .action(async (id: string, flags: ServerFlags & { readonly json?: true }) => {
      const server = await serverOf(flags, terminal);
      const path = `/v1/decisions/${encodeURIComponent(idOf(id))}`;
      const reply = await server.call({ method: 'GET', path });
      if (flags.json === true) return printJson(terminal, reply);
      const decision = readDecision(reply);
      if (decision === null) throw new CommandFailed('What was answered is no decision.', EXIT.undecided);
      terminal.out(renderDecision(decision, terminal.now(), terminal.colours));
    });
}

/** A problem names the decision by its URL. */
function idOf(text: string): string {
  return /\/v1\/decisions\/([^/]+)$/u.exec(text)?.[1] ?? text;
}
