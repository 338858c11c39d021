/** A table of bulletins that comes from outside this build, as bytes. */
import { parseJsonObject } from '../../bytes/json.js';
import { KeptJson } from '../../bytes/kept-json.js';
import type { EndorsementRequirement } from '../../rats/endorsement.js';
import { RefusalError } from '../../rats/refusal.js';
import { type BulletinDocument, type BulletinTable, readBulletinTable } from './bulletin-table.js';
import { TCB_COMPONENTS, type TcbComponent } from './tcb.js';

/** What a table is kept and handed over as. */
export const BULLETINS_REQUIREMENT: EndorsementRequirement = { kind: 'snp-bulletins', subject: 'amd' };

/** Of the form of bulletins.json; members for people alone are passed over. Throws TypeError, which says what is wrong. */
export function tableOf(bytes: Uint8Array): BulletinTable {
  return readBulletinTable(documentOf(bytes));
}

function documentOf(bytes: Uint8Array): BulletinDocument {
  const table = new KeptJson(jsonOf(bytes));
  const revision = table.text('revision');
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(revision)) throw new TypeError('the revision is no name');
  return {
    revision,
    processors: table.texts('processors'),
    bulletins: table.objects('bulletins').map((bulletin) => ({
      id: bulletin.text('id'),
      published: bulletin.orNull('published', (from) => from.text('published')),
      rows: bulletin.objects('rows').map(rowOf),
    })),
    not_covered: table.objects('not_covered').map((item) => ({ subject: item.text('subject') })),
  };
}

function jsonOf(bytes: Uint8Array): ReturnType<typeof parseJsonObject> {
  try {
    return parseJsonObject(bytes);
  } catch (error) {
    if (error instanceof RefusalError) throw new TypeError(error.refusal.detail);
    throw error;
  }
}

function rowOf(row: KeptJson): BulletinDocument['bulletins'][number]['rows'][number] {
  return {
    cpuid: row.words('cpuid'),
    state: row.text('state'),
    ...(row.has('confidence') ? { confidence: row.text('confidence') } : {}),
    ...(row.has('floor') ? { floor: floorOf(row.texts('floor')) } : {}),
    ...(row.has('mitigation_bits') ? { mitigation_bits: row.integers('mitigation_bits') } : {}),
    ...(row.has('platform_bits') ? { platform_bits: row.words('platform_bits') } : {}),
    ...(row.has('smt_off') ? { smt_off: row.flag('smt_off') } : {}),
    ...(row.has('host_part') ? { host_part: row.flag('host_part') } : {}),
  };
}

/** A component that nobody knows would never be asked for. */
function floorOf(levels: Readonly<Record<string, string>>): Readonly<Partial<Record<TcbComponent, string>>> {
  const unknown = Object.keys(levels).find((name) => !TCB_COMPONENTS.some((component) => component === name));
  if (unknown !== undefined) throw new TypeError(`${unknown} is no component of a TCB`);
  return levels;
}
