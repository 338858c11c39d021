/** The chain of three with AMD's names, and what is said of every other. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Certificate } from '../../../src/pki/certificate.js';
import type { VendorAnchors } from '../../../src/rats/endorsement.js';
import type { CheckResult } from '../../../src/rats/result.js';
import { chainOf, examineChain } from '../../../src/tee/snp/chain.js';
import { AT, anchorsWith, mint, mintAuthority, mintRoot, NOT_AFTER } from '../../pki/miniature.js';

let ark: Certificate;
let ask: Certificate;
let leaf: Certificate;
beforeAll(async () => {
  ark = await mintRoot('ARK-Milan');
  ask = await mintAuthority('SEV-Milan', 'ARK-Milan');
  leaf = await mint({ subject: 'SEV-VCEK', issuer: 'SEV-Milan', key: 'leaf' });
});

const EXPECTED =
  'leaf, ASK or ASVK, and the pinned ARK of one product line; whatever else was sent leads to a pinned ARK too';
const SIGNATURES = 'RSASSA-PSS with SHA-384 and 48 bytes of salt, by the issuer that each names';
const SOURCE = 'AMD 57230, chapter 3 (certificate chain); RFC 5280, section 6';

interface Given {
  readonly leaf?: Certificate | null;
  readonly others?: readonly Certificate[];
  readonly anchors?: VendorAnchors | null;
  readonly at?: Date;
}

async function examine(given: Given = {}) {
  const chosen = given.leaf === undefined ? leaf : given.leaf;
  const others = given.others ?? [ask];
  const anchors = given.anchors === undefined ? anchorsWith(ark) : given.anchors;
  return examineChain({ leaf: chosen, others, unreadable: null }, chosen, anchors, given.at ?? AT);
}

/** `fail snp_chain_untrusted: observed`. */
const words = ({ checks }: { readonly checks: readonly CheckResult[] }): string[] =>
  checks.map(({ id, outcome, observed }) => `${outcome} ${id.replace('snp_', '')}: ${observed}`);

const notRun = (why: string): string[] =>
  ['chain_untrusted', 'chain_signature_invalid', 'cert_expired', 'cert_not_yet_valid'].map(
    (code) => `not_run ${code}: ${why}`,
  );

