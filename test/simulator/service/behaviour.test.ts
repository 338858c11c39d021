import { once } from 'node:events';
import { type IncomingMessage, get as request } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parseBehaviour } from '../../../src/simulator/service/behaviour.js';
import {
  DAY,
  DOCUMENT_CASES,
  DOCUMENTS,
  type DocumentCase,
  type RunningVendor,
  startRunningVendor,
} from './running-vendor.js';

let vendor: RunningVendor;
let answered: string[];
beforeEach(async () => {
  const own: string[] = [];
  answered = own;
  vendor = await startRunningVendor({ answered: ({ path }) => own.push(path) });
});
afterEach(() => vendor.close());

const { vcek, vcekCrl, tcbInfo, rootCrl } = DOCUMENTS;

const read = async (name: DocumentCase) => {
  const { path, file, beside } = DOCUMENTS[name];
  const documents = await vendor.read(path, file, beside);
  const asked = name === 'chain' ? documents.at(0) : documents.at(-1);
  if (asked === undefined) throw new Error('a file has a document');
  return asked;
};

describe('a vendor that is not there', () => {
  test('down: the connection ends', async () => {
    vendor.set('down');
    await expect(vendor.get(vcekCrl.path)).rejects.toThrow();
    expect(vendor.requests).toMatchObject([{ path: vcekCrl.path, service: 'kds', status: null }]);
  });

  test('silent: whoever waits gives up', async () => {
    vendor.set('silent');
    const signal = AbortSignal.timeout(100);
    await expect(fetch(vendor.url + tcbInfo.path, { signal })).rejects.toThrow();
    expect(vendor.requests).toMatchObject([{ path: tcbInfo.path, service: 'pcs', status: null }]);
  });

  test('slow: others are answered before, and the answer is good', async () => {
    vendor.set(`${tcbInfo.path}:slow=1`);
    const slow = read('tcbInfo');
    await read('rootCrl');
    expect(await slow).toMatchObject({ kind: 'tdx-tcb-info' });
    expect(answered).toEqual([rootCrl.path, tcbInfo.path]);
  });

  test('closing ends what is under way', async () => {
    vendor.set(`${tcbInfo.path}:slow=600`);
    const slow = vendor.get(tcbInfo.path).catch(() => 'cut off');
    await vendor.get(rootCrl.path);
    const second = await startRunningVendor();
    vendor.set();
    await vendor.close();
    expect(await slow).toBe('cut off');
    vendor = second;
  });

  test.each([
    ['not-found', 404, null],
    ['gone', 410, null],
    ['error', 500, null],
    ['unavailable', 503, null],
    ['unavailable=120', 503, '120'],
  ])('%s', async (word, status, retryAfter) => {
    vendor.set(word);
    const { status: said, headers, body } = await vendor.get(tcbInfo.path);
    expect([said, headers.get('retry-after'), body.length]).toEqual([status, retryAfter, 0]);
  });
});

describe('a vendor that rations', () => {
  test('one VCEK in ten seconds, by the clock; everything else is free', async () => {
    vendor.set('vcek:rate=1/10s');
    const statusOf = async (path: string) => (await vendor.get(path)).status;
    expect(await statusOf(vcek.path)).toBe(200);
    const { status, headers } = await vendor.get(vcek.path);
    expect([status, headers.get('retry-after')]).toEqual([429, '10']);
    expect([await statusOf(vcekCrl.path), await statusOf(tcbInfo.path)]).toEqual([200, 200]);
    vendor.move(9_001);
    expect((await vendor.get(vcek.path)).headers.get('retry-after')).toBe('1');
    vendor.move(999);
    expect([await statusOf(vcek.path), await statusOf(vcek.path)]).toEqual([200, 429]);
    vendor.move(-DAY);
    expect(await statusOf(vcek.path)).toBe(200);
    const rationed = vendor.requests.filter((served) => served.vcek);
    expect(rationed.map((served) => served.status)).toEqual([200, 429, 429, 200, 429, 200]);
  });

  test('several in a window, without a word on when to come back', async () => {
    vendor.set('rate-unsaid=2/60');
    const statuses: number[] = [];
    for (let count = 0; count < 3; count += 1) statuses.push((await vendor.get(rootCrl.path)).status);
    expect(statuses).toEqual([200, 200, 429]);
    expect((await vendor.get(rootCrl.path)).headers.has('retry-after')).toBe(false);
    vendor.set('rate=2/60');
    expect((await vendor.get(rootCrl.path)).status).toBe(200);
  });
});

