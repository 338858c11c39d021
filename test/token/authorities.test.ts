/** Authorities of audiences and what they certify: chains as RFC 5280 has them, leaves that last hours. */
import { randomBytes, X509Certificate } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair } from 'jose';
import { createKeyWrap, WrongKek } from '../../src/storage/key-wrap.js';
import { createAuthorities } from '../../src/token/authorities.js';
import type { Authorities, AuthorityStore, StoredAuthority } from '../../src/verifier/authority-ports.js';
import type { TokenAlg, TokenSigner } from '../../src/verifier/key-ports.js';

const START = new Date('2026-11-20T12:00:00.500Z');
const HOUR = 3_600_000;
const KEK = createKeyWrap(randomBytes(32));

let now = START;
let kept: Map<string, StoredAuthority>;
let authorities: Authorities;

beforeEach(() => {
  now = START;
  kept = new Map();
  authorities = open();
});

/** One replica; all of them share what is kept. */
function open(kek = KEK): Authorities {
  const store: AuthorityStore = {
    async ensure(tenant, audience, mint) {
      const name = JSON.stringify([tenant, audience]);
      const known = kept.get(name) ?? (await mint());
      kept.set(name, known);
      return known;
    },
    async removeAll(tenant, _reason, at) {
      const removed = [...kept].filter(([, authority]) => authority.tenant === tenant);
      for (const [name] of removed) kept.delete(name);
      return removed.map(([, { audience, kid }]) => ({ audience, kid, removedAt: at }));
    },
  };
  const entropy = { bytes: (length: number) => new Uint8Array(randomBytes(length)) };
  return createAuthorities({ store, kek, clock: { now: () => now }, entropy });
}

type Signing = Pick<TokenSigner, 'kid' | 'alg' | 'publicJwk'>;

async function signing(alg: TokenAlg, kid = 'k'.repeat(43)): Promise<Signing> {
  const { publicKey } = await generateKeyPair(alg);
  const { kty = '', crv, x, y, n, e } = await exportJWK(publicKey);
  const publicJwk =
    kty === 'EC' ? { kty, crv: crv ?? '', x: x ?? '', y: y ?? '' } : { kty, n: n ?? '', e: e ?? '' };
  return { kid, alg, publicJwk };
}

async function rootOf(audience: string, of = authorities): Promise<X509Certificate> {
  return new X509Certificate((await of.authorityOf('acme', audience)).certificate);
}

async function leafFor(audience: string, signer: Signing, of = authorities): Promise<X509Certificate> {
  const { x5c } = await of.certificateFor('acme', audience, signer);
  expect(x5c).toHaveLength(1);
  return new X509Certificate(Buffer.from(x5c[0] ?? '', 'base64'));
}

