import { beforeAll, describe, expect, test } from '@jest/globals';
import type { TrustAnchors, VendorAnchors } from '../../../src/rats/endorsement.js';
import { mintIntel } from '../../../src/simulator/index.js';
import { mintIntelAuthorities } from '../../../src/simulator/intel/authorities.js';
import { examinePckChain, readPresentedChain } from '../../../src/tee/tdx/pck-chain.js';
import { simulatedIntel } from '../../simulated-vendor.js';
import { answerTo, chainParts, invalid, pinnedIntel, untrusted } from './examined-chain.js';
import { AT, anchors, changedTd, days, tdOf, verdictOf } from './judged.js';
import { issueOf, leafOf, pemChain } from './minted-chain.js';

let leaf: Uint8Array;
let platform: Uint8Array;
let root: Uint8Array;

beforeAll(async () => {
  ({ leaf, platform, root } = await chainParts());
});

describe('the root', () => {
  const strangers = () => mintIntelAuthorities(AT);

  test('self_made_ark_fails: a root of Intel’s name with another key', async () => {
    const other = await strangers();
    const foreign = await leafOf(() => ({ signingKey: other.platform.key }));
    const chain = [foreign, other.platform.certificate, other.root.certificate] as const;
    expect(await answerTo(pemChain(...chain))).toEqual(untrusted);
    // Nor does a genuine chain below it help, and a foreign chain below the genuine root is no chain.
    expect(await answerTo(pemChain(leaf, platform, other.root.certificate))).toEqual(untrusted);
    expect(await answerTo(pemChain(foreign, other.platform.certificate, root))).toEqual(
      invalid('is not signed with the key of Intel SGX Root CA'),
    );
    expect(await verdictOf(await tdOf({ fault: 'tdx_pck_chain_untrusted' }))).toBe('tdx_pck_chain_untrusted');
  });

  test('is another vendor’s: a whole chain under anchors that are not its own', async () => {
    const other = await mintIntel({ at: AT });
    const theirs: VendorAnchors = { roots: [other.authorities.root.certificate], intermediates: [] };
    expect(await answerTo(pemChain(leaf, platform, root), theirs)).toEqual(untrusted);
  });

  test('with the pinned key that did not sign itself, or has another name, is none of Intel’s', async () => {
    const { root: stranger } = await strangers();
    const unsigned = await issueOf('root', { signingKey: stranger.key });
    expect(await answerTo(pemChain(leaf, platform, unsigned.certificate))).toEqual(
      invalid('the root did not sign itself'),
    );
    const issued = await issueOf('root', { issuer: 'Somebody else' });
    expect(await answerTo(pemChain(leaf, platform, issued.certificate))).toEqual(
      invalid('the root names another issuer than itself'),
    );
  });

  test('may be another issue with the pinned key: dates and digest are those of our own', async () => {
    for (const window of [
      { notBefore: days(-10), notAfter: days(4000) },
      { notBefore: days(-1000), notAfter: days(-900) },
      { notBefore: days(10), notAfter: days(20) },
    ]) {
      const other = await issueOf('root', window);
      expect(await answerTo(pemChain(leaf, platform, other.certificate))).toBe('good');
      const td = await changedTd({
        chain: ([first, second]) => [first, second, other.certificate] as Uint8Array[],
      });
      expect(await verdictOf(td)).toBe('authentic');
    }
  });

  test('is never taken from the quote: without anchors there is none', async () => {
    expect(await answerTo(pemChain(leaf, platform, root), null)).toEqual(untrusted);
    const none: TrustAnchors = { simulated: true, vendors: {} };
    expect(await verdictOf(await tdOf(), { anchors: none })).toBe('tdx_pck_chain_untrusted');
    const amdOnly: TrustAnchors = { simulated: true, vendors: { amd: { roots: [root], intermediates: [] } } };
    expect(await verdictOf(await tdOf(), { anchors: amdOnly })).toBe('tdx_pck_chain_untrusted');
    expect(await verdictOf(await tdOf(), { anchors: await anchors() })).toBe('authentic');
  });

  test('one of several may be pinned', async () => {
    const other = (await strangers()).root.certificate;
    for (const roots of [
      [other, root],
      [root, other],
    ] as const) {
      expect(await answerTo(pemChain(leaf, platform, root), { roots, intermediates: [] })).toBe('good');
    }
  });
});

describe('validity', () => {
  const [early, late] = [days(-3), days(3)];
  const second = 1000;
  const moved = (date: Date, by: number): Date => new Date(date.getTime() + by * second);

  test.each(['leaf', 'platform', 'root'] as const)(
    'of the %s ends on both sides, both belonging to it',
    async (which) => {
      const window = { notBefore: early, notAfter: late };
      const own = { notBefore: days(-9), notAfter: days(9) };
      const first = await leafOf(() => (which === 'leaf' ? window : own));
      const ca = await issueOf('platform', which === 'platform' ? window : own);
      const top = await issueOf('root', which === 'root' ? window : own);
      const pinned: VendorAnchors = { roots: [top.certificate], intermediates: [] };
      const at = (when: Date) => answerTo(pemChain(first, ca.certificate, top.certificate), pinned, when);
      for (const when of [early, AT, late]) expect(await at(when)).toBe('good');
      expect(await at(moved(early, -1))).toMatch(/^tdx_cert_expired: Intel SGX .* begins /);
      expect(await at(moved(late, 1))).toMatch(/^tdx_cert_expired: Intel SGX .* ended /);
    },
  );

  test('is judged anew of a chain that led to the root before, and so are the anchors', async () => {
    const window = { notBefore: early, notAfter: late };
    const pem = pemChain(await leafOf(() => window), platform, root);
    for (const _round of [1, 2]) {
      expect(await answerTo(pem)).toBe('good');
      expect(await answerTo(pem, undefined, moved(late, 1))).toMatch(/^tdx_cert_expired/);
      expect(await answerTo(pem, null)).toEqual(untrusted);
      const { root: stranger } = await mintIntelAuthorities(AT);
      expect(await answerTo(pem, { roots: [stranger.certificate], intermediates: [] })).toEqual(untrusted);
    }
  });

  test('is not looked at where the chain is none', async () => {
    const { authorities } = await simulatedIntel();
    const forged = await leafOf(() => ({ signingKey: authorities.root.key, notAfter: days(-1) }));
    const { checks } = await examinePckChain(
      readPresentedChain(pemChain(forged, platform, root)),
      await pinnedIntel(),
      AT,
    );
    expect(checks.map(({ outcome }) => outcome)).toEqual(['fail', 'not_run', 'not_run']);
  });
});
