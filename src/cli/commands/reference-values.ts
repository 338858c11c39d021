/** `assay reference-values`: what a workload's evidence must say, in versions that never change. */
import type { Command } from 'commander';
import { UsageMistake } from '../exit.js';
import { readJson } from '../files.js';
import { printJson, printTable, rowsOf } from '../print.js';
import { type ServerFlags, serverOf, withServer } from '../server.js';
import type { CommandLine } from '../terminal.js';

export function addReferenceValues(program: Command, { terminal }: CommandLine): void {
  const values = program
    .command('reference-values')
    .description("reference values (golden measurements): what a workload's evidence must say");
  withServer(values.command('add'))
    .description('register a version: {"tee", "covers", "match": {"measurement": …}, …}')
    .argument('<workload>')
    .argument('<file>', 'JSON with one reference value')
    .option('--activate', 'accept evidence that matches it from now on')
    .action(async (workload: string, file: string, flags: ServerFlags & { readonly activate?: true }) => {
      const value = await readJson(file, file);
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        throw new UsageMistake(`${file} does not hold one reference value.`);
      }
      const json = { ...value, ...(flags.activate === true ? { activate: true } : {}) };
      const server = await serverOf(flags, terminal);
      printJson(terminal, await server.call({ method: 'POST', path: pathOf(workload), json }));
    });
  withServer(values.command('list'))
    .argument('<workload>')
    .action(async (workload: string, flags: ServerFlags) => {
      const reply = await (await serverOf(flags, terminal)).call({ method: 'GET', path: pathOf(workload) });
      printTable(terminal, rowsOf(reply.items), ['version', 'state', 'tee', 'covers', 'created_at']);
    });
  for (const act of ['activate', 'retire'] as const) {
    withServer(values.command(act))
      .argument('<workload>')
      .argument('<version>')
      .action(async (workload: string, version: string, flags: ServerFlags) => {
        const server = await serverOf(flags, terminal);
        const path = `${pathOf(workload)}/${encodeURIComponent(version)}/${act}`;
        printJson(terminal, await server.call({ method: 'POST', path }));
      });
  }
  withServer(values.command('revoke'))
    .argument('<workload>')
    .argument('<version>')
    .requiredOption('--reason <text>', 'kept with the version')
    .action(async (workload: string, version: string, flags: ServerFlags & { readonly reason: string }) => {
      const server = await serverOf(flags, terminal);
      const path = `${pathOf(workload)}/${encodeURIComponent(version)}/revoke`;
      printJson(terminal, await server.call({ method: 'POST', path, json: { reason: flags.reason } }));
    });
}

function pathOf(workload: string): string {
  return `/v1/workloads/${encodeURIComponent(workload)}/reference-values`;
}
