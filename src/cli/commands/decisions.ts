/** `assay decisions`: what was decided, and on what grounds. */
import type { Command } from 'commander';
import type { JsonObject } from '../../rats/result.js';
import { EXIT } from '../exit.js';
import { readBytes, readEvidence } from '../files.js';
import { printJson, printTable, rowsOf } from '../print.js';
import { renderReplay } from '../render/replay.js';
import { type ServerFlags, serverOf, withServer } from '../server.js';
import type { CommandLine, Terminal } from '../terminal.js';

interface ReplayFlags extends ServerFlags {
  readonly evidence: string;
  readonly cert?: readonly string[];
  readonly eventLog?: string;
  readonly json?: true;
}

export function addDecisions(program: Command, line: CommandLine): void {
  const { terminal } = line;
  const decisions = program.command('decisions').description('what was decided, and on what grounds');
  withServer(decisions.command('list')).action(async (flags: ServerFlags) => {
    const reply = await (await serverOf(flags, terminal)).call({ method: 'GET', path: '/v1/decisions' });
    printTable(terminal, rowsOf(reply.items), [
      'id',
      'recorded_at',
      'status',
      'code',
      'workload',
      'audience',
    ]);
  });
  withServer(decisions.command('show'))
    .argument('<id>')
    .action(async (id: string, flags: ServerFlags) => {
      const server = await serverOf(flags, terminal);
      printJson(
        terminal,
        await server.call({ method: 'GET', path: `/v1/decisions/${encodeURIComponent(id)}` }),
      );
    });
  withServer(decisions.command('replay'))
    .description(
      'judge a decision again as of then, on the evidence that it was made on; exits 1 when it differs',
    )
    .argument('<id>')
    .requiredOption(
      '--evidence <file>',
      'the evidence in any form that a guest hands out; - is standard input',
    )
    .option('--cert <file>', 'certificate that came with it, DER or PEM; may be repeated', collect)
    .option('--event-log <file>', 'event log that came with it (TDX)')
    .option('--json', 'print differences and verdict as one JSON object')
    .action(async (id: string, flags: ReplayFlags) => {
      const server = await serverOf(flags, terminal);
      const reply = await server.call({
        method: 'POST',
        path: `/v1/decisions/${encodeURIComponent(id)}/replay`,
        json: { evidence: { cpu: await submissionOf(flags, terminal) } },
      });
      if (flags.json === true) printJson(terminal, reply);
      else terminal.out(renderReplay(reply, terminal.colours));
      if (reply.identical !== true) line.exitCode = EXIT.refused;
    });
}

function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

/** Evidence as requests carry it. */
async function submissionOf(
  { evidence, cert = [], eventLog }: ReplayFlags,
  terminal: Terminal,
): Promise<JsonObject> {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  const certificates = await Promise.all(cert.map(readBytes));
  return {
    bytes: text(await readEvidence(evidence, terminal)),
    ...(certificates.length === 0 ? {} : { certificates: certificates.map(text) }),
    ...(eventLog === undefined ? {} : { event_log: text(await readBytes(eventLog)) }),
  };
}
