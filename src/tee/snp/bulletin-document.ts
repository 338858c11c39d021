/**
 * The table of bulletins as a JSON document: its form, read strictly. A member that nobody knows refuses the table, for
 * what is not read cannot be judged by; so do a date that no calendar has and a revision that cannot be put in order.
 */
import { parseJson } from '../../bytes/json.js';
import type { JsonValue } from '../../rats/result.js';
import type { TcbComponent } from './tcb.js';

interface RowDocument {
  readonly cpuid: readonly string[];
  readonly state: string;
  readonly confidence?: string;
  readonly floor?: Readonly<Partial<Record<TcbComponent, string>>>;
  readonly mitigation_bits?: readonly number[];
  readonly platform_bits?: readonly string[];
  readonly smt_off?: boolean;
  readonly host_part?: boolean;
}

/** What the program reads of it; the rest is for people. */
export interface BulletinDocument {
  /** `2026-11`; a second table of that month `2026-11.1`. */
  readonly revision: string;
  readonly processors: Readonly<Record<string, string>>;
  readonly bulletins: readonly {
    readonly id: string;
    readonly published: string | null;
    readonly rows: readonly RowDocument[];
  }[];
  readonly not_covered: readonly { readonly subject: string }[];
}

const REVISION = /^(?<year>20\d{2})-(?<month>0[1-9]|1[0-2])(?:\.(?<further>[1-9]\d?))?$/;
const MONTH = /^20\d{2}-(?:0[1-9]|1[0-2])$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const CPUID = /^[0-9a-f]{2}\/[0-9a-f]{2}\/[0-9a-f]{1,2}$/;
const COMPONENTS: readonly TcbComponent[] = ['fmc', 'bootloader', 'tee', 'snp', 'microcode'];
/** Fit to be printed, and short enough for a line or two. */
const TEXT = /^[\x20-\x7e\u00a0-\uffff]{1,512}$/;

/** Throws TypeError, naming the place, for a document of another form; the codes of `parseJson` for what is no JSON. */
export function parseBulletinDocument(bytes: Uint8Array): BulletinDocument {
  const table = membersOf(
    parseJson(bytes),
    'the table',
    ['revision', 'gathered', 'about', 'confidence', 'processors', 'bulletins', 'not_covered'],
    [],
  );
  matching(table.gathered, MONTH, 'gathered');
  matching(table.about, TEXT, 'about');
  namesOf(table.confidence, /^[A-C]$/, 'confidence');
  return {
    revision: matching(table.revision, REVISION, 'revision'),
    processors: namesOf(table.processors, CPUID, 'processors'),
    bulletins: listOf(table.bulletins, 'bulletins', readBulletin),
    not_covered: listOf(table.not_covered, 'not_covered', (value, where) => {
      const { subject, bulletins } = membersOf(value, where, ['subject', 'bulletins'], []);
      textsOf(bulletins, `${where}.bulletins`);
      return { subject: matching(subject, TEXT, `${where}.subject`) };
    }),
  };
}

/** `date`: the first day of the month of a revision; `sequence`: its place among all. Throws TypeError. */
export function revisionOf(revision: string): { readonly date: Date; readonly sequence: bigint } {
  const { year = '', month = '', further = '0' } = REVISION.exec(revision)?.groups ?? {};
  if (year === '') throw broken('revision', 'cannot be put in order');
  return {
    date: new Date(`${year}-${month}-01T00:00:00Z`),
    sequence: BigInt(`${year}${month}${further.padStart(2, '0')}`),
  };
}

function readBulletin(value: JsonValue, where: string): BulletinDocument['bulletins'][number] {
  const known = ['id', 'subject', 'cves', 'published', 'source', 'rows'];
  const bulletin = membersOf(value, where, known, ['note']);
  for (const name of ['subject', 'source', ...('note' in bulletin ? ['note'] : [])]) {
    matching(bulletin[name], TEXT, `${where}.${name}`);
  }
  textsOf(bulletin.cves, `${where}.cves`);
  return {
    id: matching(bulletin.id, TEXT, `${where}.id`),
    published: bulletin.published === null ? null : dayOf(bulletin.published, `${where}.published`),
    rows: listOf(bulletin.rows, `${where}.rows`, readRow),
  };
}

