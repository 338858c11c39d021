import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fetchDocument } from '../../src/endorsements/fetch.js';
import type { FetchResult, TransportOutcome } from '../../src/endorsements/vendor-answer.js';
import type { EndorsementTrack, TrustAnchors } from '../../src/rats/endorsement.js';
import { RefusalError } from '../../src/rats/refusal.js';
import { withoutDatabase } from '../../src/rats/shared-refusals.js';
import type { VendorRequest } from '../../src/rats/vendor-request.js';
import { encodeTcb } from '../../src/simulator/amd/product-line.js';
import {
  anchorsOf,
  intelAnchorsOf,
  mintGuest,
  mintList,
  type SimulatedGuest,
  type SimulatedTd,
} from '../../src/simulator/index.js';
import { chainOf } from '../../src/simulator/intel/authorities.js';
import { requestFor, SCHEMES } from '../../src/tee/registry.js';
import { vcekSubject } from '../../src/tee/snp/kds.js';
import type { EndorsementStore } from '../../src/verifier/endorsement-ports.js';
import { type Engine, openPgliteEngine } from '../contract/engine.js';
import { SIMULATED_AT, simulatedIntel, simulatedVendor } from '../simulated-vendor.js';
import { changedTd, days, flipped, present, tdOf } from '../tee/tdx/judged.js';

let engine: Engine;
let anchors: TrustAnchors;
let guest: SimulatedGuest;
let td: SimulatedTd;

beforeAll(async () => {
  engine = await openPgliteEngine();
  const [amd, intel] = await Promise.all([simulatedVendor(), simulatedIntel()]);
  anchors = { simulated: true, vendors: { ...anchorsOf(amd).vendors, ...intelAnchorsOf(intel).vendors } };
  guest = await mintGuest(amd, { at: SIMULATED_AT, product: 'Milan' });
  td = await tdOf();
});
afterAll(() => engine.close());

function requestOf(kind: string, subject: string, cacheServer = false): VendorRequest {
  const request = requestFor({ kind, subject }, { cacheServer });
  if (request === null) throw new Error(`somebody publishes ${kind}`);
  return request;
}

const leafSubject = ({ actual }: SimulatedGuest): string =>
  vcekSubject({
    product: actual.product,
    chipId: actual.chipId,
    tcb: encodeTcb(actual.product, actual.reportedTcb),
  });

interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

const text = (value: string): Uint8Array => new Uint8Array(Buffer.from(value, 'utf8'));

/** A chain as Intel’s services write it into a header. */
const inHeader = (pem: Uint8Array | null): string => encodeURIComponent(Buffer.from(present(pem)).toString());

function replying({ status = 200, headers = {}, body = '' }: Answer): TransportOutcome {
  const bytes = typeof body === 'string' ? text(body) : body;
  return { kind: 'reply', reply: { status, headers, body: bytes } };
}

/** What the vendor’s answer comes to, the store being the engine’s unless another is given. */
async function come(
  request: VendorRequest,
  outcome: TransportOutcome,
  store: Pick<EndorsementStore, 'keepUnlessOlder'> = engine.stores.endorsements,
): Promise<FetchResult> {
  const counted: string[] = [];
  const result = await fetchDocument(request, {
    transport: { get: async () => outcome },
    schemes: SCHEMES,
    store,
    realm: 'simulated',
    anchors,
    now: SIMULATED_AT,
    fetched: (kind, ended) => counted.push(`${kind} ${ended}`),
  });
  expect(counted).toEqual([`${request.requirement.kind} ${result.kind}`]);
  return result;
}

async function kept(kind: string, subject: string): Promise<readonly string[]> {
  const all = await engine.stores.endorsements.list('simulated', SIMULATED_AT);
  return all
    .filter((item) => item.kind === kind && item.subject === subject)
    .map(({ state, source }) => `${state} ${source}`);
}

const documentsOf = (result: FetchResult): readonly string[] =>
  result.kind === 'kept'
    ? result.documents.map(({ kind, subject, state }) => `${kind} ${subject} ${state}`)
    : [JSON.stringify(result)];

