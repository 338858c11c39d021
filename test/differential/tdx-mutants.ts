/**
 * Mutants of quotes and of the documents beside them, each known by its number: what the fuzzer does to bytes, what
 * the comparison with one peer alone does to documents and instants, and TDs of the miniature Intel signed anew.
 */
import type { TrustAnchors } from '../../src/rats/endorsement.js';
import { intelAnchorsOf, mintTd, type SimulatedIntel } from '../../src/simulator/index.js';
import { type Change, mutate } from '../fuzz/mutation.js';
import { SIMULATED_AT } from '../simulated-vendor.js';
import { Chance } from '../vectors/differential/chance.js';
import { genuineMaterial, genuineMutant } from '../vectors/differential/genuine-mutants.js';
import { mintedMutant } from '../vectors/differential/minted-mutants.js';
import { genuineQuotes } from '../vectors/tdx-quotes.js';
import type { TdxMaterial } from './tdx-material.js';

/** Header; body descriptor; length of the signature data; types and lengths of what is nested in it. */
const PLACES = {
  4: [0, 2, 4, 8, 10, 12, 632, 764, 766, 1218, 1252, 1254],
  5: [0, 2, 4, 12, 48, 50, 54, 702, 834, 836, 1288, 1322, 1324],
} as const;

/** In digits alone: go-tdx-guest tells letters apart by their case, and would see no further than that. */
const PLATFORM = { fmspc: '105560000000' };

export interface TdxOriginals {
  readonly genuine: readonly TdxMaterial[];
  readonly minted: readonly TdxMaterial[];
  readonly intel: SimulatedIntel;
}

export async function tdxOriginals(
  home: string,
  anchors: TrustAnchors,
  intel: SimulatedIntel,
): Promise<TdxOriginals> {
  const options = [
    { quoteVersion: 4 },
    { quoteVersion: 4, envelope: 'padded' },
    { quoteVersion: 5, bodyType: 2 },
    { quoteVersion: 5, bodyType: 3 },
  ] as const;
  const minted = options.map(async (one, index): Promise<TdxMaterial> => {
    const { evidence, documents } = await mintTd(intel, { at: SIMULATED_AT, ...PLATFORM, ...one });
    return { name: `TD ${index}`, evidence, documents, at: SIMULATED_AT, anchors: intelAnchorsOf(intel) };
  });
  return {
    genuine: genuineQuotes(home).map((sample) => genuineMaterial(sample, anchors)),
    minted: await Promise.all(minted),
    intel,
  };
}

/** Number `index` of them; the minted ones are the same in every run but for keys, serial numbers and measurements. */
export async function tdxMutant(
  index: number,
  changes: readonly Change[],
  { genuine, minted, intel }: TdxOriginals,
): Promise<TdxMaterial> {
  const chance = new Chance(index);
  switch (index % 10) {
    case 0:
    case 1:
      return numbered(index, genuineMutant(Math.floor(index / 5), chance, genuine));
    case 2:
    case 3:
    case 4:
      return numbered(
        index,
        await mintedMutant(Math.floor(index / 3), chance, intel, SIMULATED_AT, PLATFORM),
      );
    default: {
      const all = [...genuine, ...minted];
      const original = chance.pick(all);
      const evidence = mutate(original.evidence, changes, {
        structure: 'octets',
        places: PLACES[original.evidence[0] === 5 ? 5 : 4],
        others: all.map((one) => one.evidence),
      });
      return numbered(index, { ...original, evidence, name: `${original.name}, bytes` });
    }
  }
}

function numbered(index: number, material: TdxMaterial): TdxMaterial {
  return { ...material, name: `${index}: ${material.name}` };
}
