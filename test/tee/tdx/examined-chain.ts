/** PCK chains examined, and what came of them. */
import { expect } from '@jest/globals';
import type { VendorAnchors } from '../../../src/rats/endorsement.js';
import { examinePckChain, readPresentedChain } from '../../../src/tee/tdx/pck-chain.js';
import { simulatedIntel } from '../../simulated-vendor.js';
import { AT } from './judged.js';
import { leafOf } from './minted-chain.js';

/** DER: a PCK certificate of the Platform CA, both authorities and the root. */
export interface ChainParts {
  readonly leaf: Uint8Array;
  readonly platform: Uint8Array;
  readonly processor: Uint8Array;
  readonly root: Uint8Array;
}

export async function chainParts(): Promise<ChainParts> {
  const { platform, processor, root } = (await simulatedIntel()).authorities;
  return {
    leaf: await leafOf(),
    platform: platform.certificate,
    processor: processor.certificate,
    root: root.certificate,
  };
}

export async function pinnedIntel(): Promise<VendorAnchors> {
  return { roots: [(await simulatedIntel()).authorities.root.certificate], intermediates: [] };
}

/** `good`, or the code of the check that failed and what it saw. `trusted` undefined: the simulated Intel’s root. */
export async function answerTo(pem: Uint8Array, trusted?: VendorAnchors | null, at = AT): Promise<string> {
  const pinned = trusted === undefined ? await pinnedIntel() : trusted;
  const { chain, checks } = await examinePckChain(readPresentedChain(pem), pinned, at);
  expect(checks.map(({ id }) => id)).toEqual([
    'tdx_pck_chain_invalid',
    'tdx_pck_chain_untrusted',
    'tdx_cert_expired',
  ]);
  const failed = checks.filter(({ outcome }) => outcome === 'fail');
  expect(failed).toHaveLength(chain === null ? 1 : 0);
  return failed[0] === undefined ? 'good' : `${failed[0].id}: ${failed[0].observed}`;
}

export const invalid = (words: string | RegExp): unknown =>
  expect.stringMatching(
    new RegExp(`^tdx_pck_chain_invalid: .*${typeof words === 'string' ? words : words.source}`),
  );
export const untrusted: unknown = expect.stringMatching(/^tdx_pck_chain_untrusted: /);
