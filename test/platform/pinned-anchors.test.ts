import { cpSync, mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sha256Hex } from '../../src/bytes/digest.js';
import { parseCertificate } from '../../src/pki/certificate.js';
import { anchorsFromFiles, loadPinnedAnchors } from '../../src/platform/pinned-anchors.js';
import { RefusalError } from '../../src/rats/refusal.js';
import { pemOf } from '../../src/simulator/certificate.js';
import { anchorsOf } from '../../src/simulator/index.js';
import { PINNED_ARKS } from '../../src/tee/snp/pins.js';
import { PINNED_INTEL_ROOT_KEY } from '../../src/tee/tdx/pins.js';
import { constraints, extension, mint, mintAuthority, mintRoot, usage } from '../pki/miniature.js';
import { simulatedVendor } from '../simulated-vendor.js';

describe('the anchors that ship', () => {
  test('are AMD’s three roots and their authorities, and Intel’s root', () => {
    const { simulated, vendors } = loadPinnedAnchors();
    expect(simulated).toBe(false);
    expect(Object.keys(vendors)).toEqual(['amd', 'intel']);
    expect(vendors.intel?.roots.map((der) => sha256Hex(parseCertificate(der).spki))).toEqual([
      PINNED_INTEL_ROOT_KEY,
    ]);
    expect(vendors.intel?.intermediates).toEqual([]);
    expect(vendors.amd?.roots.map((der) => parseCertificate(der).sha256)).toEqual(Object.values(PINNED_ARKS));
    expect(vendors.amd?.intermediates.map((der) => parseCertificate(der).subjectCn)).toEqual([
      'SEV-Milan',
      'SEV-VLEK-Milan',
      'SEV-Genoa',
      'SEV-VLEK-Genoa',
      'SEV-Turin',
      'SEV-VLEK-Turin',
    ]);
  });

  describe('from a damaged installation', () => {
    let folder: string;
    const at = (file: string): string => join(folder, 'amd', file);
    const load = () => loadPinnedAnchors(pathToFileURL(`${folder}/`));

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'certs-'));
      cpSync(new URL('../../../certs/', import.meta.url), folder, { recursive: true });
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    test('load while nothing is damaged', () => {
      expect(load()).toEqual(loadPinnedAnchors());
    });

    test('do not load with another root in a root’s place', async () => {
      cpSync(at('genoa/ark.pem'), at('milan/ark.pem'));
      expect(load).toThrow(/amd\/milan\/ark\.pem has SHA-256 4c6598d1.* and 69d063b4.* is pinned/);
      writeFileSync(at('milan/ark.pem'), pemOf((await mintRoot()).der));
      expect(load).toThrow(/is pinned/);
    });

    test('do not load with another key in the place of Intel’s', async () => {
      writeFileSync(join(folder, 'intel', 'sgx-root-ca.pem'), pemOf((await mintRoot()).der));
      expect(load).toThrow(
        /intel\/sgx-root-ca\.pem has SHA-256 .* of its public key, and a0af0312.* is pinned/,
      );
    });

    test('do not load without a file, from garbage, or from two certificates in one', () => {
      writeFileSync(at('turin/ask.pem'), 'garbage');
      expect(load).toThrow(/amd\/turin\/ask\.pem: neither DER nor PEM/);
      writeFileSync(at('turin/ask.pem'), readFileSync(at('turin/asvk.pem'), 'utf8').repeat(2));
      expect(load).toThrow(/amd\/turin\/ask\.pem: not one certificate/);
      unlinkSync(at('turin/ask.pem'));
      expect(load).toThrow(/amd\/turin\/ask\.pem/);
    });
  });
});

describe('anchors from files', () => {
  const refusalOf = async (blobs: readonly Uint8Array[]): Promise<string> => {
    const error = await anchorsFromFiles(blobs).then(
      () => new Error('accepted'),
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof RefusalError)) throw error;
    expect(error.refusal).toMatchObject({ code: 'request_invalid', stage: 'request' });
    return error.refusal.detail;
  };

  test('sort themselves into roots and intermediates, and are marked as simulated', async () => {
    const expected = anchorsOf(await simulatedVendor());
    const amd = expected.vendors.amd;
    if (amd === undefined) throw new Error('a vendor without anchors');
    const anchors = await anchorsFromFiles([...amd.intermediates, ...amd.roots]);
    expect(anchors).toEqual(expected);
    const bundle = Buffer.from([...amd.roots, ...amd.intermediates].map(pemOf).join(''));
    expect(await anchorsFromFiles([bundle])).toEqual(expected);
  });

  test('may even be the pinned ones, and are marked all the same', async () => {
    const { roots, intermediates } = loadPinnedAnchors().vendors.amd ?? { roots: [], intermediates: [] };
    expect((await anchorsFromFiles([...roots, ...intermediates])).simulated).toBe(true);
  });

  test('none, or none that is a root, are refused', async () => {
    const middle = await mintAuthority('middle', 'root');
    expect(await refusalOf([])).toMatch(/no root/);
    expect(await refusalOf([middle.der])).toMatch(/no root/);
  });

  test('a leaf, garbage and a root that did not sign itself are refused', async () => {
    const root = await mintRoot();
    const leaf = await mint({ subject: 'leaf', issuer: 'root' });
    const extensions = [constraints(true, null), usage(0x06)];
    const forged = await mint({ subject: 'root', issuer: 'root', signedWith: 'nobody', extensions });
    const strange = await mintRoot('root', [...extensions, extension('1.2.3', Uint8Array.of(5, 0), true)]);
    expect((await anchorsFromFiles([root.der])).vendors.amd?.roots).toEqual([root.der]);
    expect(await refusalOf([root.der, leaf.der])).toMatch(/"leaf": basicConstraints do not say CA/);
    expect(await refusalOf([root.der, Buffer.from('garbage')])).toMatch(/cannot be read/);
    expect(await refusalOf([root.der, new Uint8Array()])).toMatch(/cannot be read/);
    expect(await refusalOf([forged.der])).toMatch(/did not sign itself/);
    expect(await refusalOf([strange.der])).toMatch(/1\.2\.3/);
  });

  test('an intermediate of somebody else is refused', async () => {
    const root = await mintRoot();
    const [mine, stranger] = [await mintAuthority('mine', 'root'), await mintAuthority('stranger', 'nobody')];
    expect((await anchorsFromFiles([mine.der, root.der])).vendors.amd?.intermediates).toEqual([mine.der]);
    expect(await refusalOf([mine.der, stranger.der, root.der])).toMatch(/"stranger": it leads to none/);
  });
});
