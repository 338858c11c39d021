import { describe, expect, test } from '@jest/globals';
import { broughtBy, documentKey } from '../../src/endorsements/anchored.js';
import { loadPinnedAnchors } from '../../src/platform/pinned-anchors.js';
import { anchorsOf } from '../../src/simulator/index.js';
import { SCHEMES } from '../../src/tee/registry.js';
import { simulatedVendor } from '../simulated-vendor.js';

const PRODUCTS = ['Milan', 'Genoa', 'Turin'];
const TABLE = documentKey({ kind: 'snp-bulletins', subject: 'amd' });
const AUTHORITIES = PRODUCTS.flatMap((subject) =>
  ['snp-ask', 'snp-asvk'].map((kind) => documentKey({ kind, subject })),
);

describe('what anchors bring', () => {
  test('is both authorities of every product, of the pinned anchors, beside what the build ships', async () => {
    expect([...(await broughtBy(loadPinnedAnchors(), SCHEMES))].sort()).toEqual(
      [...AUTHORITIES, TABLE].sort(),
    );
  });

  test('is the same of a simulated vendor, and no more than was given', async () => {
    const anchors = anchorsOf(await simulatedVendor());
    expect(await broughtBy(anchors, SCHEMES)).toEqual(new Set([...AUTHORITIES, TABLE]));
    const [authority = new Uint8Array(0)] = anchors.vendors.amd?.intermediates ?? [];
    const roots = anchors.vendors.amd?.roots ?? [authority];
    const one = { simulated: true, vendors: { amd: { roots, intermediates: [authority] } } };
    expect((await broughtBy(one, SCHEMES)).size).toBe(2);
    expect(await broughtBy({ simulated: true, vendors: {} }, SCHEMES)).toEqual(new Set([TABLE]));
  });
});