describe('an authority', () => {
  test('lasts ten years, signs certificates and itself, and is its audience’s alone', async () => {
    const root = await rootOf('kbs');
    expect(root.ca).toBe(true);
    expect(root.checkIssued(root) && root.verify(root.publicKey)).toBe(true);
    expect(root.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
    expect(new Date(root.validFrom)).toEqual(new Date('2026-11-20T11:00:00Z'));
    expect(new Date(root.validTo)).toEqual(new Date('2036-11-20T11:00:00Z'));
    expect(root.subject).toMatch(/O=Assay tenant acme\nOU=kbs\nCN=Token authority /u);
    expect((await rootOf('kbs')).fingerprint256).toBe(root.fingerprint256);
    const other = await rootOf('kbs-2');
    expect(other.subject).not.toBe(root.subject);
    expect(other.publicKey.equals(root.publicKey)).toBe(false);
  });

  test('has a name of its own also where two long audiences begin alike', async () => {
    const long = 'a'.repeat(200);
    const names = [await rootOf(`${long}1`), await rootOf(`${long}2`)].map(({ subject }) => subject);
    expect(new Set(names).size).toBe(2);
  });

  test('does not open under another key-encryption key', async () => {
    await rootOf('kbs');
    const elsewhere = open(createKeyWrap(randomBytes(32)));
    await expect(leafFor('kbs', await signing('ES256'), elsewhere)).rejects.toThrow(WrongKek);
  });
});

test('an authority that was moved to another audience does not open there', async () => {
  const signer = await signing('ES256');
  await leafFor('kbs', signer);
  const [[, ours] = []] = kept;
  if (ours === undefined) throw new Error('none was made');
  kept.set(JSON.stringify(['acme', 'kbs-2']), { ...ours, audience: 'kbs-2' });
  await expect(leafFor('kbs-2', signer)).rejects.toThrow(/does not open/);
});

describe.each(['ES256', 'RS256'] as const)('what it certifies of %s', (alg) => {
  test('is the key that signs, for signatures alone, and no authority', async () => {
    const signer = await signing(alg);
    const [root, leaf] = [await rootOf('kbs'), await leafFor('kbs', signer)];
    expect(leaf.ca).toBe(false);
    expect(leaf.checkIssued(root) && leaf.verify(root.publicKey)).toBe(true);
    const { kty, ...numbers } = leaf.publicKey.export({ format: 'jwk' });
    expect({ kty, ...numbers }).toEqual(signer.publicJwk);
    const other = await rootOf('kbs-2');
    expect(leaf.checkIssued(other)).toBe(false);
    expect(leaf.verify(other.publicKey)).toBe(false);
  });
});

describe('a certificate', () => {
  test('lasts four hours, is the same for two, and outlives every token that is signed meanwhile', async () => {
    const signer = await signing('ES256');
    const first = await authorities.certificateFor('acme', 'kbs', signer);
    expect(first.notAfter).toEqual(new Date('2026-11-20T16:00:00Z'));
    now = new Date(START.getTime() + 2 * HOUR - 1000);
    expect(await authorities.certificateFor('acme', 'kbs', signer)).toBe(first);
    now = new Date(START.getTime() + 2 * HOUR);
    const second = await authorities.certificateFor('acme', 'kbs', signer);
    expect(second.x5c).not.toEqual(first.x5c);
    expect(second.notAfter).toEqual(new Date('2026-11-20T18:00:00Z'));
  });

  test('is another for another key, and for the same key in another audience', async () => {
    const [old, next] = [await signing('ES256', 'old'), await signing('ES256', 'next')];
    const made = [
      await authorities.certificateFor('acme', 'kbs', old),
      await authorities.certificateFor('acme', 'kbs', next),
      await authorities.certificateFor('acme', 'kbs-2', old),
      await authorities.certificateFor('other', 'kbs', old),
    ];
    expect(new Set(made.map(({ x5c }) => x5c[0])).size).toBe(4);
  });

  test('never lasts beyond its authority', async () => {
    const root = await rootOf('kbs');
    const end = new Date(root.validTo);
    now = new Date(end.getTime() - HOUR);
    const { notAfter } = await authorities.certificateFor('acme', 'kbs', await signing('ES256'));
    expect(notAfter).toEqual(end);
  });

  test('of an authority that one replica removed is given out by none', async () => {
    const [here, elsewhere] = [open(), open()];
    const signer = await signing('ES256');
    const old = await rootOf('kbs');
    const theirs = await rootOf('kbs', here);
    expect((await leafFor('kbs', signer, elsewhere)).verify(theirs.publicKey)).toBe(true);
    const removed = await here.removeAll('acme', 'a backup was copied');
    expect(removed).toEqual([{ audience: 'kbs', kid: expect.any(String), removedAt: START }]);
    const leaf = await leafFor('kbs', signer, elsewhere);
    expect(leaf.verify(old.publicKey)).toBe(false);
    expect(leaf.verify((await rootOf('kbs', here)).publicKey)).toBe(true);
  });

  test('of one replica is good under the authority that another shows', async () => {
    const elsewhere = open();
    const leaf = await leafFor('kbs', await signing('ES256'), elsewhere);
    expect(leaf.verify((await rootOf('kbs')).publicKey)).toBe(true);
  });
});
