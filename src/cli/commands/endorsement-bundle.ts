/** `assay endorsements export`: what a service holds, as one signed archive for sites without network. */
import type { Command } from 'commander';
import { readArchive } from '../../endorsements/archive.js';
import { readManifest } from '../../endorsements/bundle/manifest.js';
import { EXIT, UsageMistake } from '../exit.js';
import { writeBytes } from '../files.js';
import { printJson } from '../print.js';
import { type ServerFlags, serverOf, withServer } from '../server.js';
import type { CommandLine } from '../terminal.js';

interface ExportFlags extends ServerFlags {
  readonly generations?: true;
  readonly kind?: readonly string[];
  readonly printKey?: true;
}

export function addExport(endorsements: Command, line: CommandLine): void {
  withServer(endorsements.command('export'))
    .description(
      'one signed archive of every vendor document in use, for `import` where no vendor can be reached',
    )
    .argument('[file]', 'where the archive goes')
    .option('--generations', 'past generations too, for judging the past')
    .option('--kind <kind>', 'only documents of this kind; may be repeated', collect)
    .option('--print-key', 'print the public keys that sign it (JWK set), for ASSAY_BUNDLE_KEYS elsewhere')
    .action((file: string | undefined, flags: ExportFlags) => runExport(file, flags, line));
}

function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

async function runExport(file: string | undefined, flags: ExportFlags, line: CommandLine): Promise<void> {
  const printKey = flags.printKey === true;
  if (file === undefined && !printKey) throw new UsageMistake('Name the file that the archive goes to.');
  const server = await serverOf(flags, line.terminal);
  if (file !== undefined) {
    const archive = await server.download({
      method: 'POST',
      path: '/v1/endorsements/bundles',
      json: {
        ...(flags.generations === true ? { generations: true } : {}),
        ...(flags.kind === undefined ? {} : { kinds: flags.kind }),
      },
    });
    await writeBytes(file, archive);
    // With the keys on standard output, words about the archive would be in their way.
    await printExported(file, archive, line, printKey);
  }
  if (printKey) {
    printJson(line.terminal, await server.call({ method: 'GET', path: '/v1/endorsements/bundles/jwks' }));
  }
}

async function printExported(
  file: string,
  archive: Uint8Array,
  line: CommandLine,
  quiet: boolean,
): Promise<void> {
  const { terminal } = line;
  const [first] = await readArchive(archive);
  const { entries, left_out: leftOut, issuer } = readManifest(first?.bytes ?? new Uint8Array(0));
  const say = quiet ? terminal.err : terminal.out;
  say(`${terminal.colours.green('✓')} ${file}: ${entries.length} files of ${issuer}`);
  for (const { kind, subject, code } of leftOut) {
    say(`${terminal.colours.red('✗')} ${kind} ${subject} does not verify any more and stays behind: ${code}`);
  }
  if (leftOut.length > 0) line.exitCode = EXIT.refused;
}
