/** Which of Intel’s documents are renewed, and together with what. */
import { describe, expect, test } from '@jest/globals';
import { RENEWAL } from '../../../src/tee/tdx/renewal.js';

const IDENTITIES = [
  { kind: 'tdx-qe-identity', subject: 'standard' },
  { kind: 'tdx-qe-identity', subject: 'early' },
];

test('documents and lists are renewed; certificates come beside what they signed', () => {
  const numberBeside = (kind: string) => RENEWAL.beside({ kind, subject: 'b0c06f000000/early' }).length;
  expect(RENEWAL.kinds.map((kind) => [kind, numberBeside(kind)])).toEqual([
    ['tdx-tcb-info', 5],
    ['tdx-qe-identity', 2],
    ['tdx-pck-crl', 0],
    ['tdx-root-crl', 0],
  ]);
  expect(RENEWAL.certificateKinds).toEqual([]);
});

describe('beside', () => {
  test('TCB info belong both tracks of everything, and the list of evaluations', () => {
    expect(RENEWAL.beside({ kind: 'tdx-tcb-info', subject: 'b0c06f000000/early' })).toEqual([
      { kind: 'tdx-tcb-info', subject: 'b0c06f000000/standard' },
      { kind: 'tdx-tcb-info', subject: 'b0c06f000000/early' },
      ...IDENTITIES,
      { kind: 'tdx-tcb-evaluation-numbers', subject: 'tdx' },
    ]);
  });

  test('a QE identity belongs that of the other track', () => {
    expect(RENEWAL.beside({ kind: 'tdx-qe-identity', subject: 'standard' })).toEqual(IDENTITIES);
  });

  test.each(['tdx-pck-crl', 'tdx-root-crl', 'tdx-tcb-signing'])('%s belongs nothing', (kind) => {
    expect(RENEWAL.beside({ kind, subject: 'standard' })).toEqual([]);
  });
});

describe('of one evaluation', () => {
  const partnerOf = (kind: string, subject: string) => RENEWAL.partnerOf({ kind, subject });

  test('are TCB info and the QE identity of its track', () => {
    expect(partnerOf('tdx-tcb-info', 'b0c06f000000/standard')).toEqual(IDENTITIES[0]);
    expect(partnerOf('tdx-tcb-info', 'b0c06f000000/early')).toEqual(IDENTITIES[1]);
  });

  test('is nothing else, nor TCB info of no track', () => {
    expect(partnerOf('tdx-qe-identity', 'b0c06f000000/early')).toBeNull();
    expect(partnerOf('tdx-tcb-info', 'b0c06f000000')).toBeNull();
    expect(partnerOf('tdx-tcb-info', 'b0c06f000000/nearly')).toBeNull();
    expect(partnerOf('tdx-tcb-info', '/early/b0c06f000000')).toBeNull();
  });
});
