/** Asking, reading and keeping together, against the miniature vendors over HTTP on good days and on bad ones. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type FetchParts, fetchDocument } from '../../src/endorsements/fetch.js';
import { createTransport } from '../../src/endorsements/transport.js';
import type { FetchResult, VendorTransport } from '../../src/endorsements/vendor-answer.js';
import { requestFor, SCHEMES, VENDOR_SERVICES } from '../../src/tee/registry.js';
import type { RequestOptions } from '../../src/tee/scheme.js';
import { readEvaluationNumbers } from '../../src/tee/tdx/evaluation-numbers.js';
import { type Engine, openPgliteEngine } from '../contract/engine.js';
import { DAY, type RunningVendor, startRunningVendor } from '../simulator/service/running-vendor.js';

const CHIP = 'ab'.repeat(64);
const VCEK = ['snp-vek', `Milan/${CHIP}/04000000000018d9`] as const;
const FAMILY = 'a55a6f000000';
const PUBLISHED = [
  VCEK,
  ['snp-vek', `Genoa/${CHIP}/0a00000000001548`],
  ['snp-vek', 'Turin/0123456789abcdef/0102030400000051'],
  ...['Milan', 'Genoa', 'Turin'].flatMap((product) =>
    ['snp-ask', 'snp-ark', 'snp-asvk', 'snp-vcek-crl', 'snp-vlek-crl'].map(
      (kind) => [kind, product] as const,
    ),
  ),
  ...(['standard', 'early'] as const).flatMap((track) => [
    ['tdx-tcb-info', `${FAMILY}/${track}`] as const,
    ['tdx-qe-identity', track] as const,
  ]),
  ['tdx-tcb-evaluation-numbers', 'tdx'],
  ['tdx-pck-crl', 'platform'],
  ['tdx-pck-crl', 'processor'],
  ['tdx-root-crl', 'intel'],
] as const;

let engine: Engine;
beforeAll(async () => {
  engine = await openPgliteEngine();
});
afterAll(() => engine.close());

let vendor: RunningVendor;
let transport: VendorTransport;
beforeEach(async () => {
  vendor = await startRunningVendor();
  transport = createTransport(
    {
      services: VENDOR_SERVICES.map(({ name }) => ({ name, base: vendor.url, chosen: true })),
      proxy: null,
      authorities: null,
      userAgent: 'assay/0.0.0',
    },
    { totalMs: 2_000 },
  );
});
afterEach(async () => {
  await transport.close();
  await vendor.close();
});

/** Fetches one document, into the engine’s store unless another is given. */
async function ask(
  kind: string,
  subject: string,
  options: RequestOptions = { cacheServer: false },
  store: FetchParts['store'] = engine.stores.endorsements,
): Promise<FetchResult> {
  const request = requestFor({ kind, subject }, options);
  if (request === null) throw new Error(`somebody publishes ${kind} of ${subject}`);
  return fetchDocument(request, {
    transport,
    schemes: SCHEMES,
    store,
    realm: 'simulated',
    anchors: vendor.anchors,
    now: vendor.now(),
    fetched: () => {},
  });
}

/** A store that would keep anything. */
const open: FetchParts['store'] = {
  keepUnlessOlder: async (_realm, _document, beside) => ['current', ...beside.map(() => 'known' as const)],
};

const wordsOf = (result: FetchResult): string =>
  result.kind === 'refused' ? `refused ${result.code}` : result.kind;

describe('the miniature vendors', () => {
  test('give everything that can be asked for, and it is what was asked for', async () => {
    for (const [kind, subject] of PUBLISHED) {
      const result = await ask(kind, subject);
      expect([kind, subject, result]).toEqual([
        kind,
        subject,
        expect.objectContaining({ kind: 'kept', documents: expect.anything() }),
      ]);
      expect(result.kind === 'kept' && result.documents[0]).toMatchObject({ kind, subject });
    }
    const stored = await engine.stores.endorsements.list('simulated', vendor.now());
    const kept = new Set(stored.map(({ kind, subject }) => `${kind} ${subject}`));
    for (const [kind, subject] of PUBLISHED) expect(kept).toContain(`${kind} ${subject}`);
    // What vouches for them came beside them.
    for (const name of ['tdx-tcb-signing intel', 'tdx-pck-ca platform', 'tdx-pck-ca processor']) {
      expect(kept).toContain(name);
    }
  });

  test('as a cache server give the root’s list in hex', async () => {
    expect(await ask('tdx-root-crl', 'intel', { cacheServer: true })).toMatchObject({ kind: 'kept' });
    expect(vendor.requests.map(({ path }) => path)).toEqual(['/sgx/certification/v4/rootcacrl']);
  });

  test('tell which evaluations there are, and give the one that is asked for', async () => {
    const number = vendor.announce();
    await ask('tdx-tcb-evaluation-numbers', 'tdx');
    const need = { kind: 'tdx-tcb-evaluation-numbers', subject: 'tdx' };
    const [list] = await engine.stores.endorsements.find('simulated', [need], {
      at: vendor.now(),
      tense: 'now',
    });
    const read = readEvaluationNumbers(list?.bytes ?? new Uint8Array());
    expect(read.kind === 'evaluation-numbers' && read.evaluations[0]?.number).toBe(number);
    for (const evaluationNumber of [number, number - 1]) {
      const options = { cacheServer: false, evaluationNumber };
      expect(wordsOf(await ask('tdx-qe-identity', 'early', options, open))).toBe('kept');
    }
    expect(
      await ask('tdx-qe-identity', 'early', { cacheServer: false, evaluationNumber: 999 }, open),
    ).toEqual({ kind: 'not-found', status: 404 });
  });

  test('that know no such family say so', async () => {
    expect(await ask('tdx-tcb-info', '00906ed50000/standard')).toEqual({ kind: 'not-found', status: 404 });
  });
});