describe('what was asked for', () => {
  test('a VCEK', async () => {
    const subject = leafSubject(guest);
    const request = requestOf('snp-vek', subject);
    const answer = replying({ body: present(guest.leafDer) });
    expect(documentsOf(await come(request, answer))).toEqual([`snp-vek ${subject} current`]);
    expect(documentsOf(await come(request, answer))).toEqual([`snp-vek ${subject} known`]);
    expect(await kept('snp-vek', subject)).toEqual(['current vendor']);
  });

  test('an authority, and the root that comes with it', async () => {
    const result = await come(requestOf('snp-ask', 'Milan'), replying({ body: guest.chainPem }));
    expect(documentsOf(result)).toEqual(['snp-ask Milan current', 'snp-ark Milan current']);
  });

  test('AMD’s lists', async () => {
    for (const [kind, body] of [
      ['snp-vcek-crl', guest.crls.vcek],
      ['snp-vlek-crl', guest.crls.vlek],
    ] as const) {
      const result = await come(requestOf(kind, 'Milan'), replying({ body: present(body) }));
      expect(documentsOf(result)).toEqual([`${kind} Milan current`]);
    }
  });

  test.each<[string, string, keyof SimulatedTd['documents'], EndorsementTrack]>([
    ['tdx-tcb-info', 'tcb-info-issuer-chain', 'tcbInfo', 'standard'],
    ['tdx-tcb-info', 'tcb-info-issuer-chain', 'tcbInfo', 'early'],
    ['tdx-qe-identity', 'sgx-enclave-identity-issuer-chain', 'qeIdentity', 'standard'],
    ['tdx-qe-identity', 'sgx-enclave-identity-issuer-chain', 'qeIdentity', 'early'],
  ])('%s with the signer that its header brings (%s, %s, %s)', async (kind, header, file, track) => {
    const subject = kind === 'tdx-tcb-info' ? `${td.actual.fmspc}/${track}` : track;
    const chain = inHeader(td.documents.tcbSigningChain);
    const answer = replying({ headers: { [header]: chain }, body: present(td.documents[file]) });
    const [own, signer, ...more] = documentsOf(await come(requestOf(kind, subject), answer));
    expect([own, more]).toEqual([`${kind} ${subject} current`, []]);
    expect(signer).toMatch(/^tdx-tcb-signing intel (?:current|known)$/);
  });

  test('a PCK list with the authority that its header brings', async () => {
    const headers = { 'sgx-pck-crl-issuer-chain': inHeader(td.documents.pckCrlIssuerChain) };
    const answer = replying({ headers, body: present(td.documents.pckCrl) });
    expect(documentsOf(await come(requestOf('tdx-pck-crl', 'platform'), answer))).toEqual([
      'tdx-pck-crl platform current',
      'tdx-pck-ca platform current',
    ]);
  });

  test('the root’s list, in DER from Intel and as hex text from a cache server', async () => {
    const der = present(td.documents.rootCrl);
    const hex = Buffer.from(der).toString('hex');
    const asked = ['tdx-root-crl', 'intel'] as const;
    expect(documentsOf(await come(requestOf(...asked), replying({ body: der })))).toEqual([
      'tdx-root-crl intel current',
    ]);
    for (const body of [hex, hex.toUpperCase(), `${hex}\n`]) {
      expect(documentsOf(await come(requestOf(...asked, true), replying({ body })))).toEqual([
        'tdx-root-crl intel known',
      ]);
    }
    for (const [request, body] of [
      [requestOf(...asked, true), der],
      [requestOf(...asked), hex],
    ] as const) {
      expect(await come(request, replying({ body }))).toMatchObject({
        kind: 'refused',
        code: 'collateral_malformed',
      });
    }
  });
});

describe('what is the vendor’s and not what was asked for', () => {
  const another = expect.objectContaining({ kind: 'refused', code: 'collateral_malformed' });

  test('the VCEK of another chip, or of the same chip at another TCB', async () => {
    const other = await mintGuest(await simulatedVendor(), {
      at: SIMULATED_AT,
      product: 'Milan',
      chipId: new Uint8Array(64).fill(9),
    });
    const subject = leafSubject(other);
    expect(await come(requestOf('snp-vek', subject), replying({ body: present(guest.leafDer) }))).toEqual(
      another,
    );
    const higher = subject.replace(/..$/, 'ff');
    expect(await come(requestOf('snp-vek', higher), replying({ body: present(other.leafDer) }))).toEqual(
      another,
    );
    expect(await kept('snp-vek', subject)).toEqual([]);
  });

  test('the list of another line', async () => {
    const { crls } = await mintGuest(await simulatedVendor(), { at: SIMULATED_AT, product: 'Genoa' });
    const body = present(crls.vcek);
    expect(await come(requestOf('snp-vcek-crl', 'Milan'), replying({ body }))).toEqual(another);
  });

  test('TCB info of another family, and the list of the other authority', async () => {
    const processor = await tdOf({ ca: 'processor', fmspc: 'a55a7f000000' });
    const info = replying({
      headers: { 'tcb-info-issuer-chain': inHeader(processor.documents.tcbSigningChain) },
      body: present(processor.documents.tcbInfo),
    });
    expect(await come(requestOf('tdx-tcb-info', `${td.actual.fmspc}/standard`), info)).toEqual(another);
    const list = replying({
      headers: { 'sgx-pck-crl-issuer-chain': inHeader(processor.documents.pckCrlIssuerChain) },
      body: present(processor.documents.pckCrl),
    });
    expect(await come(requestOf('tdx-pck-crl', 'platform'), list)).toEqual(another);
    expect(await kept('tdx-tcb-info', 'a55a7f000000/standard')).toEqual([]);
    expect(await kept('tdx-pck-crl', 'processor')).toEqual([]);
  });
});

