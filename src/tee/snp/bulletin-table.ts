/**
 * The dated table of AMD's security bulletins, held to its own form: the one of this build is bulletins.json.
 *
 * AMD publishes no signed TCB status, so the table carries what public transcriptions of its bulletins say,
 * one row per bulletin and processor, each with its confidence and state. Floors go by CPUID and never by
 * product name: microcode is numbered per stepping, and Milan-X 0x47 is newer than Milan B1 0xA9.
 */
import { keepDigest } from '../../bytes/digest.js';
import type { TcbFloor } from '../../rats/policy.js';
import { type BulletinDocument, parseBulletinDocument } from './bulletin-document.js';
import document from './bulletins.json' with { type: 'json' };
import { PLATFORM_BIT } from './layout.js';
import type { TcbComponent } from './tcb.js';

/**
 * `active`: counts. `conflicting`: sources contradict each other, so it is not judged. `retracted`: withdrawn by
 * AMD; listed and never counted. `no_attestable_value`: nothing in a report answers it.
 */
export const ROW_STATES = ['active', 'conflicting', 'retracted', 'no_attestable_value'] as const;
export type RowState = (typeof ROW_STATES)[number];

export type PlatformBitName = keyof typeof PLATFORM_BIT;

/** One bulletin for one processor. */
export interface BulletinRow {
  /** `AMD-SB-3020`. */
  readonly bulletin: string;
  /** RFC 3339 date; null: unknown, the row then applies at every instant. */
  readonly published: string | null;
  /** The same in milliseconds since 1970; -Infinity: at every instant. */
  readonly from: number;
  /** `family/model/stepping`, as `cpuidText` writes it. */
  readonly cpuid: string;
  readonly state: RowState;
  /** A: AMD's own text, B: independent transcriptions agree, C: one; null without a value. */
  readonly confidence: 'A' | 'B' | 'C' | null;
  readonly floor: TcbFloor;
  /** Bits that must be set both at launch and now. */
  readonly mitigationBits: readonly number[];
  /** PLATFORM_INFO bits that must be set. */
  readonly platformBits: readonly PlatformBitName[];
  /** SMT must be off: at the platform, or by the guest's POLICY. */
  readonly smtOff: boolean;
  /** Half of the fix lies outside the firmware, so a clear bit leaves the matter open. */
  readonly hostPart: boolean;
}

export interface BulletinTable {
  readonly revision: string;
  /** Every processor the table knows, `family/model/stepping`. */
  readonly processors: readonly string[];
  readonly rows: readonly BulletinRow[];
  /** The rows of each processor. */
  readonly byProcessor: ReadonlyMap<string, readonly BulletinRow[]>;
  /** What no report can show, in words. */
  readonly notCovered: readonly string[];
}

/** Throws TypeError on anything the form does not allow: a broken table must not judge. */
export function readBulletinTable(table: BulletinDocument): BulletinTable {
  const processors = Object.keys(table.processors);
  const seen = new Set<string>();
  const rows = table.bulletins.flatMap((bulletin) =>
    bulletin.rows.flatMap((row) =>
      row.cpuid.map((cpuid) => {
        const key = `${bulletin.id} ${cpuid}`;
        if (seen.has(key)) throw new TypeError(`bulletin table: ${key} has two rows`);
        seen.add(key);
        if (!processors.includes(cpuid)) throw new TypeError(`bulletin table: ${key} is no known processor`);
        return readRow(bulletin.id, bulletin.published, cpuid, row);
      }),
    ),
  );
  return {
    revision: table.revision,
    processors,
    rows,
    byProcessor: new Map(
      processors.map((processor) => [processor, rows.filter(({ cpuid }) => cpuid === processor)]),
    ),
    notCovered: table.not_covered.map(({ subject }) => subject),
  };
}

type RowDocument = BulletinDocument['bulletins'][number]['rows'][number];

function readRow(id: string, published: string | null, cpuid: string, row: RowDocument): BulletinRow {
  const broken = (what: string) => new TypeError(`bulletin table: ${id} ${cpuid}: ${what}`);
  if (!/^AMD-SB-\d{4}$/.test(id)) throw broken('no bulletin number');
  const from = published === null ? Number.NEGATIVE_INFINITY : Date.parse(`${published}T00:00:00Z`);
  if (Number.isNaN(from)) throw broken('no date');
  const state = ROW_STATES.find((word) => word === row.state);
  if (state === undefined) throw broken(`unknown state ${row.state}`);
  const confidence = (['A', 'B', 'C'] as const).find((letter) => letter === row.confidence) ?? null;
  const floor = readFloor(row.floor ?? {}, broken);
  const mitigationBits = row.mitigation_bits ?? [];
  if (!mitigationBits.every((bit) => Number.isInteger(bit) && bit >= 0 && bit < 64))
    throw broken('bit number');
  const platformBits = (row.platform_bits ?? []).map((name) => {
    if (!isPlatformBit(name)) throw broken(`unknown PLATFORM_INFO bit ${name}`);
    return name;
  });
  const smtOff = row.smt_off ?? false;
  const asks = Object.keys(floor).length + mitigationBits.length + platformBits.length > 0 || smtOff;
  if (asks === (state === 'no_attestable_value')) throw broken('conditions do not fit the state');
  if (asks && confidence === null) throw broken('a condition without confidence');
  const hostPart = row.host_part ?? false;
  return {
    bulletin: id,
    published,
    from,
    cpuid,
    state,
    confidence,
    floor,
    mitigationBits,
    platformBits,
    smtOff,
    hostPart,
  };
}

/** Patch levels are written as AMD prints them, in hex: `0xde`. */
function readFloor(
  floor: Readonly<Partial<Record<TcbComponent, string>>>,
  broken: (what: string) => TypeError,
): TcbFloor {
  const values = Object.entries(floor).map(([component, level]) => {
    if (!/^0x[0-9a-f]{2}$/.test(level)) throw broken(`${component} ${level} is not a byte in hex`);
    return [component, Number.parseInt(level, 16)];
  });
  return Object.fromEntries(values);
}

function isPlatformBit(name: string): name is PlatformBitName {
  return Object.hasOwn(PLATFORM_BIT, name);
}

/** A table from its bytes. Throws TypeError, or a refusal for what is no JSON. */
export function tableIn(bytes: Uint8Array): BulletinTable {
  return readBulletinTable(parseBulletinDocument(bytes));
}

/** The table of this build as a document: JSON without white space. Its digest names it in decisions. */
export const SHIPPED_BYTES: Uint8Array = keepDigest(
  new Uint8Array(Buffer.from(JSON.stringify(document), 'utf8')),
);

/** The table of this build. */
export const BULLETINS: BulletinTable = tableIn(SHIPPED_BYTES);

/** Named in every status: the table's revision, never AMD. */
export function sourceOf({ revision }: BulletinTable): string {
  return `assay-amd-bulletins@${revision}`;
}
