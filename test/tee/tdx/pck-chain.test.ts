import { beforeAll, describe, expect, test } from '@jest/globals';
import { parseCertificate } from '../../../src/pki/certificate.js';
import { constraintsExtension, usageExtension } from '../../../src/simulator/certificate.js';
import { makeEcKey, makeRsaKey } from '../../../src/simulator/key-pair.js';
import { SGX_EXTENSION_OID } from '../../../src/tee/tdx/pck.js';
import { examinePckChain, readPresentedChain } from '../../../src/tee/tdx/pck-chain.js';
import { simulatedIntel } from '../../simulated-vendor.js';
import { answerTo, chainParts, invalid, pinnedIntel } from './examined-chain.js';
import { AT, changedTd, flipped, tdOf, verdictOf } from './judged.js';
import { instead, issueOf, issueWith, leafOf, leafWith, pemChain, without } from './minted-chain.js';

let leaf: Uint8Array;
let platform: Uint8Array;
let processor: Uint8Array;
let root: Uint8Array;

beforeAll(async () => {
  ({ leaf, platform, processor, root } = await chainParts());
});

describe('three certificates', () => {
  test('of Intel’s, in order, lead to the pinned root', async () => {
    expect(await answerTo(pemChain(leaf, platform, root))).toBe('good');
    const { chain } = await examinePckChain(
      readPresentedChain(pemChain(leaf, platform, root)),
      await pinnedIntel(),
      AT,
    );
    expect(chain).toMatchObject({ issuedBy: 'platform', root: { sha256: parseCertificate(root).sha256 } });
  });

  test('of the Processor CA are as good', async () => {
    const plan = { ca: 'processor' } as const;
    const other = await leafOf(() => ({}), plan);
    expect(await answerTo(pemChain(other, processor, root))).toBe('good');
    expect(readPresentedChain(pemChain(other, processor, root))).toMatchObject({ issuedBy: 'processor' });
    expect(await verdictOf(await tdOf(plan))).toBe('authentic');
    // Each leaf under the other's authority.
    expect(await answerTo(pemChain(other, platform, root))).toEqual(
      invalid('no trusted root vouches for it'),
    );
    expect(await answerTo(pemChain(leaf, processor, root))).toEqual(
      invalid('no trusted root vouches for it'),
    );
  });

  test('are neither fewer nor more', async () => {
    for (const chain of [[], [leaf], [leaf, platform], [platform, root], [leaf, platform, root, root]]) {
      const answer = await answerTo(pemChain(...chain));
      expect(answer).toEqual(
        invalid(chain.length === 0 ? 'neither DER nor PEM' : `${chain.length} certificates`),
      );
    }
    expect(await answerTo(leaf)).toEqual(invalid('1 certificates in the quote, not 3'));
    // One certificate in 256 ends in a zero, which is a part of its signature.
    let zeroAtEnd = leaf;
    while (zeroAtEnd.at(-1) !== 0) zeroAtEnd = await leafOf();
    expect(await answerTo(zeroAtEnd)).toEqual(invalid('1 certificates in the quote, not 3'));
  });

  test('stand in one order', async () => {
    for (const chain of [
      [leaf, root, platform],
      [platform, leaf, root],
      [platform, root, leaf],
      [root, leaf, platform],
      [root, platform, leaf],
      [leaf, leaf, root],
      [leaf, platform, platform],
      [leaf, root, root],
    ]) {
      expect(await answerTo(pemChain(...chain))).toEqual(invalid('certificate is not named Intel SGX'));
    }
  });

  test('have Intel’s names, letter by letter', async () => {
    const named = async (subject: string) => leafOf(() => ({ subject }));
    for (const name of [
      'Intel SGX PCK Certificate ',
      'intel sgx pck certificate',
      'Intel SGX PCK Platform CA',
      '',
    ]) {
      expect(await answerTo(pemChain(await named(name), platform, root))).toEqual(
        invalid('the first certificate is not named'),
      );
    }
    for (const subject of ['Intel SGX PCK Platform CA 2', 'Intel SGX TCB Signing', 'Intel SGX Root CA']) {
      const { certificate } = await issueOf('platform', { subject });
      expect(await answerTo(pemChain(await leafOf(() => ({ issuer: subject })), certificate, root))).toEqual(
        invalid('the second certificate is not named'),
      );
    }
    const other = await issueOf('root', { subject: 'Intel SGX Root CA G2', issuer: 'Intel SGX Root CA G2' });
    expect(await answerTo(pemChain(leaf, platform, other.certificate))).toEqual(
      invalid('the third certificate is not named'),
    );
  });
});

