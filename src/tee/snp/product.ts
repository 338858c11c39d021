/** Product lines: which processor is which, by CPUID and by certificate issuer. */
import { onceFor } from '../../rats/once.js';
import type { Cpuid } from './report.js';

/** KDS names, case-sensitive. Bergamo and Siena belong to Genoa. */
export type SnpProduct = 'Milan' | 'Genoa' | 'Turin';

export const SNP_PRODUCTS: readonly SnpProduct[] = ['Milan', 'Genoa', 'Turin'];

/** Bytes of CHIP_ID in use, and of hwID in the VCEK. */
export function chipIdLength(product: SnpProduct): 8 | 64 {
  return product === 'Turin' ? 8 : 64;
}

interface ModelRange {
  readonly family: number;
  readonly first: number;
  readonly last: number;
  readonly product: SnpProduct | 'Venice';
}

/** AMD 57230, section 1.5: combined family, first and last model inclusive. */
const MODEL_RANGES: readonly ModelRange[] = [
  { family: 0x19, first: 0x00, last: 0x0f, product: 'Milan' },
  { family: 0x19, first: 0x10, last: 0x1f, product: 'Genoa' },
  { family: 0x19, first: 0xa0, last: 0xaf, product: 'Genoa' },
  { family: 0x1a, first: 0x00, last: 0x1f, product: 'Turin' },
  { family: 0x1a, first: 0x50, last: 0x57, product: 'Venice' },
  { family: 0x1a, first: 0x90, last: 0xaf, product: 'Venice' },
  { family: 0x1a, first: 0xc0, last: 0xc7, product: 'Venice' },
];

/** `Venice`: known by name, without public roots. Null: no product line that this build knows. */
export function productLineOfCpuid(cpuid: Cpuid): SnpProduct | 'Venice' | null {
  const range = MODEL_RANGES.find(
    ({ family, first, last }) => cpuid.family === family && cpuid.model >= first && cpuid.model <= last,
  );
  return range?.product ?? null;
}

/** The product line with a pinned root, or null. */
export function productOfCpuid(cpuid: Cpuid): SnpProduct | null {
  const line = productLineOfCpuid(cpuid);
  return line === 'Venice' ? null : line;
}

/** From an issuer's common name: `SEV-Genoa` signs VCEKs, `SEV-VLEK-Genoa` signs VLEKs. Null: neither. */
export function productOfIssuer(commonName: string | null): SnpProduct | null {
  if (commonName === null) return null;
  return SNP_PRODUCTS.find((p) => commonName === `SEV-${p}` || commonName === `SEV-VLEK-${p}`) ?? null;
}

/** `19/01/1`: family and model in two hexadecimal digits, stepping in one or more. */
export const cpuidText = onceFor((cpuid: Cpuid): string => {
  const two = (value: number): string => value.toString(16).padStart(2, '0');
  return `${two(cpuid.family)}/${two(cpuid.model)}/${cpuid.stepping.toString(16)}`;
});
