/** `assay simulate vendor`: the miniature AMD and Intel in a directory, and on demand over HTTP as their services. */
import type { Command } from 'commander';
import { reasonOf, systemCodeOf } from '../../platform/file-access.js';
import {
  describeBehaviours,
  ensureIntel,
  ensureVendor,
  GENUINE_RATION,
  type Recovery,
  type ServedRequest,
  SIMULATED_FMSPCS,
  startVendorService,
  type VendorService,
  type VendorServiceOptions,
} from '../../simulator/index.js';
import { UsageMistake } from '../exit.js';
import { instantOption } from '../files.js';
import type { CommandLine, Terminal } from '../terminal.js';

interface VendorFlags {
  readonly at?: string;
  /** True: the option without an address. */
  readonly serve?: string | true;
  readonly behaviour?: readonly string[];
  readonly recovery?: readonly string[];
}

/** What stands for a vendor without faults and limits. */
const NO_BEHAVIOUR = 'none';

export function addSimulateVendor(simulate: Command, { terminal }: CommandLine): void {
  simulate
    .command('vendor')
    .description('mint AMD and Intel: roots, intermediates, signed documents, and their private keys')
    .argument('<dir>', 'where it is kept; what is there already stays')
    .option('--at <instant>', 'instant at which everything is valid; with --serve the time it begins at')
    .option(
      '--serve [address]',
      'answer as KDS, PCS and a cache server do (default: a free port of 127.0.0.1)',
    )
    .option(
      '--behaviour <words>',
      `with --serve, what goes wrong (default: ${GENUINE_RATION}; ${NO_BEHAVIOUR}: nothing); may be repeated`,
      repeated,
    )
    .option(
      '--recovery <instants>',
      'with --serve, a TCB recovery: ANNOUNCED or ANNOUNCED/STANDARD; may be repeated',
      repeated,
    )
    .addHelpText('after', `\nBehaviours: [kds:|vcek:|pcs:|/PATH:]WORD[,WORD…]\n${indented()}`)
    .action((dir: string, flags: VendorFlags) => simulateVendor(dir, flags, terminal));
}

function repeated(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function indented(): string {
  return describeBehaviours()
    .map((line) => `  ${line}`)
    .join('\n');
}

async function simulateVendor(dir: string, flags: VendorFlags, terminal: Terminal): Promise<void> {
  const begin = flags.at === undefined ? terminal.now() : instantOption(flags.at, '--at');
  const [stray] = (['behaviour', 'recovery'] as const).filter((name) => flags[name] !== undefined);
  if (flags.serve === undefined && stray !== undefined) {
    throw new UsageMistake(`--${stray} is for a vendor that answers: add --serve.`);
  }
  const amd = await ensureVendor(dir, begin);
  const intel = await ensureIntel(dir, begin);
  terminal.out(`${dir}: a simulated AMD for ${[...amd.products.keys()].join(', ')}`);
  terminal.out(`${dir}: a simulated Intel for the FMSPCs ${SIMULATED_FMSPCS.join(', ')}`);
  if (flags.serve !== undefined) await serve({ amd, intel }, begin, flags, terminal);
}

async function serve(
  vendor: VendorServiceOptions['vendor'],
  begin: Date,
  flags: VendorFlags,
  terminal: Terminal,
): Promise<void> {
  const offset = begin.getTime() - terminal.now().getTime();
  const behaviour = (flags.behaviour ?? [GENUINE_RATION]).filter((words) => words !== NO_BEHAVIOUR);
  const service = await listen({
    vendor,
    clock: { now: () => new Date(terminal.now().getTime() + offset) },
    behaviour,
    recoveries: (flags.recovery ?? []).map(recoveryOf),
    address: addressOf(flags.serve),
    answered: (request) => terminal.out(lineOf(request)),
  });
  // Before anybody can know that there is something to stop.
  const interrupted = terminal.interrupted();
  terminal.out(`AMD's and Intel's services, simulated: ${service.url}`);
  terminal.out(
    `Behaviour: ${behaviour.length === 0 ? NO_BEHAVIOUR : behaviour.join(' ')}. Stop with Ctrl-C.`,
  );
  await interrupted;
  await service.close();
}

/** An address that cannot be had is a mistake in words. */
async function listen(options: VendorServiceOptions): Promise<VendorService> {
  try {
    return await startVendorService(options);
  } catch (error) {
    if (systemCodeOf(error) === null) throw error;
    throw new UsageMistake(`--serve cannot listen there: ${reasonOf(error)}.`);
  }
}

function addressOf(serve: VendorFlags['serve']): { readonly host: string; readonly port: number } {
  if (typeof serve !== 'string') return { host: '127.0.0.1', port: 0 };
  const [, bracketed, name, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/u.exec(serve) ?? [];
  const host = bracketed ?? name;
  const port = Number(digits);
  if (host === undefined || port > 65_535) {
    throw new UsageMistake('--serve takes HOST:PORT, such as 127.0.0.1:8090 or [::1]:8090.');
  }
  return { host, port };
}

function recoveryOf(text: string): Recovery {
  const [announced = '', standard, ...more] = text.split('/');
  if (more.length > 0) throw new UsageMistake('--recovery takes one instant, or two with a slash between.');
  return {
    announcedAt: instantOption(announced, '--recovery'),
    standardFrom: standard === undefined ? null : instantOption(standard, '--recovery'),
  };
}

function lineOf({ at, status, method, path }: ServedRequest): string {
  return `${at.toISOString()} ${status ?? '---'} ${method} ${path}`;
}
