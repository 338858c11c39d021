/** Which of AMD’s documents are renewed, and what goes with them. */
import { expect, test } from '@jest/globals';
import { RENEWAL } from '../../../src/tee/snp/renewal.js';

test('lists are renewed, authorities when their end is near', () => {
  expect(RENEWAL.kinds).toEqual(['snp-vcek-crl', 'snp-vlek-crl']);
  expect(RENEWAL.certificateKinds).toEqual(['snp-ask', 'snp-asvk']);
});

test('beside a list belongs the authority whose certificates it judges', () => {
  const beside = (kind: string) => RENEWAL.beside({ kind, subject: 'Genoa' });
  expect(beside('snp-vcek-crl')).toEqual([{ kind: 'snp-ask', subject: 'Genoa' }]);
  expect(beside('snp-vlek-crl')).toEqual([{ kind: 'snp-asvk', subject: 'Genoa' }]);
  expect(beside('snp-ark')).toEqual([]);
});

test('nothing of AMD’s comes in pairs', () => {
  expect(RENEWAL.partnerOf({ kind: 'snp-vcek-crl', subject: 'Genoa' })).toBeNull();
});