describe('roles and extensions', () => {
  test('a PCK certificate is no authority and has a key on P-256', async () => {
    const authority = await leafWith(instead(constraintsExtension({ pathLength: null })));
    expect(await answerTo(pemChain(authority, platform, root))).toEqual(
      invalid('the PCK certificate is an authority'),
    );
    for (const key of [await makeEcKey('P-384'), await makeRsaKey(2048)]) {
      expect(await answerTo(pemChain(await leafOf(() => ({ key })), platform, root))).toEqual(
        invalid('the PCK key is not on P-256'),
      );
    }
  });

  test('its issuer is an authority that may certify, with a key on P-256', async () => {
    const plain = await issueWith('platform', instead(constraintsExtension(null)));
    expect(await answerTo(pemChain(leaf, plain.certificate, root))).toEqual(
      invalid('basicConstraints do not say CA'),
    );
    const lister = await issueWith('platform', instead(usageExtension(0x02)));
    expect(await answerTo(pemChain(leaf, lister.certificate, root))).toEqual(
      invalid('keyUsage does not allow'),
    );
    const key = await makeEcKey('P-384');
    const other = await issueOf('platform', { key });
    const below = await leafOf(() => ({ signingKey: key }));
    expect(await answerTo(pemChain(below, other.certificate, root))).toEqual(
      invalid('not an EC key on P-256'),
    );
    const critical = await issueWith('platform', (extensions) => [
      ...extensions,
      { oid: '1.2.3', critical: true, value: Uint8Array.of(5, 0) },
    ]);
    expect(await answerTo(pemChain(leaf, critical.certificate, root))).toEqual(
      invalid('critical extension 1.2.3'),
    );
  });

  const REQUIRED = ['2.5.29.35', '2.5.29.31', '2.5.29.14', '2.5.29.15', '2.5.29.19'];
  test.each(REQUIRED)('none of them lacks extension %s', async (oid) => {
    const short = await leafWith(without(oid));
    expect(await answerTo(pemChain(short, platform, root))).toEqual(
      invalid(`Intel SGX PCK Certificate has no extension ${oid}`),
    );
    const ca = await issueWith('platform', without(oid));
    expect(await answerTo(pemChain(leaf, ca.certificate, root))).toEqual(
      invalid(`Intel SGX PCK Platform CA has no extension ${oid}`),
    );
    const top = await issueWith('root', without(oid));
    expect(await answerTo(pemChain(leaf, platform, top.certificate))).toEqual(
      invalid(`Intel SGX Root CA has no extension ${oid}`),
    );
  });

  test('more extensions than usual do no harm', async () => {
    const more = await leafWith((extensions) => [
      ...extensions,
      { oid: '1.2.3', critical: false, value: Uint8Array.of(5, 0) },
    ]);
    expect(await answerTo(pemChain(more, platform, root))).toBe('good');
  });

  test('but a critical one that nobody here knows demands what nobody does', async () => {
    const critical = { oid: '1.2.3', critical: true, value: Uint8Array.of(5, 0) };
    const more = await leafWith((extensions) => [...extensions, critical]);
    expect(await answerTo(pemChain(more, platform, root))).toEqual(
      invalid('critical extension 1.2.3 is unknown'),
    );
  });

  test('the SGX extension is there and as it should be', async () => {
    const bare = await leafWith(without(SGX_EXTENSION_OID));
    expect(await answerTo(pemChain(bare, platform, root))).toEqual(invalid('the SGX extension is missing'));
    const odd = await leafOf(() => ({ fmspc: new Uint8Array(5) }));
    expect(await answerTo(pemChain(odd, platform, root))).toEqual(invalid('5 bytes where 6 belong'));
    expect(await verdictOf(await changedTd({ pck: (plan) => ({ ...plan, without: ['2.17'] }) }))).toBe(
      'tdx_pck_chain_invalid',
    );
  });
});

describe('signatures', () => {
  test('no octet of the leaf, of its issuer or of the root can change', async () => {
    const chain = [leaf, platform, root];
    for (const [place, der] of chain.entries()) {
      for (let at = 0; at < der.length; at += 3) {
        const changed = chain.map((one, index) => (index === place ? flipped(one, at, 1 << (at % 8)) : one));
        expect([place, at, await answerTo(pemChain(...changed))]).not.toEqual([place, at, 'good']);
      }
    }
  });

  test('the leaf is signed by its issuer, and that by the root', async () => {
    const { authorities } = await simulatedIntel();
    const forged = await leafOf(() => ({ signingKey: authorities.processor.key }));
    expect(await answerTo(pemChain(forged, platform, root))).toEqual(
      invalid('is not signed with the key of'),
    );
    const self = await issueOf('platform', { signingKey: authorities.platform.key });
    expect(await answerTo(pemChain(leaf, self.certificate, root))).toEqual(
      invalid('is not signed with the key of'),
    );
  });
});

describe('a pinned authority', () => {
  test('does not speak for a look-alike that stands in its place in the quote', async () => {
    const pinned = { ...(await pinnedIntel()), intermediates: [platform] };
    expect(await answerTo(pemChain(leaf, platform, root), pinned)).toBe('good');
    // Whoever has the public key can make it; the authority itself may be on the root’s list meanwhile.
    const lookAlike = await issueOf('platform', { signingKey: await makeEcKey('P-256') });
    expect(await answerTo(pemChain(leaf, lookAlike.certificate, root), pinned)).toEqual(
      invalid('is not signed with the key of'),
    );
  });
});

test('names from strangers are cut and cleaned before they are shown', async () => {
  const subject = `Intel \u001b[31m${'x'.repeat(600)}`.slice(0, 200);
  const odd = await leafOf(() => ({ issuer: subject }));
  const { checks } = await examinePckChain(
    readPresentedChain(pemChain(odd, platform, root)),
    await pinnedIntel(),
    AT,
  );
  const [observed] = checks.flatMap((check) => (check.outcome === 'fail' ? [check.observed ?? ''] : []));
  expect(observed).toMatch(/^[\x20-\x7e]{1,256}$/);
});
