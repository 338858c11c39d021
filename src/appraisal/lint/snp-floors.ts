/** Floors by CPUID and product: which of them are never reached, and which are below the table of bulletins. */
import type { CpuidFloor, SnpPolicy } from '../../rats/policy.js';
import type { ProcessorChoice, TcbFloor } from '../../rats/policy-snp.js';
import type { ProcessorFacts, VendorFacts } from '../../rats/vendor-facts.js';
import { type Finding, finding } from './finding.js';

const COMPONENTS = ['fmc', 'bootloader', 'tee', 'snp', 'microcode'] as const;

export function lintFloors(snp: SnpPolicy, { processors }: VendorFacts): readonly Finding[] {
  return [
    ...unreached('snp.tcb_floors', snp.tcb_floors, snp, processors),
    ...unreached('snp.firmware_floors', snp.firmware_floors, snp, processors),
    ...unreached('snp.mitigation_floors', snp.mitigation_floors, snp, processors),
    ...snp.tcb_floors.flatMap((floor, place) => lintFloor(`snp.tcb_floors.${place}`, floor, processors)),
    ...redundantFirmware(snp),
  ];
}

/** For processors that nobody knows, and for products that are denied anyway. */
function unreached(
  path: string,
  list: readonly ProcessorChoice[],
  { products }: SnpPolicy,
  processors: readonly ProcessorFacts[],
): readonly Finding[] {
  return list.flatMap((choice, place) => {
    const at = `${path}.${place}`;
    const known = processors.find(({ cpuid }) => cpuid === choice.cpuid);
    if (choice.cpuid !== undefined && known === undefined) {
      return [
        finding('warning', `${at}.cpuid`, `${choice.cpuid} is no processor of the table: check its spelling`),
      ];
    }
    const product = choice.product ?? known?.product ?? '';
    const member = choice.product === undefined ? 'cpuid' : 'product';
    return products.includes(product)
      ? []
      : [finding('warning', `${at}.${member}`, `is never reached: snp.products leaves out ${product}`)];
  });
}

function lintFloor(
  path: string,
  floor: CpuidFloor,
  processors: readonly ProcessorFacts[],
): readonly Finding[] {
  const concerned = processors.filter(
    ({ cpuid, product }) => cpuid === floor.cpuid || product === floor.product,
  );
  const fmc =
    floor.tcb.fmc !== undefined &&
    concerned.length > 0 &&
    concerned.every(({ product }) => product !== 'Turin');
  return [
    ...(fmc ? [finding('warning', `${path}.tcb.fmc`, 'is on Turin alone: it asks nothing here')] : []),
    ...COMPONENTS.flatMap((component) => belowTable(`${path}.tcb.${component}`, component, floor, concerned)),
  ];
}

/** The table’s own floor still decides the status: what a lower one says is that nobody looked lately. */
function belowTable(
  path: string,
  component: keyof TcbFloor,
  { tcb }: CpuidFloor,
  concerned: readonly ProcessorFacts[],
): readonly Finding[] {
  const asked = tcb[component];
  const higher = concerned.filter(({ floor }) => asked !== undefined && asked < (floor[component] ?? 0));
  if (asked === undefined || higher.length === 0) return [];
  const named = higher.map(({ cpuid, floor }) => `${floor[component]} for ${cpuid}`).join(', ');
  return [finding('warning', path, `${asked} is below an active row of the table of bulletins (${named})`)];
}

function redundantFirmware({
  minimum_firmware: general,
  firmware_floors: floors,
}: SnpPolicy): readonly Finding[] {
  if (general === null) return [];
  return floors.flatMap(({ minimum }, place) =>
    compareVersions(minimum, general) <= 0
      ? [finding('warning', `snp.firmware_floors.${place}`, `asks no more than minimum_firmware ${general}`)]
      : [],
  );
}

/** Of `major.minor.build`; negative: `a` is older. */
export function compareVersions(a: string, b: string): number {
  const [one, other] = [a, b].map((text) => text.split('.').map(Number));
  const differing = [0, 1, 2].find((place) => one?.[place] !== other?.[place]);
  return differing === undefined ? 0 : (one?.[differing] ?? 0) - (other?.[differing] ?? 0);
}