describe('a chain', () => {
  test('of three with the names of one line is one, and says what was expected', async () => {
    const found = await examine();
    const { leaf: first, authority, ark: last, product } = found.chain ?? {};
    expect([first?.sha256, authority?.sha256, last?.sha256]).toEqual([leaf.sha256, ask.sha256, ark.sha256]);
    expect(product).toBe('Milan');
    expect(words(found)).toEqual([
      'pass chain_untrusted: SEV-VCEK ← SEV-Milan ← ARK-Milan',
      'pass chain_signature_invalid: every signature holds',
      'pass cert_expired: none ended',
      'pass cert_not_yet_valid: all begun',
    ]);
    expect(found.checks.map(({ expected }) => expected)).toEqual([
      EXPECTED,
      SIGNATURES,
      'valid at 2026-06-01T00:00:00.000Z',
      'valid at 2026-06-01T00:00:00.000Z',
    ]);
    expect(new Set(found.checks.map(({ source }) => source))).toEqual(new Set([SOURCE]));
  });

  test('is none with a certificate more or less, other names or two lines', async () => {
    const genoa = await mintRoot('ARK-Genoa');
    const between = await mintAuthority('SEV-Milan', 'between');
    const stray = await mintAuthority('SEV-Naples', 'ARK-Milan');
    expect(chainOf([leaf, ask, ark])?.product).toBe('Milan');
    expect(chainOf([leaf, ask])).toBeNull();
    expect(chainOf([leaf])).toBeNull();
    expect(chainOf([leaf, between, ask, ark])).toBeNull();
    expect(chainOf([leaf, ask, ark, ark])).toBeNull();
    expect(chainOf([leaf, ask, genoa])).toBeNull();
    expect(chainOf([leaf, stray, ark])).toBeNull();
    expect(chainOf([leaf, { ...stray, subjectCn: 'nobody' }, { ...ark, subjectCn: 'ARK-null' }])).toBeNull();
  });

  test('that is signed and not AMD’s is told by its names', async () => {
    const stray = await mintAuthority('SEV-Naples\u0007', 'ARK-Milan');
    const below = await mint({ subject: 'SEV-VCEK', issuer: 'SEV-Naples\u0007', key: 'leaf' });
    const found = await examine({ leaf: below, others: [stray] });
    expect(found.chain).toBeNull();
    expect(words(found)).toEqual([
      'fail chain_untrusted: SEV-VCEK ← SEV-Naples? ← ARK-Milan: not the names of an AMD chain of three',
      'not_run chain_signature_invalid: the certificates do not lead to a pinned root',
      'pass cert_expired: none ended',
      'pass cert_not_yet_valid: all begun',
    ]);
    const long = await mintAuthority(`SEV-${'x'.repeat(80)}`, 'ARK-Milan');
    const under = await mint({ subject: 'SEV-VCEK', issuer: `SEV-${'x'.repeat(80)}`, key: 'leaf' });
    expect(words(await examine({ leaf: under, others: [long] }))[0]).toContain(`← SEV-${'x'.repeat(60)} ←`);
    const nameless = { ...below, subjectCn: null, sha256: '00' };
    expect(words(await examine({ leaf: nameless, others: [stray] }))[0]).toContain(
      'a certificate without common name ← SEV-Naples?',
    );
  });

  test('without an anchor for AMD is nobody’s', async () => {
    const found = await examine({ anchors: null });
    expect(found.chain).toBeNull();
    expect(words(found)).toEqual([
      'fail chain_untrusted: no trust anchor for AMD was given',
      ...notRun('no trust anchor').slice(1),
    ]);
    expect(found.checks[0]?.expected).toBe(EXPECTED);
  });

  test('of which nothing was sent is not examined', async () => {
    const found = await examine({ leaf: null, others: [] });
    expect(found.chain).toBeNull();
    expect(words(found)).toEqual(notRun('no certificate to examine'));
  });

  test('without a leaf is examined as far as it goes, and is none', async () => {
    const found = await examine({ leaf: null });
    expect(found.chain).toBeNull();
    expect(words(found)).toEqual([
      'pass chain_untrusted: SEV-Milan ← ARK-Milan',
      'pass chain_signature_invalid: every signature holds',
      ...notRun('no leaf, and so no chain').slice(2),
    ]);
  });

  test('with a signature that does not hold says which, and nothing of trust', async () => {
    const forged = await mint({ subject: 'SEV-VCEK', issuer: 'SEV-Milan', key: 'leaf', signedWith: 'thief' });
    const found = await examine({ leaf: forged });
    expect(found.chain).toBeNull();
    expect(words(found).slice(0, 2)).toEqual([
      'not_run chain_untrusted: a signature on the way to the root does not hold',
      'fail chain_signature_invalid: SEV-VCEK is not signed with the key of SEV-Milan',
    ]);
  });

  test('beside a stranger and a forgery says both', async () => {
    const forged = await mint({ subject: 'SEV-VCEK', issuer: 'SEV-Milan', key: 'leaf', signedWith: 'thief' });
    const stranger = await mintAuthority('stranger', 'nobody');
    const found = await examine({ leaf: forged, others: [ask, stranger] });
    expect(words(found).slice(0, 2)).toEqual([
      'fail chain_untrusted: stranger names nobody as its issuer: no trusted root vouches for it',
      'fail chain_signature_invalid: SEV-VCEK is not signed with the key of SEV-Milan',
    ]);
  });

  test('that has ended, or not begun, is none', async () => {
    const ended = await examine({ at: new Date(NOT_AFTER.getTime() + 1) });
    expect(ended.chain).toBeNull();
    expect(words(ended)[2]).toBe('fail cert_expired: SEV-VCEK ended 2027-01-01T00:00:00.000Z');
    const early = await examine({ at: new Date('2025-12-31T23:59:59Z') });
    expect(early.chain).toBeNull();
    expect(words(early)[3]).toBe('fail cert_not_yet_valid: SEV-VCEK begins 2026-01-01T00:00:00.000Z');
  });
});
