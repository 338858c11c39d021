/** Every octet of a chain, changed in one bit, ends the chain: nothing outside the signatures is left loose. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parseCertificate, splitCertificates } from '../../src/pki/certificate.js';
import { MalformedDer } from '../../src/pki/der.js';
import { examinePath } from '../../src/pki/path.js';
import { forgetVerifiedSignatures } from '../../src/pki/signature.js';
import type { VendorAnchors } from '../../src/rats/endorsement.js';
import { mintGuest } from '../../src/simulator/index.js';
import { SIMULATED_AT, simulatedVendor } from '../simulated-vendor.js';
import { describeWithVectors } from '../vectors-home.js';
import { flipped, shippedDer } from './miniature.js';

interface Chain {
  readonly leaf: Uint8Array;
  readonly authority: Uint8Array;
  readonly root: Uint8Array;
}

async function accepts(chain: Chain, anchors: VendorAnchors, at: Date): Promise<boolean> {
  const findings = await examinePath(
    {
      leaf: parseCertificate(chain.leaf),
      intermediates: [parseCertificate(chain.authority), parseCertificate(chain.root)],
      anchors,
    },
    at,
  );
  const { path, untrusted, badSignature, expired, notYetValid } = findings;
  const objections = [untrusted, badSignature, expired, notYetValid].filter((fact) => fact !== null);
  return path !== null && objections.length === 0;
}

/** Changed copies of each certificate, and how many were accepted. The pinned intermediates are at hand too. */
async function flipEverything(chain: Chain, anchors: VendorAnchors, at: Date, cold: boolean) {
  const count = { flipped: 0, malformed: 0, accepted: 0 };
  for (const part of ['leaf', 'authority', 'root'] as const) {
    for (let index = 0; index < chain[part].length; index += 1) {
      if (cold) forgetVerifiedSignatures();
      count.flipped += 1;
      try {
        if (await accepts({ ...chain, [part]: flipped(chain[part], index) }, anchors, at))
          count.accepted += 1;
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedDer);
        count.malformed += 1;
      }
    }
  }
  return count;
}

function sizeOf(chain: Chain): number {
  return chain.leaf.length + chain.authority.length + chain.root.length;
}

describe('a simulated chain', () => {
  test.each([
    ['VCEK', 'cold'],
    ['VLEK', 'warm'],
  ] as const)('of a %s, caches %s', async (signingKey, cache) => {
    const guest = await mintGuest(await simulatedVendor(), {
      at: SIMULATED_AT,
      product: 'Genoa',
      signingKey,
    });
    const chain = { leaf: guest.leafDer ?? new Uint8Array(), authority: guest.caDer, root: guest.arkDer };
    const anchors: VendorAnchors = { roots: [guest.arkDer], intermediates: [guest.caDer] };
    expect(await accepts(chain, anchors, SIMULATED_AT)).toBe(true);
    const count = await flipEverything(chain, anchors, SIMULATED_AT, cache === 'cold');
    expect(count).toMatchObject({ flipped: sizeOf(chain), accepted: 0 });
    expect(count.malformed).toBeGreaterThan(0);
  });
});

describe('AMD’s own authorities', () => {
  test.each(['milan', 'genoa', 'turin'])(
    '%s: every octet of ASK and ASVK under the pinned ARK',
    async (product) => {
      const root = shippedDer(`${product}/ark.pem`);
      const anchors: VendorAnchors = { roots: [root], intermediates: [] };
      for (const file of ['ask', 'asvk']) {
        const authority = shippedDer(`${product}/${file}.pem`);
        const chain = { leaf: authority, authority, root };
        const at = parseCertificate(authority).notBefore;
        expect(await accepts(chain, anchors, at)).toBe(true);
        for (let index = 0; index < authority.length; index += 1) {
          const changed = flipped(authority, index);
          const outcome = accepts({ leaf: changed, authority: changed, root }, anchors, at);
          const accepted = await outcome.catch((error: unknown) => {
            expect(error).toBeInstanceOf(MalformedDer);
            return false;
          });
          expect(accepted).toBe(false);
        }
      }
    },
  );
});

describeWithVectors('genuine chains', (directory) => {
  const anchors: VendorAnchors = {
    roots: [shippedDer('milan/ark.pem'), shippedDer('genoa/ark.pem'), shippedDer('turin/ark.pem')],
    intermediates: ['milan', 'genoa', 'turin'].flatMap((product) => [
      shippedDer(`${product}/ask.pem`),
      shippedDer(`${product}/asvk.pem`),
    ]),
  };
  const read = (slug: string): Chain => {
    const [leaf] = readdirSync(`${directory}/snp/${slug}`).filter((file) => /^v[cl]ek\.der$/.test(file));
    const [authority, root] = splitCertificates(readFileSync(`${directory}/snp/${slug}/chain.pem`));
    if (leaf === undefined || authority === undefined || root === undefined)
      throw new Error(`${slug}: no chain`);
    return { leaf: readFileSync(`${directory}/snp/${slug}/${leaf}`), authority, root };
  };

  test.each(readdirSync(`${directory}/snp`))('%s is accepted at its beginning', async (slug) => {
    const chain = read(slug);
    expect(await accepts(chain, anchors, parseCertificate(chain.leaf).notBefore)).toBe(true);
  });

  test.each(['milan-v3-aws-vlek', 'turin-v5-azure-fmc1'])('no octet of %s can change', async (slug) => {
    const chain = read(slug);
    const count = await flipEverything(chain, anchors, parseCertificate(chain.leaf).notBefore, false);
    expect(count).toMatchObject({ flipped: sizeOf(chain), accepted: 0 });
  });
});
