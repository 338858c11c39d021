/** Whose signature a manifest bears: a detached JWS of its own type, under named keys alone. */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { CompactSign } from 'jose';
import { bundleSignerOf, readBundleKeys, UnusableBundleKeys } from '../../src/token/bundle-signature.js';

const MANIFEST = new Uint8Array(Buffer.from('{"format":"assay-endorsements/1"}\n'));
const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwks = (...keys: readonly object[]) => new Uint8Array(Buffer.from(JSON.stringify({ keys })));
const publicOf = ({ publicKey }: ReturnType<typeof pair>) => publicKey.export({ format: 'jwk' });

describe('a signature over a manifest', () => {
  test('has no payload in it, and names the key that made it among several', async () => {
    const [ours, theirs] = [pair(), pair()];
    const keys = await readBundleKeys(jwks(publicOf(theirs), publicOf(ours)));
    const signature = await bundleSignerOf({ kid: 'hint', privateKey: ours.privateKey }).sign(MANIFEST);
    expect(signature).toMatch(/^[\w-]+\.\.[\w-]{86}$/u);
    const kid = await keys.signerOf(MANIFEST, `${signature}\n`);
    expect(kid).toMatch(/^[\w-]{43}$/u);
    const alone = await readBundleKeys(jwks(publicOf(ours)));
    expect(await alone.signerOf(MANIFEST, signature)).toBe(kid);
    expect(await (await readBundleKeys(jwks(publicOf(theirs)))).signerOf(MANIFEST, signature)).toBeNull();
    expect(await keys.signerOf(MANIFEST.subarray(1), signature)).toBeNull();
  });

  test('of another type or with the payload in it is none', async () => {
    const ours = pair();
    const keys = await readBundleKeys(jwks(publicOf(ours)));
    const signed = async (header: object) =>
      (
        await new CompactSign(MANIFEST).setProtectedHeader({ alg: 'ES256', ...header }).sign(ours.privateKey)
      ).split('.');
    const detached = ([header, , value]: readonly string[]) => `${header}..${value}`;
    const token = await signed({ typ: 'JWT' });
    const bundle = await signed({ typ: 'assay-bundle+jws' });
    expect(await keys.signerOf(MANIFEST, detached(bundle))).not.toBeNull();
    expect(await keys.signerOf(MANIFEST, detached(token))).toBeNull();
    expect(await keys.signerOf(MANIFEST, detached(await signed({})))).toBeNull();
    expect(await keys.signerOf(MANIFEST, bundle.join('.'))).toBeNull();
    expect(await keys.signerOf(MANIFEST, '')).toBeNull();
    expect(await keys.signerOf(MANIFEST, `${detached(bundle)}x`)).toBeNull();
  });
});

describe('a file of keys', () => {
  const good = publicOf(pair());
  test.each<[string, Uint8Array, RegExp]>([
    ['without a key', jwks(), /holds no key/u],
    ['that is no set', new Uint8Array(Buffer.from('[]')), /no JWK set/u],
    ['that is no JSON', new Uint8Array(Buffer.from('-----BEGIN')), /no JWK set/u],
    ['with a private key', jwks(pair().privateKey.export({ format: 'jwk' })), /private key/u],
    ['with a key of another curve', jwks({ ...good, crv: 'P-384' }), /something other/u],
    ['with half a key', jwks({ kty: 'EC', crv: 'P-256', x: good.x }), /without x or y/u],
    ['with a point off the curve', jwks({ ...good, y: good.x }), /no point/u],
  ])('%s is refused in words', async (_what, bytes, words) => {
    const reading = readBundleKeys(bytes);
    await expect(reading).rejects.toThrow(UnusableBundleKeys);
    await expect(reading).rejects.toThrow(words);
  });
});
