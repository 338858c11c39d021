/** Which of AMD’s documents are renewed, and what goes with them. */
import { expect, test } from '@jest/globals';
import { RENEWAL } from '../../../src/tee/snp/renewal.js';

test('lists are renewed, each with the authority whose certificates it judges, and nothing comes in pairs', () => {
  const beside = (kind: string) => RENEWAL.beside({ kind, subject: 'Genoa' });
  expect(RENEWAL.kinds.map((kind) => [kind, beside(kind)])).toEqual([
    ['snp-vcek-crl', [{ kind: 'snp-ask', subject: 'Genoa' }]],
    ['snp-vlek-crl', [{ kind: 'snp-asvk', subject: 'Genoa' }]],
  ]);
  expect(RENEWAL.certificateKinds.map((kind) => [kind, beside(kind)])).toEqual([
    ['snp-ask', []],
    ['snp-asvk', []],
  ]);
  expect(RENEWAL.partnerOf({ kind: 'snp-vcek-crl', subject: 'Genoa' })).toBeNull();
});
