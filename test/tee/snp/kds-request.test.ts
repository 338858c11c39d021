import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { vcekSubject } from '../../../src/tee/snp/kds.js';
import { KDS, requestFor, SERVICES } from '../../../src/tee/snp/kds-request.js';
import { chipIdLength, SNP_PRODUCTS } from '../../../src/tee/snp/product.js';
import { tcbLayout } from '../../../src/tee/snp/tcb.js';

const CHIP = 'ab'.repeat(64);
const TURIN_CHIP = '0123456789abcdef';

describe('what AMD’s key distribution service is asked for', () => {
  test.each([
    [
      'snp-vek',
      `Milan/${CHIP}/04000000000018d9`,
      `/vcek/v1/Milan/${CHIP}?blSPL=4&teeSPL=0&snpSPL=24&ucodeSPL=217`,
      'vcek.der',
    ],
    [
      'snp-vek',
      `Genoa/${CHIP}/0a00000000001548`,
      `/vcek/v1/Genoa/${CHIP}?blSPL=10&teeSPL=0&snpSPL=21&ucodeSPL=72`,
      'vcek.der',
    ],
    [
      'snp-vek',
      `Turin/${TURIN_CHIP}/0102030400000051`,
      `/vcek/v1/Turin/${TURIN_CHIP}?fmcSPL=1&blSPL=2&teeSPL=3&snpSPL=4&ucodeSPL=81`,
      'vcek.der',
    ],
    ['snp-ask', 'Milan', '/vcek/v1/Milan/cert_chain', 'chain.pem'],
    ['snp-ark', 'Genoa', '/vcek/v1/Genoa/cert_chain', 'chain.pem'],
    ['snp-asvk', 'Turin', '/vlek/v1/Turin/cert_chain', 'chain.pem'],
    ['snp-vcek-crl', 'Genoa', '/vcek/v1/Genoa/crl', 'vcek_crl.der'],
    ['snp-vlek-crl', 'Milan', '/vlek/v1/Milan/crl', 'vlek_crl.der'],
  ])('%s of %s', (kind, subject, path, file) => {
    expect(requestFor({ kind, subject })).toEqual({
      service: 'amd-kds',
      path,
      requirement: { kind, subject },
      track: 'standard',
      file,
      encoding: 'bytes',
      beside: [],
      rationed: kind === 'snp-vek',
      // Lists and chains there are always; whether there is a chip of that name, only a service that works can say.
      witness: kind === 'snp-vek' ? `/vcek/v1/${subject.split('/')[0]}/crl` : null,
    });
  });

  test.each([
    ['a VLEK, which providers alone can ask for', 'snp-vek', 'Milan/vlek/CN=cc.example/04000000000018d9'],
    ['a masked chip', 'snp-vek', `Milan/${'00'.repeat(64)}/04000000000018d9`],
    ['a masked chip of Turin', 'snp-vek', `Turin/${'00'.repeat(8)}/0102030400000051`],
    ['a chip of 8 bytes outside Turin', 'snp-vek', `Milan/${TURIN_CHIP}/04000000000018d9`],
    ['a chip of 64 bytes on Turin', 'snp-vek', `Turin/${CHIP}/0102030400000051`],
    ['a TCB that uses reserved bytes', 'snp-vek', `Milan/${CHIP}/04000100000018d9`],
    ['a TCB of 7 bytes', 'snp-vek', `Milan/${CHIP}/0400000000001d`],
    ['a TCB of 9 bytes', 'snp-vek', `Milan/${CHIP}/04000000000018d900`],
    ['hex in upper case', 'snp-vek', `Milan/${'AB'.repeat(64)}/04000000000018d9`],
    ['an odd number of digits', 'snp-vek', `Turin/${TURIN_CHIP}0/0102030400000051`],
    ['no chip', 'snp-vek', 'Milan'],
    ['another product', 'snp-vek', `Venice/${CHIP}/04000000000018d9`],
    ['a path that goes up', 'snp-vek', `Milan/../${CHIP}/04000000000018d9`],
    ['something before it', 'snp-vek', `x/Milan/${CHIP}/04000000000018d9`],
    ['something after it', 'snp-vek', `Milan/${CHIP}/04000000000018d9/x`],
    ['a line break', 'snp-vek', `Milan/${CHIP}/04000000000018d9\n`],
    ['a list of another line', 'snp-vcek-crl', 'Rome'],
    ['a list of a line in lower case', 'snp-vcek-crl', 'milan'],
    ['a list with a path', 'snp-vcek-crl', 'Milan/../Genoa'],
    ['a kind of Intel’s', 'tdx-root-crl', 'intel'],
    ['no kind', '', 'Milan'],
  ])('nobody is asked for %s', (_, kind, subject) => {
    expect(requestFor({ kind, subject })).toBeNull();
  });

  test('any chip at any TCB has an address of hex digits and decimal levels, and no two have the same', () => {
    const chips = fc
      .constantFrom(...SNP_PRODUCTS)
      .chain((product) =>
        fc.record({
          product: fc.constant(product),
          chipId: fc.uint8Array({ minLength: chipIdLength(product), maxLength: chipIdLength(product) }),
          levels: fc.uint8Array({ minLength: 8, maxLength: 8 }),
        }),
      )
      .filter(({ chipId }) => chipId.some((octet) => octet !== 0))
      .map(({ product, chipId, levels }) => {
        const used = new Set(Object.values(tcbLayout(product)));
        return vcekSubject({ product, chipId, tcb: levels.map((level, at) => (used.has(at) ? level : 0)) });
      });
    fc.assert(
      fc.property(chips, chips, (subject, other) => {
        const path = requestFor({ kind: 'snp-vek', subject })?.path;
        expect(path).toMatch(
          /^\/vcek\/v1\/(?:(?:Milan|Genoa)\/[0-9a-f]{128}\?|Turin\/[0-9a-f]{16}\?fmcSPL=\d{1,3}&)blSPL=\d{1,3}&teeSPL=\d{1,3}&snpSPL=\d{1,3}&ucodeSPL=\d{1,3}$/,
        );
        expect(requestFor({ kind: 'snp-vek', subject: other })?.path === path).toBe(other === subject);
      }),
    );
  });

  test('one VCEK in ten seconds is what it bears', () => {
    expect(SERVICES).toEqual([KDS]);
    expect(KDS).toEqual({
      name: 'amd-kds',
      vendor: 'amd',
      base: 'https://kdsintf.amd.com',
      ration: 10,
    });
  });
});