describe('on a bad day', () => {
  test.each([
    ['down', 'unavailable', 'unavailable', 'unavailable'],
    ['silent', 'unavailable', 'unavailable', 'unavailable'],
    ['error', 'unavailable', 'unavailable', 'unavailable'],
    ['unavailable', 'unavailable', 'unavailable', 'unavailable'],
    ['unavailable=60', 'rate-limited', 'rate-limited', 'rate-limited'],
    ['redirect', 'unavailable', 'unavailable', 'unavailable'],
    ['oversized', 'unavailable', 'unavailable', 'unavailable'],
    ['endless', 'unavailable', 'unavailable', 'unavailable'],
    ['truncated', 'unavailable', 'unavailable', 'unavailable'],
    ['gzip', 'unavailable', 'unavailable', 'unavailable'],
    ['not-found', 'unavailable', 'unavailable', 'unavailable'],
    ['vcek:not-found', 'not-found', 'kept', 'kept'],
    ['gone', 'not-found', 'not-found', 'not-found'],
    [
      'garbage',
      'refused snp_chain_untrusted',
      'refused collateral_malformed',
      'refused collateral_malformed',
    ],
    [
      'wrong-signature',
      'refused snp_chain_signature_invalid',
      'refused tdx_tcb_info_signature_invalid',
      'refused snp_crl_signature_invalid',
    ],
    ['without-chain', 'kept', 'refused tdx_tcb_info_signature_invalid', 'kept'],
    [
      'another',
      'refused collateral_malformed',
      'refused collateral_malformed',
      'refused collateral_malformed',
    ],
  ])('%s: a VCEK is %s, TCB info is %s, a list is %s', async (behaviour, vcek, tcbInfo, list) => {
    vendor.set(behaviour);
    const results = await Promise.all([
      ask(...VCEK, undefined, open),
      ask('tdx-tcb-info', `${FAMILY}/standard`, undefined, open),
      ask('snp-vcek-crl', 'Milan', undefined, open),
    ]);
    expect(results.map(wordsOf)).toEqual([vcek, tcbInfo, list]);
  });

  test('a ration is said with its seconds, where the vendor says it', async () => {
    vendor.set('vcek:rate=1/10s');
    expect(wordsOf(await ask(...VCEK, undefined, open))).toBe('kept');
    expect(await ask(...VCEK, undefined, open)).toEqual({ kind: 'rate-limited', retryAfter: 10 });
    vendor.set('vcek:rate-unsaid=1/10s');
    vendor.move(60_000);
    expect(wordsOf(await ask(...VCEK, undefined, open))).toBe('kept');
    expect(await ask(...VCEK, undefined, open)).toEqual({ kind: 'rate-limited', retryAfter: null });
  });

  test('vendor_serves_older_document: still valid and older than what is kept, it is refused', async () => {
    const dated = [
      ['tdx-tcb-info', `${FAMILY}/standard`],
      ['tdx-qe-identity', 'standard'],
      ['tdx-pck-crl', 'platform'],
      ['tdx-root-crl', 'intel'],
      ['snp-vcek-crl', 'Milan'],
      ['snp-vlek-crl', 'Milan'],
      ['tdx-tcb-evaluation-numbers', 'tdx'],
    ] as const;
    vendor.move(3 * DAY);
    for (const [kind, subject] of dated)
      expect([kind, wordsOf(await ask(kind, subject))]).toEqual([kind, 'kept']);
    vendor.set('older');
    for (const [kind, subject] of dated)
      expect([kind, wordsOf(await ask(kind, subject))]).toEqual([kind, 'older']);
    vendor.set();
    vendor.move(DAY);
    for (const [kind, subject] of dated)
      expect([kind, wordsOf(await ask(kind, subject))]).toEqual([kind, 'kept']);
  });
});
