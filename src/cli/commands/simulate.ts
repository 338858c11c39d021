/** `assay simulate`: a miniature AMD, and guests whose evidence it endorses, each with at most one fault. */
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { hexOf } from '../../bytes/encoding.js';
import { isRefusalCode } from '../../rats/refusal.js';
import {
  ENVELOPES,
  ensureVendor,
  FAULTS,
  type GuestEnvelope,
  type GuestOptions,
  lineNeededBy,
  loadVendor,
  mintGuest,
  PRODUCTS,
  type ProductName,
  type SimulatedAmd,
  writeGuest,
} from '../../simulator/index.js';
import { UsageMistake } from '../exit.js';
import { hexOption, instantOption } from '../files.js';
import type { CommandLine, Terminal } from '../terminal.js';

interface GuestFlags {
  readonly out: string;
  readonly vendor?: string;
  readonly at?: string;
  readonly product: ProductName;
  readonly reportData?: string;
  readonly measurement?: string;
  readonly debug?: true;
  readonly signingKey?: 'VCEK' | 'VLEK';
  readonly envelope?: GuestEnvelope;
  readonly fault?: string;
}

export function addSimulate(program: Command, { terminal }: CommandLine): void {
  const simulate = program
    .command('simulate')
    .description(
      'make evidence without hardware, under a made-up vendor that only `simulated` issuers trust',
    );
  simulate
    .command('vendor')
    .description('mint a vendor: roots, intermediates, revocation lists, and their private keys')
    .argument('<dir>', 'where it is kept; what is there already stays')
    .option('--at <instant>', 'instant at which everything is valid (default: now)')
    .action(async (dir: string, { at }: { readonly at?: string }) => {
      const vendor = await ensureVendor(dir, atOf(at, terminal));
      terminal.out(`${dir}: a simulated AMD for ${[...vendor.products.keys()].join(', ')}`);
    });
  simulate
    .command('snp')
    .description('write a guest: report.bin, its certificates and lists, and what to expect of it')
    .requiredOption('--out <dir>', 'where the files go')
    .option('--vendor <dir>', 'vendor to use (default: the one of a service in ASSAY_DATA_DIR)')
    .option('--at <instant>', 'instant at which everything is valid (default: now)')
    .addOption(new Option('--product <name>', 'processor line').choices(PRODUCTS).default('Milan'))
    .option('--report-data <hex>', 'the 64 bytes of REPORT_DATA (default: random)')
    .option('--measurement <hex>', 'the 48 bytes of MEASUREMENT (default: random)')
    .option('--debug', 'a guest whose memory its host may read')
    .addOption(new Option('--signing-key <kind>', 'who signs the report').choices(['VCEK', 'VLEK']))
    .addOption(new Option('--envelope <form>', 'form of report.bin').choices(ENVELOPES))
    .option('--fault <code>', 'spoil exactly the check of this refusal code')
    .action((flags: GuestFlags) => simulateGuest(flags, terminal));
  simulate
    .command('tdx', { hidden: true })
    .allowUnknownOption()
    .allowExcessArguments()
    .action(() => {
      throw new UsageMistake('TDX guests cannot be simulated: this build knows sev-snp only.');
    });
}

async function simulateGuest(flags: GuestFlags, terminal: Terminal): Promise<void> {
  const at = atOf(flags.at, terminal);
  const options: GuestOptions = {
    at,
    product: flags.product,
    reportData: bytesOf(flags.reportData, '--report-data', 64),
    measurement: bytesOf(flags.measurement, '--measurement', 48),
    policy: { debug: flags.debug },
    signingKey: flags.signingKey,
    envelope: flags.envelope,
    fault: faultOf(flags.fault),
  };
  const dir = flags.vendor ?? join(terminal.env.ASSAY_DATA_DIR || './data', 'simulated');
  const guest = await mintGuest(await vendorFor(dir, lineNeededBy(options), at), options);
  const written = await writeGuest(flags.out, guest);
  terminal.out(`${flags.out}: ${written.join(', ')}`);
  terminal.out(
    `Try: assay verify ${join(flags.out, 'report.bin')} ${verifyHint(flags.out, written, guest.expected)}`,
  );
}

/** A line that the vendor has is taken as it is: renewing lists is for whoever runs the vendor. */
async function vendorFor(dir: string, product: ProductName, at: Date): Promise<SimulatedAmd> {
  const vendor = await loadVendor(dir);
  return vendor.products.has(product) ? vendor : ensureVendor(dir, at, { products: [product] });
}

/** All that the verdict can use: without a fault the command ends affirming. */
function verifyHint(
  dir: string,
  written: readonly string[],
  { at, reportData }: { readonly at: Date; readonly reportData: Uint8Array },
): string {
  return [
    `--endorsements ${dir}`,
    `--trust-anchor ${join(dir, 'ark.pem')}`,
    `--reference-values ${join(dir, 'reference-values.json')}`,
    ...(written.includes('policy.json') ? [`--policy ${join(dir, 'policy.json')}`] : []),
    `--report-data ${hexOf(reportData)}`,
    `--at ${at.toISOString()}`,
  ].join(' ');
}

function faultOf(code: string | undefined): GuestOptions['fault'] {
  if (code === undefined) return undefined;
  if (isRefusalCode(code) && FAULTS.includes(code)) return code;
  throw new UsageMistake(
    `no guest can be made that earns ${code}; the faults are:\n  ${FAULTS.join('\n  ')}`,
  );
}

function bytesOf(hex: string | undefined, option: string, length: number): Uint8Array | undefined {
  return hex === undefined ? undefined : hexOption(hex, option, length);
}

function atOf(text: string | undefined, terminal: Terminal): Date {
  return text === undefined ? terminal.now() : instantOption(text, '--at');
}