describe('what is not the vendor’s', () => {
  const info = () => requestOf('tdx-tcb-info', `${td.actual.fmspc}/early`);
  const headers = () => ({ 'tcb-info-issuer-chain': inHeader(td.documents.tcbSigningChain) });

  test('is refused with the code of the check that it would fail, and nothing is kept', async () => {
    const before = (await engine.stores.endorsements.list('simulated', SIMULATED_AT)).length;
    const unsigned = present(td.documents.tcbInfo);
    const foreign = chainOf(present(td.pckChain[1]), present(td.pckChain[2]));
    const cases: readonly [VendorRequest, Answer, string][] = [
      [info(), { headers: headers(), body: flipped(unsigned, 200) }, 'collateral_malformed'],
      [info(), { headers: headers(), body: '<html>Sorry</html>' }, 'collateral_malformed'],
      [info(), { headers: headers(), body: '' }, 'collateral_malformed'],
      [info(), { body: unsigned }, 'tdx_tcb_info_signature_invalid'],
      [
        info(),
        { headers: { 'tcb-info-issuer-chain': '%zz' }, body: unsigned },
        'tdx_tcb_info_signature_invalid',
      ],
      [
        info(),
        { headers: { 'tcb-info-issuer-chain': encodeURIComponent(foreign) }, body: unsigned },
        'tdx_tcb_info_signature_invalid',
      ],
      [
        requestOf('snp-vek', leafSubject(guest)),
        { body: flipped(present(guest.leafDer), 700) },
        'snp_chain_signature_invalid',
      ],
      [
        requestOf('snp-vcek-crl', 'Milan'),
        { body: present(td.documents.rootCrl) },
        'snp_crl_signature_invalid',
      ],
    ];
    const codes: string[] = [];
    for (const [request, answer] of cases) {
      const result = await come(request, replying(answer));
      codes.push(result.kind === 'refused' ? result.code : result.kind);
    }
    expect(codes).toEqual(cases.map(([, , code]) => code));
    expect((await engine.stores.endorsements.list('simulated', SIMULATED_AT)).length).toBe(before);
  });

  test('is not believed with other anchors, whoever was asked', async () => {
    const result = await fetchDocument(requestOf('snp-vcek-crl', 'Milan'), {
      transport: { get: async () => replying({ body: present(guest.crls.vcek) }) },
      schemes: SCHEMES,
      store: engine.stores.endorsements,
      realm: 'genuine',
      anchors: { simulated: false, vendors: {} },
      now: SIMULATED_AT,
      fetched: () => {},
    });
    expect(result).toMatchObject({ kind: 'refused', code: 'snp_chain_untrusted' });
  });
});

describe('a vendor that serves an older document', () => {
  test('collateral_rollback_by_vendor: last month’s list or TCB info is not kept and is reported', async () => {
    const amd = await simulatedVendor();
    const request = requestOf('snp-vcek-crl', 'Genoa');
    const list = async (day: number) => {
      const { bytes } = await mintList(amd, {
        product: 'Genoa',
        kind: 'VCEK',
        thisUpdate: days(day),
        nextUpdate: days(day + 60),
      });
      return come(request, replying({ body: bytes }));
    };
    expect(await list(-1)).toMatchObject({ kind: 'kept' });
    expect(await list(-30)).toMatchObject({ kind: 'older', why: expect.stringContaining('amd-kds') });
    expect(await kept('snp-vcek-crl', 'Genoa')).toEqual(['current vendor']);

    const issued = async (day: number, evaluationNumber: number) => {
      const { documents } = await changedTd({
        tcbInfo: (plan) => ({
          ...plan,
          evaluationNumber,
          issueDate: days(day),
          nextUpdate: days(day + 30),
        }),
      });
      const headers = { 'tcb-info-issuer-chain': inHeader(documents.tcbSigningChain) };
      const answer = replying({ headers, body: present(documents.tcbInfo) });
      return come(requestOf('tdx-tcb-info', `${td.actual.fmspc}/early`), answer);
    };
    expect(await issued(0, 19)).toMatchObject({ kind: 'kept' });
    expect(await issued(0, 18)).toMatchObject({ kind: 'older' });
    expect(await issued(-5, 19)).toMatchObject({ kind: 'older' });
  });
});

