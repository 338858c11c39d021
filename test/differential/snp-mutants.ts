/**
 * Mutants of reports, each known by its number. Under AMD's signatures most die early, so that two in five are made of
 * guests of the miniature AMD and signed anew: then content decides.
 */
import type { TrustAnchors } from '../../src/rats/endorsement.js';
import { signReport } from '../../src/simulator/amd/report.js';
import {
  FAULTS,
  type GuestOptions,
  mintGuest,
  type SimulatedAmd,
  type SimulatedGuest,
} from '../../src/simulator/index.js';
import { type Change, mutate } from '../fuzz/mutation.js';
import { SIMULATED_AT } from '../simulated-vendor.js';
import { Chance } from '../vectors/differential/chance.js';
import { snpSamples } from '../vectors/snp-samples.js';
import { materialOfGuest, materialOfSample, type SnpMaterial } from './snp-material.js';

/** Version, POLICY, VMPL, SIGNATURE_ALGO, the TCBs, PLATFORM_INFO, KEY_INFO, CPUID, versions, mitigations, R and S. */
const PLACES = [
  0x00, 0x08, 0x0a, 0x30, 0x34, 0x38, 0x40, 0x48, 0x4c, 0x180, 0x188, 0x189, 0x18a, 0x18b, 0x1a0, 0x1e0,
  0x1e8, 0x1ec, 0x1f0, 0x1f8, 0x200, 0x208, 0x2a0, 0x2d0, 0x2e8, 0x318, 0x330,
];
const SIGNED = 0x2a0;
const DAY = 86_400_000;

const GUESTS: readonly Omit<GuestOptions, 'at'>[] = [
  { reportVersion: 5 },
  { reportVersion: 2 },
  { product: 'Genoa', reportVersion: 3 },
  { product: 'Turin', reportVersion: 5 },
  { signingKey: 'VLEK', reportVersion: 3 },
  { product: 'Genoa', signingKey: 'VLEK' },
];

/** Genuine as far as AMD's manuals go, and unlike what a peer expects of a guest. */
const UNUSUAL: readonly (readonly [name: string, options: Omit<GuestOptions, 'at'>])[] = [
  ['stepping above 15', { cpuid: { family: 0x19, model: 0x01, stepping: 0x1f } }],
  ['a higher build of a lower version', { committedVersion: { major: 1, minor: 53, build: 165 } }],
  ['masked chip in version 2', { reportVersion: 2, signingKey: 'VLEK', maskChipId: true }],
  ['no CPUID in version 3', { reportVersion: 3, cpuid: { family: 0, model: 0, stepping: 0 } }],
];

/** What mutants are made of. */
export interface SnpOriginals {
  readonly genuine: readonly SnpMaterial[];
  readonly guests: readonly { readonly guest: SimulatedGuest; readonly material: SnpMaterial }[];
  /** One guest per fault that the simulator knows, and unusual ones. */
  readonly faulty: readonly SnpMaterial[];
}

export async function snpOriginals(
  home: string,
  anchors: TrustAnchors,
  vendor: SimulatedAmd,
): Promise<SnpOriginals> {
  const mint = async (name: string, options: Omit<GuestOptions, 'at'>) => {
    const guest = await mintGuest(vendor, { at: SIMULATED_AT, ...options });
    const material = materialOfGuest(name, guest, vendor);
    return material === null ? [] : [{ guest, material }];
  };
  const guests = await Promise.all(GUESTS.map((options, index) => mint(`guest ${index}`, options)));
  const faulty = await Promise.all([
    ...FAULTS.map((fault) => mint(`fault ${fault}`, { fault })),
    ...UNUSUAL.map(([name, options]) => mint(name, options)),
  ]);
  return {
    genuine: snpSamples(home).map((sample) => materialOfSample(home, sample, anchors)),
    guests: guests.flat(),
    // An envelope that peers do not take off would say nothing.
    faulty: faulty
      .flat()
      .flatMap(({ guest, material }) => (guest.actual.envelope === 'raw' ? [material] : [])),
  };
}

/** Number `index` of them. */
export async function snpMutant(
  index: number,
  changes: readonly Change[],
  { genuine, guests }: SnpOriginals,
): Promise<SnpMaterial> {
  const chance = new Chance(index);
  const all = [...genuine, ...guests.map(({ material }) => material)];
  const original = chance.pick(all);
  const others = all.map(({ evidence }) => evidence);
  const named = (what: string, change: Partial<SnpMaterial>): SnpMaterial => ({
    ...original,
    ...change,
    name: `${index}: ${original.name}, ${what}`,
  });
  switch (index % 10) {
    case 0:
      return named('instant', {
        at: new Date(original.at.getTime() + chance.between(-9 * 365, 9 * 365) * DAY),
      });
    case 1:
      return named('leaf', {
        leaf: mutate(original.leaf, changes, {
          structure: 'der',
          places: [],
          others: [chance.pick(all).leaf],
        }),
      });
    case 2: {
      if (original.list === null) return named('leaf of another', { leaf: chance.pick(all).leaf });
      const list = mutate(original.list, changes, { structure: 'der', places: [], others: [] });
      return named('list', { list: chance.once(5) ? (chance.pick(all).list ?? list) : list });
    }
    case 3:
    case 4:
    case 5:
      return named('report', {
        evidence: mutate(original.evidence, changes, { structure: 'octets', places: PLACES, others }),
      });
    default:
      return signedAnew(index, changes, chance.pick(guests), others);
  }
}

/** The report says something else, and the chip's key signs it. */
async function signedAnew(
  index: number,
  changes: readonly Change[],
  { guest, material }: SnpOriginals['guests'][number],
  others: readonly Uint8Array[],
): Promise<SnpMaterial> {
  const places = PLACES.filter((place) => place < SIGNED);
  const changed = mutate(guest.report.subarray(0, SIGNED), changes, { structure: 'octets', places, others });
  const report = new Uint8Array(guest.report.length);
  report.set(changed.subarray(0, SIGNED));
  await signReport(report, guest.leafKey);
  return { ...material, evidence: report, name: `${index}: ${material.name}, signed anew` };
}
