import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { chipKeyOf } from '../../../src/simulator/amd/chip-key.js';
import { mintGuest } from '../../../src/simulator/index.js';
import { makeEcKey, pointOf } from '../../../src/simulator/key-pair.js';
import { SIMULATED_AT, simulatedVendor } from '../../simulated-vendor.js';

const TCB = { fmc: 0, bootloader: 4, tee: 0, snp: 29, microcode: 222 };
const CHIP = new Uint8Array(64).fill(0xab);

const lineOf = async (product: 'Milan' | 'Genoa' | 'Turin') => {
  const line = (await simulatedVendor()).products.get(product);
  if (line === undefined) throw new Error(`the vendor has ${product}`);
  return line;
};
const hexOf = (key: KeyObject) => Buffer.from(pointOf(key)).toString('hex');

describe('the key of a simulated chip', () => {
  test('is a P-384 key that signs, the same each time', async () => {
    const milan = await lineOf('Milan');
    const key = chipKeyOf(milan, CHIP, TCB);
    expect(key.asymmetricKeyDetails?.namedCurve).toBe('secp384r1');
    expect(hexOf(chipKeyOf(milan, CHIP, TCB))).toBe(hexOf(key));
    const message = Buffer.from('report');
    expect(verify('sha384', message, createPublicKey(key), sign('sha384', message, key))).toBe(true);
  });

  test('differs by line, chip, TCB and vendor', async () => {
    const milan = await lineOf('Milan');
    const stranger = { ...milan, ask: (await lineOf('Genoa')).ask };
    const other = Uint8Array.from(CHIP).fill(0xac, 63);
    const keys = [
      chipKeyOf(milan, CHIP, TCB),
      chipKeyOf(await lineOf('Genoa'), CHIP, TCB),
      chipKeyOf(milan, other, TCB),
      chipKeyOf(milan, CHIP, { ...TCB, microcode: 223 }),
      chipKeyOf(stranger, CHIP, TCB),
    ];
    expect(new Set(keys.map(hexOf)).size).toBe(keys.length);
  });

  test('of a Turin goes by the eight bytes that it uses', async () => {
    const turin = await lineOf('Turin');
    const long = Uint8Array.from(CHIP).fill(0, 8);
    expect(hexOf(chipKeyOf(turin, CHIP.subarray(0, 8), TCB))).toBe(hexOf(chipKeyOf(turin, long, TCB)));
  });

  test('is what a guest signs with; a provider’s key is made for the occasion', async () => {
    const vendor = await simulatedVendor();
    const options = { at: SIMULATED_AT, chipId: CHIP, tcb: TCB } as const;
    const [one, two] = [await mintGuest(vendor, options), await mintGuest(vendor, options)];
    expect(hexOf(one.leafKey)).toBe(hexOf(chipKeyOf(await lineOf('Milan'), CHIP, one.expected.reportedTcb)));
    expect(hexOf(two.leafKey)).toBe(hexOf(one.leafKey));
    const vlek = { ...options, signingKey: 'VLEK' } as const;
    const providers = [await mintGuest(vendor, vlek), await mintGuest(vendor, vlek)];
    expect(new Set(providers.map(({ leafKey }) => hexOf(leafKey))).size).toBe(2);
    expect(hexOf(await makeEcKey('P-384'))).not.toBe(hexOf(one.leafKey));
  });
});
