/** `assay relying-party`: what whoever trusts tokens runs beside its own programs. */
import type { Command } from 'commander';
import type { CommandLine } from '../terminal.js';
import { addProxy } from './relying-party-proxy.js';

export function addRelyingParty(program: Command, line: CommandLine): void {
  const group = program
    .command('relying-party')
    .description('for those who trust tokens: a proxy that demands them');
  addProxy(group, line);
}
