import { describe, expect, test } from '@jest/globals';
import { bytesOfHex } from '../../../src/bytes/encoding.js';
import type { SnpProduct } from '../../../src/tee/snp/product.js';
import {
  componentsBelow,
  decodeTcb,
  encodeTcb,
  type SnpTcb,
  tcbAtMost,
  tcbEqual,
  tcbReservedZero,
  tcbText,
} from '../../../src/tee/snp/tcb.js';

const tcbOf = (hex: string, product: SnpProduct): SnpTcb =>
  decodeTcb(bytesOfHex(hex) ?? new Uint8Array(), product);

describe('TCB_VERSION', () => {
  test('the older layout has SNP in byte 6 and no FMC', () => {
    const tcb = tcbOf('04000000000018d9', 'Milan');
    expect(tcb).toEqual({
      fmc: null,
      bootloader: 4,
      tee: 0,
      snp: 24,
      microcode: 217,
      raw: '04000000000018d9',
    });
    expect(tcbOf('04000000000018d9', 'Genoa')).toEqual(tcb);
    expect(tcbText(tcb)).toBe('bootloader 4, tee 0, snp 24, microcode 217');
  });

  test('turin_tcb_layout', () => {
    const tcb = tcbOf('0102030400000051', 'Turin');
    expect(tcb).toEqual({ fmc: 1, bootloader: 2, tee: 3, snp: 4, microcode: 81, raw: '0102030400000051' });
    expect(tcbText(tcb)).toBe('fmc 1, bootloader 2, tee 3, snp 4, microcode 81');
  });

  test.each(['Milan', 'Genoa', 'Turin'] as const)('encoding on %s is the reverse', (product) => {
    const raw = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const decoded = decodeTcb(raw, product);
    const again = decodeTcb(encodeTcb(decoded, product), product);
    expect(tcbEqual(again, decoded)).toBe(true);
    expect(tcbReservedZero(encodeTcb(decoded, product), product)).toBe(true);
    expect(tcbReservedZero(raw, product)).toBe(false);
  });

  test.each([
    ['Milan', [2, 3, 4, 5]],
    ['Turin', [4, 5, 6]],
  ] as const)('%s reserves bytes %j', (product, reserved) => {
    for (let index = 0; index < 8; index += 1) {
      const raw = new Uint8Array(8);
      raw[index] = 1;
      expect(tcbReservedZero(raw, product)).toBe(!(reserved as readonly number[]).includes(index));
    }
  });

  test('higher_bootloader_lower_snp_fails', () => {
    const floor = tcbOf('04000000000018d9', 'Milan');
    const higher = tcbOf('0500000000001ada', 'Milan');
    const mixed = tcbOf('ff000000000017d9', 'Milan');
    expect(componentsBelow(mixed, floor)).toEqual(['snp']);
    expect(componentsBelow(higher, floor)).toEqual([]);
    expect(tcbAtMost(mixed, floor)).toBe(false);
    expect(tcbAtMost(floor, mixed)).toBe(false);
    expect(tcbAtMost(floor, higher)).toBe(true);
  });

  test('svn_higher_passes_lower_fails, per component', () => {
    const base = tcbOf('0202020200000002', 'Turin');
    for (const name of ['fmc', 'bootloader', 'tee', 'snp', 'microcode'] as const) {
      expect(componentsBelow({ ...base, [name]: 1 }, base)).toEqual([name]);
      expect(componentsBelow({ ...base, [name]: 3 }, base)).toEqual([]);
      expect(componentsBelow(base, { [name]: 2 })).toEqual([]);
    }
  });

  test('refuses another length than 8', () => {
    expect(() => decodeTcb(new Uint8Array(7), 'Milan')).toThrow(RangeError);
  });
});