describe('documents that are not what they should be', () => {
  const FORGED: Readonly<Record<DocumentCase, string>> = {
    vcek: 'snp_chain_signature_invalid',
    chain: 'snp_chain_signature_invalid',
    vcekCrl: 'snp_crl_signature_invalid',
    vlekCrl: 'snp_crl_signature_invalid',
    tcbInfo: 'tdx_tcb_info_signature_invalid',
    identity: 'tdx_qe_identity_signature_invalid',
    pckCrl: 'tdx_crl_signature_invalid',
    rootCrl: 'tdx_crl_signature_invalid',
  };

  test.each(DOCUMENT_CASES)('wrong-signature: %s', async (name) => {
    expect(await read(name)).toHaveProperty('sha256');
    vendor.set('wrong-signature');
    await expect(read(name)).rejects.toMatchObject({ refusal: { code: FORGED[name] } });
  });

  test('wrong-signature, of lists in hex and in PEM', async () => {
    const paths = ['/sgx/certification/v4/rootcacrl', '/sgx/certification/v4/pckcrl?ca=platform'];
    const bytesOf = async (path: string) => {
      const text = Buffer.from((await vendor.get(path)).body).toString('ascii');
      const pem = text.startsWith('-----');
      return Buffer.from(text.replace(/-----[^-]+-----|\s/gu, ''), pem ? 'base64' : 'hex');
    };
    const sound = await Promise.all(paths.map(bytesOf));
    vendor.set('wrong-signature');
    for (const [index, path] of paths.entries()) {
      const spoilt = await bytesOf(path);
      expect(spoilt.length).toBe(sound[index]?.length);
      expect(spoilt.subarray(0, -1)).toEqual(sound[index]?.subarray(0, -1));
      expect(spoilt).not.toEqual(sound[index]);
    }
  });

  test.each(DOCUMENT_CASES)('garbage: %s', async (name) => {
    vendor.set('garbage');
    await expect(read(name)).rejects.toHaveProperty('refusal.code');
  });

  test.each(['tcbInfo', 'identity', 'pckCrl'] as const)('without-chain: %s', async (name) => {
    vendor.set('pcs:without-chain');
    await expect(read(name)).rejects.toMatchObject({ refusal: { code: FORGED[name] } });
  });

  test.each(DOCUMENT_CASES)('another: %s', async (name) => {
    const asked = await read(name);
    vendor.set('another');
    if (name === 'identity' || name === 'rootCrl') {
      // There is but one of these: what comes instead is of another kind, and refused as that.
      await expect(read(name)).rejects.toHaveProperty('refusal.code');
      return;
    }
    const got = await read(name);
    expect(got.kind).toBe(asked.kind);
    expect(got.subject).not.toBe(asked.subject);
  });

  test.each(DOCUMENT_CASES.filter((name) => !['vcek', 'chain'].includes(name)))(
    'older: %s still holds, and is older',
    async (name) => {
      const newer = await read(name);
      vendor.set('older');
      const older = await read(name);
      expect(older.issuedAt.getTime()).toBeLessThan(newer.issuedAt.getTime() - DAY);
      expect(older.expiresAt.getTime()).toBeGreaterThan(vendor.now().getTime());
      expect(older.subject).toBe(newer.subject);
      vendor.set('older=20');
      expect((await read(name)).issuedAt.getTime()).toBeLessThan(older.issuedAt.getTime() - 17 * DAY);
    },
  );

  test('older, across a recovery, has the number before', async () => {
    const before = await read('tcbInfo');
    vendor.move(3 * DAY);
    vendor.announce({ standardFrom: vendor.now() });
    vendor.move(DAY);
    const after = await read('tcbInfo');
    vendor.set('older');
    expect([before.sequence, after.sequence, (await read('tcbInfo')).sequence]).toEqual([18n, 19n, 18n]);
  });

  test.each(DOCUMENT_CASES)('expired: %s is signed, and over', async (name) => {
    vendor.set('expired');
    const over = await read(name);
    expect(over.expiresAt.getTime()).toBeLessThan(vendor.now().getTime());
    expect(over.issuedAt.getTime()).toBeLessThan(over.expiresAt.getTime());
  });
});