function readRow(value: JsonValue, where: string): RowDocument {
  const row = membersOf(
    value,
    where,
    ['cpuid', 'state'],
    [
      ...['confidence', 'floor', 'mitigation_bits', 'platform_bits', 'smt_off', 'host_part'],
      ...['firmware', 'note'],
    ],
  );
  if (row.note !== undefined) matching(row.note, TEXT, `${where}.note`);
  if (row.firmware !== undefined) checkFirmware(row.firmware, `${where}.firmware`);
  return {
    cpuid: textsOf(row.cpuid, `${where}.cpuid`),
    state: matching(row.state, TEXT, `${where}.state`),
    ...(row.confidence === undefined
      ? {}
      : { confidence: matching(row.confidence, TEXT, `${where}.confidence`) }),
    ...(row.floor === undefined ? {} : { floor: floorOf(row.floor, `${where}.floor`) }),
    ...(row.mitigation_bits === undefined
      ? {}
      : { mitigation_bits: listOf(row.mitigation_bits, `${where}.mitigation_bits`, numberIn) }),
    ...(row.platform_bits === undefined
      ? {}
      : { platform_bits: textsOf(row.platform_bits, `${where}.platform_bits`) }),
    ...(row.smt_off === undefined ? {} : { smt_off: flagIn(row.smt_off, `${where}.smt_off`) }),
    ...(row.host_part === undefined ? {} : { host_part: flagIn(row.host_part, `${where}.host_part`) }),
  };
}

function floorOf(value: JsonValue, where: string): NonNullable<RowDocument['floor']> {
  const floor = membersOf(value, where, [], COMPONENTS);
  return Object.fromEntries(
    Object.entries(floor).map(([name, level]) => [name, matching(level, TEXT, `${where}.${name}`)]),
  );
}

/** One version, as AMD prints it (hex) and as reports are read (decimal). */
function checkFirmware(value: JsonValue, where: string): void {
  const { decimal, hex } = membersOf(value, where, ['decimal', 'hex'], []);
  const one = matching(decimal, /^\d{1,3}(?:\.\d{1,3}){2}$/, `${where}.decimal`)
    .split('.')
    .map(Number);
  const other = matching(hex, /^[0-9a-f]{1,2}(?:\.[0-9a-f]{1,2}){2}$/, `${where}.hex`).split('.');
  if (one.some((part, index) => part !== Number.parseInt(other[index] ?? '', 16))) {
    throw broken(where, 'says two different versions');
  }
}

type MembersByName = Readonly<Record<string, JsonValue | undefined>>;

/** An object with these members and no others. */
function membersOf(
  value: JsonValue | undefined,
  where: string,
  needed: readonly string[],
  optional: readonly string[],
): MembersByName {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw broken(where, 'is not an object');
  }
  const members = Object.entries(value);
  if (members.some(([name]) => !needed.includes(name) && !optional.includes(name))) {
    throw broken(where, 'has an unknown member');
  }
  const missing = needed.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) throw broken(`${where}.${missing}`, 'is missing');
  return Object.fromEntries(members);
}

/** An object from names of a form to texts. */
function namesOf(
  value: JsonValue | undefined,
  form: RegExp,
  where: string,
): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw broken(where, 'is not an object');
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, text]) => {
      if (!form.test(name)) throw broken(where, 'has a name of another form');
      return [name, matching(text, TEXT, where)];
    }),
  );
}

function listOf<T>(
  value: JsonValue | undefined,
  where: string,
  read: (item: JsonValue, where: string) => T,
): readonly T[] {
  if (!Array.isArray(value)) throw broken(where, 'is not a list');
  return value.map((item: JsonValue, index) => read(item, `${where}[${index}]`));
}

function textsOf(value: JsonValue | undefined, where: string): readonly string[] {
  return listOf(value, where, (item, place) => matching(item, TEXT, place));
}

function matching(value: JsonValue | undefined, form: RegExp, where: string): string {
  if (typeof value !== 'string' || !form.test(value)) throw broken(where, 'is not of its form');
  return value;
}

function dayOf(value: JsonValue | undefined, where: string): string {
  const text = matching(value, DAY, where);
  const day = new Date(`${text}T00:00:00Z`);
  // The 31st of June would become the first of July.
  if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== text) {
    throw broken(where, 'is no day of the calendar');
  }
  return text;
}

function numberIn(value: JsonValue, where: string): number {
  if (typeof value !== 'number') throw broken(where, 'is not a number');
  return value;
}

function flagIn(value: JsonValue, where: string): boolean {
  if (typeof value !== 'boolean') throw broken(where, 'is neither true nor false');
  return value;
}

function broken(where: string, what: string): TypeError {
  return new TypeError(`bulletin table: ${where} ${what}`);
}
