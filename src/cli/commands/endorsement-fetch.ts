/** `assay endorsements fetch`: vendors asked from the command line, into a directory that `verify` and `import` read. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { openVendors } from '../../compose/vendors.js';
import { ConfigRefused, readVendorConfig } from '../../config.js';
import {
  type Asked,
  anchorsWith,
  createShelf,
  type GatherParts,
  gather,
  layoutOf,
} from '../../endorsements/gather.js';
import { readBuildInfo } from '../../platform/build-info.js';
import { reasonOf, whyUnreadable } from '../../platform/file-access.js';
import { anchorsFromFiles, loadPinnedAnchors } from '../../platform/pinned-anchors.js';
import {
  ENDORSEMENT_TRACKS,
  type EndorsementRequirement,
  type EndorsementTrack,
} from '../../rats/endorsement.js';
import { AUTO, parseEvidence, SCHEMES } from '../../tee/registry.js';
import { EXIT, UsageMistake } from '../exit.js';
import { readBytes, writeBytes } from '../files.js';
import type { CommandLine } from '../terminal.js';

interface FetchFlags {
  readonly evidence?: string;
  readonly product?: string;
  readonly fmspc?: string;
  readonly track: EndorsementTrack;
  readonly trustAnchor?: readonly string[];
}

export function addFetch(endorsements: Command, line: CommandLine): void {
  endorsements
    .command('fetch')
    .description('ask AMD and Intel, without a service, for what evidence needs, and write it to a directory')
    .argument('<dir>', 'where the documents go, by the names that `verify --endorsements` and `import` read')
    .option('--evidence <file>', 'everything that this evidence needs and does not bring')
    .option(
      '--product <name>',
      'authorities and revocation lists of an AMD product line: Milan, Genoa, Turin',
    )
    .option('--fmspc <hex>', 'TCB info, QE identity and revocation lists for an Intel FMSPC')
    .addOption(
      new Option('--track <series>', 'which of Intel’s two series of TCB info and QE identity')
        .choices(ENDORSEMENT_TRACKS)
        .default('standard'),
    )
    .option('--trust-anchor <file>', 'root to trust in place of the pinned ones; may be repeated', collect)
    .action((dir: string, flags: FetchFlags) => runFetch(dir, flags, line));
}

function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

async function runFetch(dir: string, flags: FetchFlags, line: CommandLine): Promise<void> {
  const wanted = await wantedBy(flags);
  const shelf = createShelf();
  const asked = await askVendors(wanted, { shelf, flags, line });
  const files = layoutOf(shelf.documents, SCHEMES);
  if (files.length > 0) await makeDirectory(dir);
  for (const { name, bytes } of files) await writeBytes(join(dir, name), bytes);
  printAsked(asked, { dir, files: files.map(({ name }) => name) }, line);
}

type Wanted = (certificates: readonly Uint8Array[]) => readonly EndorsementRequirement[];

async function wantedBy({ evidence, product, fmspc }: FetchFlags): Promise<Wanted> {
  const families = [
    ...(product === undefined ? [] : [familyOf(product, '--product')]),
    ...(fmspc === undefined ? [] : [familyOf(fmspc.toLowerCase(), '--fmspc')]),
  ].flat();
  if (evidence === undefined) {
    if (families.length === 0) throw new UsageMistake('Say what for: --evidence, --product or --fmspc.');
    return () => families;
  }
  const bytes = await readBytes(evidence);
  return (certificates) => [...parseEvidence(AUTO, bytes, certificates).requirements, ...families];
}

function familyOf(name: string, option: string): readonly EndorsementRequirement[] {
  for (const { familyRequirements } of SCHEMES) {
    const found = familyRequirements(name);
    if (found !== null) return found;
  }
  throw new UsageMistake(
    `${option}: there is no ${name}. Known are Milan, Genoa, Turin, and FMSPCs of 12 hex digits.`,
  );
}

async function askVendors(
  wanted: Wanted,
  {
    shelf,
    flags,
    line: { terminal },
  }: { readonly shelf: GatherParts['shelf']; readonly flags: FetchFlags; readonly line: CommandLine },
): Promise<readonly Asked[]> {
  const given = flags.trustAnchor;
  const anchors =
    given === undefined
      ? loadPinnedAnchors()
      : await anchorsFromFiles(await Promise.all(given.map(readBytes)));
  const realm = anchors.simulated ? 'simulated' : 'genuine';
  const vendors = openVendors(vendorConfig(terminal.env, anchors.simulated), {
    build: readBuildInfo(),
    store: shelf,
    anchorsFor: () => anchorsWith(anchors, shelf.documents, SCHEMES),
    now: () => terminal.now(),
    fetched: () => {},
  });
  try {
    const asking = vendors.of(realm);
    if (asking === null) {
      throw new UsageMistake(
        anchors.simulated
          ? 'Nobody is there to ask: ASSAY_SIMULATED_VENDOR_URL names the server of simulated vendors.'
          : 'ASSAY_VENDOR_FETCH is off: no vendor is asked from here.',
      );
    }
    return await gather(wanted, { ...asking, shelf, schemes: SCHEMES, track: flags.track });
  } finally {
    await vendors.close();
  }
}

function vendorConfig(
  env: CommandLine['terminal']['env'],
  simulated: boolean,
): ReturnType<typeof readVendorConfig> {
  try {
    return readVendorConfig(env, { whyUnreadable, simulated });
  } catch (error) {
    if (error instanceof ConfigRefused) throw new UsageMistake(error.message);
    throw error;
  }
}

async function makeDirectory(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true });
  } catch (error) {
    throw new UsageMistake(`${dir} cannot be made: ${reasonOf(error)}.`);
  }
}

function printAsked(
  asked: readonly Asked[],
  { dir, files }: { readonly dir: string; readonly files: readonly string[] },
  line: CommandLine,
): void {
  const { out, colours } = line.terminal;
  for (const { requirement, result } of asked) {
    const got = result.kind === 'kept';
    const words = got ? '' : `: ${inWords(result)}`;
    const mark = got ? colours.green('✓') : colours.red('✗');
    out(`${mark} ${requirement.kind} ${requirement.subject}${words}`);
  }
  if (files.length > 0) out(`Written to ${dir}: ${files.join(', ')}`);
  line.exitCode = exitCodeOf(asked);
}

function inWords(result: Exclude<Asked['result'], { readonly kind: 'kept' }>): string {
  switch (result.kind) {
    case 'unpublished':
      return 'its vendor gives it to nobody who asks; it comes with the evidence';
    case 'not-found':
      return `its vendor has none (${result.status})`;
    case 'rate-limited':
      return `its vendor takes no more requests now; ask again in ${result.retryAfter ?? 10} s`;
    case 'refused':
      return `${result.code}: ${result.why}`;
    default:
      return result.why;
  }
}

/** Refused when something is not the vendor's or is nowhere; undecided when asking again may bring it. */
function exitCodeOf(asked: readonly Asked[]): number {
  const kinds = new Set(asked.map(({ result }) => result.kind));
  if (kinds.has('refused') || kinds.has('not-found') || kinds.has('unpublished')) return EXIT.refused;
  return kinds.has('unavailable') || kinds.has('rate-limited') || kinds.has('older')
    ? EXIT.undecided
    : EXIT.affirming;
}
