import { describe, expect, test } from '@jest/globals';
import {
  chipIdLength,
  cpuidText,
  productLineOfCpuid,
  productOfCpuid,
  productOfIssuer,
} from '../../../src/tee/snp/product.js';

const cpuid = (family: number, model: number) => ({ family, model, stepping: 1 });

describe('product lines', () => {
  test.each([
    ['Milan', 0x19, 0x00, 0x0f],
    ['Genoa', 0x19, 0x10, 0x1f],
    ['Genoa', 0x19, 0xa0, 0xaf],
    ['Turin', 0x1a, 0x00, 0x1f],
  ])('%s: family %d, models %d to %d, both ends included', (product, family, first, last) => {
    expect(productOfCpuid(cpuid(family, first))).toBe(product);
    expect(productOfCpuid(cpuid(family, last))).toBe(product);
    expect(productOfCpuid(cpuid(family, first - 1))).not.toBe(product);
    expect(productOfCpuid(cpuid(family, last + 1))).not.toBe(product);
  });

  test.each([0x50, 0x57, 0x90, 0xaf, 0xc0, 0xc7])(
    'Venice is known by name and not supported: model %d',
    (model) => {
      expect(productLineOfCpuid(cpuid(0x1a, model))).toBe('Venice');
      expect(productOfCpuid(cpuid(0x1a, model))).toBeNull();
    },
  );

  test('other processors are no product', () => {
    for (const [family, model] of [
      [0x17, 0x31],
      [0x19, 0x20],
      [0x1a, 0x20],
      [0x1b, 0x00],
    ] as const) {
      expect(productLineOfCpuid(cpuid(family, model))).toBeNull();
    }
  });

  test('an issuer names one by its whole common name', () => {
    expect(productOfIssuer('SEV-Genoa')).toBe('Genoa');
    expect(productOfIssuer('SEV-VLEK-Turin')).toBe('Turin');
    for (const name of [null, '', 'SEV-genoa', 'SEV-Genoa ', 'ARK-Genoa', 'SEV-VCEK', 'XSEV-Milan']) {
      expect(productOfIssuer(name)).toBeNull();
    }
  });

  test('turin_hwid_8_bytes', () => {
    expect(chipIdLength('Turin')).toBe(8);
    expect(chipIdLength('Milan')).toBe(64);
    expect(chipIdLength('Genoa')).toBe(64);
  });

  test('CPUID in words', () => {
    expect(cpuidText({ family: 0x19, model: 0x01, stepping: 0xc })).toBe('19/01/c');
  });
});
