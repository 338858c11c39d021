/**
 * Quotes judged by what the look-alike serves: by the verifier, and by a client of others that fetches for itself from
 * a base address as from any cache server. A TCB recovery is rehearsed before both.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { getCollateral, QuoteVerifier } from '@phala/dcap-qvl';
import { componentsAfter, mintTd, type TdOptions } from '../../../src/simulator/index.js';
import { parseEvidence } from '../../../src/tee/registry.js';
import { SIMULATED_AT, simulatedIntel } from '../../simulated-vendor.js';
import { NO_DEMANDS } from '../../tee/context.js';
import { DAY, DOCUMENTS, type RunningVendor, startRunningVendor } from './running-vendor.js';

let vendor: RunningVendor;
beforeAll(async () => {
  vendor = await startRunningVendor();
});
afterAll(() => vendor.close());

const quoteOf = async (options: Omit<TdOptions, 'at'> = {}) =>
  (await mintTd(await simulatedIntel(), { ...options, at: SIMULATED_AT })).evidence;

async function statusByAssay(quote: Uint8Array): Promise<string | null> {
  const { tcbInfo, identity, pckCrl, rootCrl } = DOCUMENTS;
  const fetched = await Promise.all(
    [tcbInfo, identity, pckCrl, rootCrl].map(({ path, file, beside }) => vendor.read(path, file, beside)),
  );
  const result = await parseEvidence('tdx', quote, []).authenticate({
    endorsements: fetched.flat(),
    anchors: vendor.anchors,
    at: vendor.now(),
    revocation: 'required',
    demands: NO_DEMANDS,
  });
  return result.kind === 'authentic' ? result.evidence.tcb.status : result.kind;
}

async function statusByClient(quote: Uint8Array, base = vendor.url): Promise<string> {
  const [root] = vendor.anchors.vendors.intel?.roots ?? [];
  if (root === undefined) throw new Error('the vendor has a root');
  const verifier = QuoteVerifier.newWithRootCa(Buffer.from(root));
  const collateral = await getCollateral(base, Buffer.from(quote));
  return verifier.verify(Buffer.from(quote), collateral, vendor.now().getTime() / 1000).status;
}

describe('a quote under documents from the look-alike', () => {
  test.each(['', '/', '/sgx/certification/v4', '/tdx/certification/v4'])(
    'is up to date for @phala/dcap-qvl at the base address with %p',
    async (suffix) => {
      expect(await statusByClient(await quoteOf(), vendor.url + suffix)).toBe('UpToDate');
    },
  );

  test('is what its level says, for both', async () => {
    for (const level of ['UpToDate', 'SWHardeningNeeded', 'OutOfDate'] as const) {
      const quote = await quoteOf({ level });
      expect([await statusByAssay(quote), await statusByClient(quote)]).toEqual([level, level]);
    }
  });

  test('asks a cache server for nothing but what it has', () => {
    const others = vendor.requests.filter(({ service, status }) => service !== 'pcs' || status !== 200);
    expect(others).toEqual([]);
    expect(vendor.requests.map(({ path }) => path)).toContain('/sgx/certification/v4/rootcacrl');
  });
});

describe('a TCB recovery', () => {
  test('makes hosts without the update out of date once the standard track has it', async () => {
    const behind = await quoteOf();
    const updated = await quoteOf({ components: componentsAfter(1) });
    const opinions = async () => {
      const both = [];
      for (const quote of [behind, updated])
        both.push(await statusByAssay(quote), await statusByClient(quote));
      return both;
    };
    const upToDate = ['UpToDate', 'UpToDate', 'UpToDate', 'UpToDate'];
    expect(await opinions()).toEqual(upToDate);
    expect(vendor.announce()).toBe(19);
    expect(await opinions()).toEqual(upToDate);
    vendor.adopt(new Date(SIMULATED_AT.getTime() + 10 * DAY));
    expect(await opinions()).toEqual(upToDate);
    vendor.move(10 * DAY);
    expect(await opinions()).toEqual(['OutOfDate', 'OutOfDate', 'UpToDate', 'UpToDate']);
    expect(vendor.announce({ standardFrom: vendor.now() })).toBe(20);
    expect(await opinions()).toEqual(['OutOfDate', 'OutOfDate', 'OutOfDate', 'OutOfDate']);
  });
});
