/** `assay migrate`: brings the database to the schema of this build. */
import type { Command } from 'commander';
import { databaseUrlOf, withStorage } from '../database.js';
import type { CommandLine } from '../terminal.js';

export function addMigrate(program: Command, { terminal }: CommandLine): void {
  program
    .command('migrate')
    .description('bring the database of ASSAY_DATABASE_URL to the schema of this build')
    .option('--change-issuer <url>', 'record another issuer: tokens of the old one stop verifying')
    .action(async ({ changeIssuer }: { readonly changeIssuer?: string }) => {
      const url = databaseUrlOf(terminal);
      const log = (text: string): void => terminal.out(text);
      const applied = await withStorage(({ migrateDatabase }) => migrateDatabase(url, log, { changeIssuer }));
      if (applied.length === 0) terminal.out('The database is up to date.');
    });
}
