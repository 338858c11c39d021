/** `assay simulate`: a miniature AMD, a miniature Intel, and guests they endorse, each with at most one fault. */
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { hexOf } from '../../bytes/encoding.js';
import { isRefusalCode, type RefusalCode } from '../../rats/refusal.js';
import {
  BOOT_EVENTS,
  ENVELOPES,
  ensureIntel,
  ensureVendor,
  FAULTS,
  type GuestEnvelope,
  type GuestOptions,
  hasIntel,
  lineNeededBy,
  loadIntel,
  loadVendor,
  mintGuest,
  mintTd,
  PRODUCTS,
  type ProductName,
  type SimulatedAmd,
  type SimulatedIntel,
  TD_ENVELOPES,
  TD_FAULTS,
  type TdEnvelope,
  type TdOptions,
  writeGuest,
  writeTd,
} from '../../simulator/index.js';
import { UsageMistake } from '../exit.js';
import { hexOption, instantOption } from '../files.js';
import type { CommandLine, Terminal } from '../terminal.js';
import { addSimulateVendor } from './simulate-vendor.js';

interface SharedFlags {
  readonly out: string;
  readonly vendor?: string;
  readonly at?: string;
  readonly reportData?: string;
  readonly measurement?: string;
  readonly debug?: true;
  readonly fault?: string;
}

interface GuestFlags extends SharedFlags {
  readonly product: ProductName;
  readonly signingKey?: 'VCEK' | 'VLEK';
  readonly envelope?: GuestEnvelope;
}

interface TdFlags extends SharedFlags {
  readonly mrtd?: string;
  readonly quoteVersion: '4' | '5';
  readonly envelope?: TdEnvelope;
}

export function addSimulate(program: Command, line: CommandLine): void {
  const { terminal } = line;
  const simulate = program
    .command('simulate')
    .description(
      'make evidence without hardware, under a made-up vendor that only `simulated` issuers trust',
    );
  addSimulateVendor(simulate, line);
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
    .command('tdx')
    .description(
      'write a TD: quote.bin and event_log.bin, the documents that endorse them, and what to expect',
    )
    .requiredOption('--out <dir>', 'where the files go')
    .option('--vendor <dir>', 'vendor to use (default: the one of a service in ASSAY_DATA_DIR)')
    .option('--at <instant>', 'instant at which everything is valid (default: now)')
    .option('--report-data <hex>', 'the 64 bytes of REPORTDATA (default: random)')
    .option('--mrtd <hex>', 'the 48 bytes of MRTD (default: random)')
    .option('--measurement <hex>', 'another name for --mrtd')
    .option('--debug', 'a TD whose memory its host may read')
    .addOption(new Option('--quote-version <number>', 'form of the quote').choices(['4', '5']).default('4'))
    .addOption(new Option('--envelope <form>', 'form of quote.bin').choices(TD_ENVELOPES))
    .option('--fault <code>', 'spoil exactly the check of this refusal code')
    .action((flags: TdFlags) => simulateTd(flags, terminal));
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
    fault: faultOf(flags.fault, FAULTS),
  };
  const vendor = await vendorFor(vendorDir(flags, terminal), lineNeededBy(options), at);
  const guest = await mintGuest(vendor, options);
  const written = await writeGuest(flags.out, guest);
  report(terminal, { ...LAYOUTS.snp, dir: flags.out, written, expected: guest.expected });
}

async function simulateTd(flags: TdFlags, terminal: Terminal): Promise<void> {
  const at = atOf(flags.at, terminal);
  if (flags.mrtd !== undefined && flags.measurement !== undefined) {
    throw new UsageMistake('--measurement is another name for --mrtd: give one of them.');
  }
  const fault = faultOf(flags.fault, TD_FAULTS);
  const options: TdOptions = {
    at,
    // Whoever wants a fault of a log gets a log with it.
    eventLog: fault === undefined ? BOOT_EVENTS : undefined,
    reportData: bytesOf(flags.reportData, '--report-data', 64),
    mrTd: bytesOf(flags.mrtd, '--mrtd', 48) ?? bytesOf(flags.measurement, '--measurement', 48),
    attributes: { debug: flags.debug },
    quoteVersion: flags.quoteVersion === '4' ? 4 : 5,
    envelope: flags.envelope,
    fault,
  };
  const td = await mintTd(await intelFor(vendorDir(flags, terminal), at), options);
  const written = await writeTd(flags.out, td);
  report(terminal, { ...LAYOUTS.tdx, dir: flags.out, written, expected: td.expected });
}

const LAYOUTS = {
  snp: { evidence: 'report.bin', anchor: 'ark.pem' },
  tdx: { evidence: 'quote.bin', anchor: 'root-ca.pem' },
} as const;

interface Written {
  readonly evidence: string;
  readonly anchor: string;
  readonly dir: string;
  readonly written: readonly string[];
  readonly expected: { readonly at: Date; readonly reportData: Uint8Array };
}

function report(terminal: Terminal, guest: Written): void {
  terminal.out(`${guest.dir}: ${guest.written.join(', ')}`);
  terminal.out(`Try: assay verify ${join(guest.dir, guest.evidence)} ${verifyHint(guest)}`);
}

function vendorDir({ vendor }: SharedFlags, terminal: Terminal): string {
  return vendor ?? join(terminal.env.ASSAY_DATA_DIR || './data', 'simulated');
}

/** A line that the vendor has is taken as it is: renewing lists is for whoever runs the vendor. */
async function vendorFor(dir: string, product: ProductName, at: Date): Promise<SimulatedAmd> {
  const vendor = await loadVendor(dir);
  return vendor.products.has(product) ? vendor : ensureVendor(dir, at, { products: [product] });
}

/** As for a product line: an Intel that is there is taken as it is. */
async function intelFor(dir: string, at: Date): Promise<SimulatedIntel> {
  return (await hasIntel(dir)) ? loadIntel(dir) : ensureIntel(dir, at);
}

/** All that the verdict can use: without a fault the command ends affirming. */
function verifyHint({ dir, anchor, written, expected }: Written): string {
  return [
    `--endorsements ${dir}`,
    `--trust-anchor ${join(dir, anchor)}`,
    `--reference-values ${join(dir, 'reference-values.json')}`,
    ...(written.includes('event_log.bin') ? [`--event-log ${join(dir, 'event_log.bin')}`] : []),
    ...(written.includes('policy.json') ? [`--policy ${join(dir, 'policy.json')}`] : []),
    `--report-data ${hexOf(expected.reportData)}`,
    `--at ${expected.at.toISOString()}`,
  ].join(' ');
}

function faultOf(code: string | undefined, faults: readonly RefusalCode[]): RefusalCode | undefined {
  if (code === undefined) return undefined;
  if (isRefusalCode(code) && faults.includes(code)) return code;
  throw new UsageMistake(
    `no guest can be made that earns ${code}; the faults are:\n  ${faults.join('\n  ')}`,
  );
}

function bytesOf(hex: string | undefined, option: string, length: number): Uint8Array | undefined {
  return hex === undefined ? undefined : hexOption(hex, option, length);
}

function atOf(text: string | undefined, terminal: Terminal): Date {
  return text === undefined ? terminal.now() : instantOption(text, '--at');
}