describe('a vendor that has nothing or says no', () => {
  const request = () => requestOf('snp-vcek-crl', 'Turin');
  const SOON = new Date(SIMULATED_AT.getTime() + 90_000).toUTCString();

  test.each<[string, Answer, FetchResult]>([
    [
      '404',
      { status: 404 },
      { kind: 'unavailable', why: 'amd-kds answered 404 for snp-vcek-crl, which always exists' },
    ],
    ['410', { status: 410 }, { kind: 'not-found', status: 410 }],
    ['429', { status: 429 }, { kind: 'rate-limited', retryAfter: null }],
    [
      '429 with seconds',
      { status: 429, headers: { 'retry-after': '12' } },
      { kind: 'rate-limited', retryAfter: 12 },
    ],
    [
      '429 with a date',
      { status: 429, headers: { 'retry-after': SOON } },
      { kind: 'rate-limited', retryAfter: 90 },
    ],
    [
      '503 with seconds',
      { status: 503, headers: { 'retry-after': '60' } },
      { kind: 'rate-limited', retryAfter: 60 },
    ],
    ['503', { status: 503 }, { kind: 'unavailable', why: 'amd-kds answered 503' }],
    ['500', { status: 500 }, { kind: 'unavailable', why: 'amd-kds answered 500' }],
    ['204', { status: 204 }, { kind: 'unavailable', why: 'amd-kds answered 204' }],
    ['403', { status: 403 }, { kind: 'unavailable', why: 'amd-kds answered 403' }],
    ['400', { status: 400 }, { kind: 'unavailable', why: 'amd-kds answered 400', answered: true }],
    [
      'a cache server’s 461',
      { status: 461 },
      { kind: 'unavailable', why: 'amd-kds answered 461', answered: true },
    ],
  ])('%s, whatever the body is', async (_, answer, result) => {
    const body = present(guest.crls.vcek);
    expect(await come(request(), replying({ ...answer, body }))).toEqual(result);
  });

  /** 404 to everything but the witness, of which this is said. */
  async function comeTo404(request: VendorRequest, witness: TransportOutcome): Promise<FetchResult> {
    const asked: string[] = [];
    const result = await fetchDocument(request, {
      transport: {
        async get(_, path) {
          asked.push(path);
          return path === request.witness ? witness : replying({ status: 404 });
        },
      },
      schemes: SCHEMES,
      store: engine.stores.endorsements,
      realm: 'simulated',
      anchors,
      now: SIMULATED_AT,
      fetched: () => {},
    });
    expect(asked).toEqual([request.path, request.witness]);
    return result;
  }

  test.each([
    ['a VCEK', () => requestOf('snp-vek', leafSubject(guest))],
    ['TCB info', () => requestOf('tdx-tcb-info', `${td.actual.fmspc}/standard`)],
  ])('404 for %s is believed while the service has what always exists', async (_, requestOfIt) => {
    const asked = requestOfIt();
    expect(await comeTo404(asked, replying({}))).toEqual({ kind: 'not-found', status: 404 });
    for (const [witness, why] of [
      [replying({ status: 404 }), 'answered 404'],
      [replying({ status: 500 }), 'answered 500'],
      [{ kind: 'failed', why: 'timeout', detail: 'no whole reply in time' }, 'no whole reply in time'],
    ] as const) {
      expect(await comeTo404(asked, witness)).toEqual({
        kind: 'unavailable',
        why: `${asked.service} answered 404 for ${asked.requirement.kind}, and for one that exists: ${why}`,
      });
    }
  });

  test('no answer at all', async () => {
    const failed = { kind: 'failed', why: 'timeout', detail: 'no whole reply in time' } as const;
    expect(await come(request(), failed)).toEqual({
      kind: 'unavailable',
      why: 'amd-kds: no whole reply in time',
    });
  });

  test('a store that cannot be reached is not the vendor’s fault', async () => {
    const lost = withoutDatabase('authenticate', 'gone');
    const answer = replying({ body: present(guest.crls.vcek) });
    const store = { keepUnlessOlder: () => Promise.reject(lost) };
    await expect(come(requestOf('snp-vcek-crl', 'Milan'), answer, store)).rejects.toThrow(RefusalError);
  });
});
