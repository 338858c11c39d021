import { verify, X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { innerOf, pemBlocks } from '../intel/simulated-intel.js';
import { DAY, DOCUMENTS, type RunningVendor, readFile, startRunningVendor } from './running-vendor.js';

let vendor: RunningVendor;
beforeAll(async () => {
  vendor = await startRunningVendor();
});
afterAll(() => vendor.close());

const TCB = '/tdx/certification/v4/tcb';
const IDENTITY = '/tdx/certification/v4/qe/identity';
const NUMBERS = '/tdx/certification/v4/tcbevaluationdatanumbers';
const FAMILY = 'fmspc=a55a6f000000';

const jsonOf = (body: Uint8Array) => JSON.parse(Buffer.from(body).toString('utf8'));
const numberIn = async ({ get }: RunningVendor, path: string): Promise<number> => {
  const { tcbInfo, enclaveIdentity } = jsonOf((await get(path)).body);
  return (tcbInfo ?? enclaveIdentity).tcbEvaluationDataNumber;
};

describe('documents', () => {
  test('TCB info of each family, in either case, with its chain', async () => {
    for (const fmspc of ['a55a6f000000', 'A55A7F000000']) {
      const path = `${TCB}?fmspc=${fmspc}`;
      const documents = await vendor.read(path, 'tcb_info.json', DOCUMENTS.tcbInfo.beside);
      expect(documents.map(({ kind, subject }) => [kind, subject])).toEqual([
        ['tdx-tcb-signing', 'intel'],
        ['tdx-tcb-info', `${fmspc.toLowerCase()}/standard`],
      ]);
    }
    const { headers } = await vendor.get(`${TCB}?${FAMILY}`);
    expect(headers.get('content-type')).toBe('application/json');
    expect(headers.get('request-id')).toMatch(/^[0-9a-f]{32}$/u);
    expect(headers.get('tcb-info-issuer-chain')).toMatch(/^-----BEGIN%20CERTIFICATE-----%0A[\w%.-]+%0A$/u);
  });

  test('the identity of the TD quoting enclave, with its chain', async () => {
    const documents = await vendor.read(IDENTITY, 'qe_identity.json', DOCUMENTS.identity.beside);
    expect(documents.map(({ kind, subject }) => [kind, subject])).toEqual([
      ['tdx-tcb-signing', 'intel'],
      ['tdx-qe-identity', 'standard'],
    ]);
    const alike = await numberIn(vendor, `${IDENTITY}?update=standard`);
    expect(documents.at(-1)?.sequence).toBe(BigInt(alike));
  });

  test.each(['platform', 'processor'])('the list of the %s CA, in DER and in PEM', async (ca) => {
    const path = `/sgx/certification/v4/pckcrl?ca=${ca}`;
    const [list] = await vendor.read(`${path}&encoding=der`, 'pck_crl.der', DOCUMENTS.pckCrl.beside);
    expect(list).toMatchObject({ kind: 'tdx-pck-crl', subject: ca });
    expect((await vendor.get(`${path}&encoding=der`)).headers.get('content-type')).toBe(
      'application/pkix-crl',
    );
    for (const pem of [await vendor.get(path), await vendor.get(`${path}&encoding=pem`)]) {
      expect(pem.headers.get('content-type')).toBe('application/x-pem-file');
      const text = Buffer.from(pem.body).toString('ascii');
      expect(text).toMatch(/^-----BEGIN X509 CRL-----\n(.{1,64}\n)+-----END X509 CRL-----\n$/u);
      const inside = Buffer.from(text.replace(/-----[^-]+-----|\s/gu, ''), 'base64');
      expect(new Uint8Array(inside)).toEqual(list?.bytes);
    }
  });

  test('the root’s list, in DER and as a cache server’s hex', async () => {
    const [list] = await vendor.read('/IntelSGXRootCA.der', 'root_ca_crl.der');
    expect(list).toMatchObject({ kind: 'tdx-root-crl', subject: 'intel' });
    const cached = await vendor.get('/sgx/certification/v4/rootcacrl');
    expect(cached.headers.get('content-type')).toBe('application/x-pem-file');
    const text = Buffer.from(cached.body).toString('ascii');
    expect(text).toMatch(/^[0-9a-f]+$/u);
    const [same] = await readFile(
      'root_ca_crl.der',
      new Uint8Array(Buffer.from(text, 'hex')),
      vendor.anchors,
    );
    expect(same?.sha256).toBe(list?.sha256);
  });

  test('the families', async () => {
    expect(jsonOf((await vendor.get('/sgx/certification/v4/fmspcs')).body)).toEqual([
      { fmspc: 'A55A6F000000', platform: 'E5' },
      { fmspc: 'A55A7F000000', platform: 'E5' },
    ]);
  });

  test.each(['tdx', 'sgx'])('the evaluation numbers of %s, signed over their very bytes', async (tee) => {
    const { headers, body } = await vendor.get(`/${tee}/certification/v4/tcbevaluationdatanumbers`);
    const chain = decodeURIComponent(headers.get('tcb-evaluation-data-numbers-issuer-chain') ?? '');
    const [signer, root] = pemBlocks(chain).map((der) => new X509Certificate(der));
    if (signer === undefined || root === undefined) throw new Error('the chain has two certificates');
    expect(signer.verify(root.publicKey)).toBe(true);
    expect(root.raw).toEqual(Buffer.from(vendor.anchors.vendors.intel?.roots[0] ?? []));
    const { text, signature } = innerOf(body, 'tcbEvaluationDataNumbers');
    const key = { key: signer.publicKey, dsaEncoding: 'ieee-p1363' } as const;
    expect(verify('sha256', Buffer.from(text), key, signature)).toBe(true);
    expect(JSON.parse(text)).toMatchObject({
      id: tee.toUpperCase(),
      version: 1,
      nextUpdate: '2026-12-20T00:00:00Z',
      tcbEvalNumbers: [
        {
          tcbEvaluationDataNumber: 18,
          tcbRecoveryEventDate: '2023-08-08T00:00:00Z',
          tcbDate: '2023-08-09T00:00:00Z',
        },
        { tcbEvaluationDataNumber: 17 },
      ],
    });
  });

  test.each([
    [400, 'no FMSPC', TCB],
    [400, 'a short FMSPC', `${TCB}?fmspc=a55a6f`],
    [404, 'an unknown FMSPC', `${TCB}?fmspc=00806f050000`],
    [400, 'another track', `${TCB}?${FAMILY}&update=late`],
    [400, 'track and number', `${TCB}?${FAMILY}&update=early&tcbEvaluationDataNumber=18`],
    [400, 'no number', `${IDENTITY}?tcbEvaluationDataNumber=x`],
    [400, 'a track twice', `${IDENTITY}?update=early&update=standard`],
    [404, 'a number to come', `${TCB}?${FAMILY}&tcbEvaluationDataNumber=19`],
    [200, 'the number before', `${TCB}?${FAMILY}&tcbEvaluationDataNumber=17`],
    [410, 'a withdrawn number', `${TCB}?${FAMILY}&tcbEvaluationDataNumber=16`],
    [410, 'a withdrawn number of the identity', `${IDENTITY}?tcbEvaluationDataNumber=3`],
    [400, 'no CA', '/sgx/certification/v4/pckcrl'],
    [400, 'the root as CA', '/sgx/certification/v4/pckcrl?ca=root'],
    [400, 'another encoding', '/sgx/certification/v4/pckcrl?ca=platform&encoding=hex'],
    [404, 'SGX TCB info, which is of no use here', `/sgx/certification/v4/tcb?${FAMILY}`],
    [404, 'another version', `/tdx/certification/v3/tcb?${FAMILY}`],
  ])('%i for %s', async (status, _what, path) => {
    expect((await vendor.get(path)).status).toBe(status);
  });
});

describe('time', () => {
  test('every day a new generation, of the length that Intel gives it; nothing ends while the clock moves', async () => {
    const running = await startRunningVendor();
    const { tcbInfo, identity, pckCrl, rootCrl } = DOCUMENTS;
    const days = { tcbInfo: 30, identity: 30, pckCrl: 30, rootCrl: 365 };
    const generations = async () => {
      const read = { tcbInfo, identity, pckCrl, rootCrl };
      const found: Record<string, { sha256: string; issued: number; days: number }> = {};
      for (const [name, { path, file, beside }] of Object.entries(read)) {
        const document = (await running.read(path, file, beside)).at(-1);
        if (document === undefined) throw new Error(`${name} was read`);
        const { sha256, issuedAt, expiresAt } = document;
        expect(issuedAt.getTime()).toBeLessThanOrEqual(running.now().getTime());
        expect(expiresAt.getTime()).toBeGreaterThan(running.now().getTime());
        found[name] = {
          sha256,
          issued: issuedAt.getTime(),
          days: (expiresAt.getTime() - issuedAt.getTime()) / DAY,
        };
      }
      return found;
    };
    const first = await generations();
    expect(await generations()).toEqual(first);
    let before = first;
    for (const step of [1, 30, 400]) {
      running.move(step * DAY);
      const after = await generations();
      for (const [name, { sha256, issued, days: length }] of Object.entries(after)) {
        expect(sha256).not.toBe(before[name]?.sha256);
        expect(issued).toBeGreaterThan(before[name]?.issued ?? 0);
        expect([name, length]).toEqual([name, days[name as keyof typeof days]]);
      }
      before = after;
    }
    await running.close();
  });
});

describe('TCB recoveries', () => {
  test('the early track has a number at once, the standard one when it is due', async () => {
    const running = await startRunningVendor();
    const both = async (path: string) => {
      const mark = path.includes('?') ? '&' : '?';
      return [await numberIn(running, path), await numberIn(running, `${path}${mark}update=early`)];
    };
    expect(await both(`${TCB}?${FAMILY}`)).toEqual([18, 18]);
    running.move(DAY);
    expect(running.announce()).toBe(19);
    const announced = running.now().toISOString();
    expect([await both(`${TCB}?${FAMILY}`), await both(IDENTITY)]).toEqual([
      [18, 19],
      [18, 19],
    ]);
    const early = jsonOf((await running.get(`${TCB}?${FAMILY}&update=early`)).body).tcbInfo;
    expect(early.issueDate).toBe(announced.replace('.000Z', 'Z'));
    expect(early.tcbLevels[0]).toMatchObject({
      tcbDate: `${announced.slice(0, 10)}T00:00:00Z`,
      tcbStatus: 'UpToDate',
    });
    expect(early.tcbLevels[1]).toMatchObject({ tcbStatus: 'OutOfDate', advisoryIDs: ['INTEL-SA-99831'] });
    expect(await numberIn(running, `${TCB}?${FAMILY}&tcbEvaluationDataNumber=19`)).toBe(19);

    running.adopt(new Date(running.now().getTime() + 200 * DAY));
    running.move(199 * DAY);
    expect(await both(IDENTITY)).toEqual([18, 19]);
    const listed = async () =>
      jsonOf((await running.get(NUMBERS)).body).tcbEvaluationDataNumbers.tcbEvalNumbers.map(
        ({ tcbEvaluationDataNumber }: { tcbEvaluationDataNumber: number }) => tcbEvaluationDataNumber,
      );
    expect(await listed()).toEqual([19, 18, 17]);
    running.move(DAY);
    expect(await both(IDENTITY)).toEqual([19, 19]);
    expect(await listed()).toEqual([19, 18]);
    expect((await running.get(`${IDENTITY}?tcbEvaluationDataNumber=17`)).status).toBe(410);
    running.move(-200 * DAY);
    expect(await both(IDENTITY)).toEqual([18, 19]);
    await running.close();
  });

  test('a schedule out of order is refused', async () => {
    const later = new Date(vendor.now().getTime() + DAY);
    const refused = { refusal: { code: 'request_invalid' } };
    const schedules = [
      [{ announcedAt: later, standardFrom: vendor.now() }],
      [
        { announcedAt: later, standardFrom: null },
        { announcedAt: vendor.now(), standardFrom: null },
      ],
      [
        { announcedAt: vendor.now(), standardFrom: null },
        { announcedAt: later, standardFrom: later },
      ],
    ];
    for (const recoveries of schedules) {
      await expect(startRunningVendor({ recoveries })).rejects.toMatchObject(refused);
    }
    expect(() => vendor.announce({ standardFrom: new Date(0) })).toThrow();
    expect(() => vendor.adopt()).toThrow();
    expect(await numberIn(vendor, `${TCB}?${FAMILY}&update=early`)).toBe(18);
  });
});