describe('replies that no server should give', () => {
  const raw = async (path: string): Promise<IncomingMessage> => {
    const [response] = await once(request(vendor.url + path, { agent: false }), 'response');
    return response;
  };

  test('redirect: to another name, where the document is', async () => {
    vendor.set('redirect');
    const { status, headers, body } = await vendor.get(tcbInfo.path);
    const location = new URL(headers.get('location') ?? '');
    expect([status, body.length, location.hostname]).toEqual([302, 0, 'localhost']);
    expect(location.port).toBe(new URL(vendor.url).port);
    const followed = await fetch(`${vendor.url}${location.pathname}${location.search}`);
    expect(followed.status).toBe(200);
    expect(await followed.json()).toHaveProperty('tcbInfo.fmspc', 'A55A6F000000');
    expect(vendor.requests.map((served) => served.status)).toEqual([302, 200]);
  });

  test('oversized: eight MiB, or so many, announced', async () => {
    vendor.set('oversized');
    const { headers, body } = await vendor.get(tcbInfo.path);
    expect([headers.get('content-length'), body.length]).toEqual(['8388608', 8_388_608]);
    vendor.set('oversized=3');
    expect((await vendor.get(rootCrl.path)).body.length).toBe(3_145_728);
  });

  test('endless: until whoever reads has had enough', async () => {
    vendor.set('endless');
    const response = await raw(rootCrl.path);
    expect(response.headers['content-length']).toBeUndefined();
    let length = 0;
    for await (const chunk of response) {
      length += Buffer.from(chunk).length;
      if (length > 3 * 1024 * 1024) break;
    }
    expect(length).toBeGreaterThan(3 * 1024 * 1024);
    vendor.set();
    expect((await vendor.get(rootCrl.path)).status).toBe(200);
  });

  test('truncated: less than announced', async () => {
    const whole = (await vendor.get(rootCrl.path)).body.length;
    vendor.set('truncated');
    const response = await raw(rootCrl.path);
    expect(response.headers['content-length']).toBe(`${whole}`);
    let length = 0;
    const reading = (async () => {
      for await (const chunk of response) length += Buffer.from(chunk).length;
    })();
    await expect(reading).rejects.toThrow();
    expect(length).toBe(Math.floor(whole / 2));
  });

  test('gzip: a body that is compressed, and says so', async () => {
    vendor.set('gzip');
    const response = await raw(tcbInfo.path);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(Buffer.from(chunk));
    expect(response.headers['content-encoding']).toBe('gzip');
    expect(Buffer.concat(chunks).subarray(0, 2).toString('hex')).toBe('1f8b');
  });

  test('what is refused anyway stays as it is', async () => {
    vendor.set('oversized', 'wrong-signature', 'gzip', 'truncated');
    const { status, headers } = await vendor.get('/tdx/certification/v4/tcb?fmspc=000000000000');
    expect([status, headers.has('content-encoding')]).toEqual([404, false]);
  });
});

describe('where a behaviour applies', () => {
  const statuses = async () => {
    const paths = [vcek.path, vcekCrl.path, tcbInfo.path, rootCrl.path];
    return Promise.all(paths.map(async (path) => (await vendor.get(path)).status));
  };

  test.each([
    ['error', [500, 500, 500, 500]],
    ['kds:error', [500, 500, 200, 200]],
    ['vcek:error', [500, 200, 200, 200]],
    ['pcs:error', [200, 200, 500, 500]],
    ['/tdx/certification/v4/tcb:error', [200, 200, 500, 200]],
    ['/tdx/certification/v4/tcb?fmspc=a55a7f:error', [200, 200, 200, 200]],
  ])('%s', async (words, expected) => {
    vendor.set(words);
    expect(await statuses()).toEqual(expected);
  });

  test('several at once; a later call replaces them', async () => {
    vendor.set('kds:gone', 'pcs:slow=0,not-found');
    expect(await statuses()).toEqual([410, 410, 404, 404]);
    vendor.set();
    expect(await statuses()).toEqual([200, 200, 200, 200]);
  });

  test.each([
    '',
    'slow',
    'slow=x',
    'down=1',
    'rate=1',
    'rate=0/10s',
    'kds:',
    'amd:down',
    'toString',
    'older=-1',
  ])('%p is no behaviour, and what is one is said', (words) => {
    expect(() => parseBehaviour(words)).toThrow(
      expect.objectContaining({ refusal: expect.objectContaining({ code: 'request_invalid' }) }),
    );
    expect(() => vendor.set(words)).toThrow();
  });
});
