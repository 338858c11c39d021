/** `assay relying-party`: what whoever trusts tokens runs beside its own programs. */
import type { Command } from 'commander';
import type { CommandLine } from '../terminal.js';
import { addProxy } from './relying-party-proxy.js';
import { addVerifyEndpoint } from './verify-endpoint.js';

export function addRelyingParty(program: Command, line: CommandLine): void {
  const group = program
    .command('relying-party')
    .description(
      'for those who trust tokens: a proxy that demands them, and a look at who serves an endpoint',
    );
  addProxy(group, line);
  addVerifyEndpoint(group, line);
}
