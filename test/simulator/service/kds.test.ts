import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mintGuest, mintVendor, PRODUCTS, startVendorService } from '../../../src/simulator/index.js';
import { SIMULATED_AT, simulatedIntel, simulatedVendor } from '../../simulated-vendor.js';
import { DAY, type RunningVendor, startRunningVendor } from './running-vendor.js';

let vendor: RunningVendor;
beforeAll(async () => {
  vendor = await startRunningVendor();
});
afterAll(() => vendor.close());

const LEVELS = 'blSPL=4&teeSPL=0&snpSPL=29&ucodeSPL=222';
const CHIP = 'ab'.repeat(64);
const TURIN_LEVELS = 'fmcSPL=1&blSPL=3&teeSPL=2&snpSPL=5&ucodeSPL=97';

describe('certificates of chips', () => {
  test.each([
    ['Milan', CHIP, LEVELS, '0400000000001dde'],
    ['Genoa', CHIP, LEVELS, '0400000000001dde'],
    ['Turin', '0123456789abcdef', TURIN_LEVELS, '0103020500000061'],
  ])('%s: verified, of the chip and the TCB asked for', async (product, chip, levels, tcb) => {
    const [document] = await vendor.read(`/vcek/v1/${product}/${chip}?${levels}`, 'vcek.der');
    expect(document).toMatchObject({ kind: 'snp-vek', subject: `${product}/${chip}/${tcb}` });
    expect(document?.issuedAt.getTime()).toBeLessThan(vendor.now().getTime());
    expect(document?.expiresAt.getTime()).toBeGreaterThan(vendor.now().getTime());
  });

  test.each(PRODUCTS)('%s: certifies the key with which a guest on that chip signs', async (product) => {
    const guest = await mintGuest(await simulatedVendor(), { at: SIMULATED_AT, product });
    const { chipId, reportedTcb } = guest.expected;
    const used = product === 'Turin' ? 8 : 64;
    const { bootloader, tee, snp, microcode, fmc } = reportedTcb;
    const levels = `blSPL=${bootloader}&teeSPL=${tee}&snpSPL=${snp}&ucodeSPL=${microcode}`;
    const query = product === 'Turin' ? `fmcSPL=${fmc}&${levels}` : levels;
    const hwId = Buffer.from(chipId.subarray(0, used)).toString('hex');
    const { headers, body } = await vendor.get(`/vcek/v1/${product}/${hwId}?${query}`);
    expect(headers.get('content-type')).toBe('application/pkix-cert');
    const served = new X509Certificate(body);
    expect(served.publicKey.equals(new X509Certificate(guest.leafDer ?? '').publicKey)).toBe(true);
    expect(served.checkIssued(new X509Certificate(guest.caDer))).toBe(true);
  });

  test('the same bytes whenever it is asked, another key at another TCB or for another chip', async () => {
    const keyAt = async (path: string) => {
      const { body } = await vendor.get(path);
      return { body, key: new X509Certificate(body).publicKey.export({ type: 'spki', format: 'der' }) };
    };
    const one = await keyAt(`/vcek/v1/Milan/${CHIP}?${LEVELS}`);
    const again = await keyAt(
      `/vcek/v1/Milan/${CHIP.toUpperCase()}?blSPL=04&teeSPL=00&snpSPL=29&ucodeSPL=222`,
    );
    const updated = await keyAt(`/vcek/v1/Milan/${CHIP}?blSPL=4&teeSPL=0&snpSPL=30&ucodeSPL=222`);
    const other = await keyAt(`/vcek/v1/Milan/${'ac'.repeat(64)}?${LEVELS}`);
    const genoa = await keyAt(`/vcek/v1/Genoa/${CHIP}?${LEVELS}`);
    expect(again.body).toEqual(one.body);
    expect(new Set([one, updated, other, genoa].map(({ key }) => key.toString('hex'))).size).toBe(4);
  });

  test('another service over the same vendor certifies the same key', async () => {
    const amd = await simulatedVendor();
    const service = await startVendorService({
      vendor: { amd, intel: await simulatedIntel() },
      clock: { now: () => new Date(SIMULATED_AT.getTime() + 40 * DAY) },
    });
    const path = `/vcek/v1/Milan/${CHIP}?${LEVELS}`;
    const elsewhere = new X509Certificate(Buffer.from(await (await fetch(service.url + path)).arrayBuffer()));
    await service.close();
    expect(elsewhere.publicKey.equals(new X509Certificate((await vendor.get(path)).body).publicKey)).toBe(
      true,
    );
  });

  test.each([
    [404, 'a product in another case', `/vcek/v1/milan/${CHIP}?${LEVELS}`],
    [404, 'a masked chip id', `/vcek/v1/Milan/${'00'.repeat(64)}?${LEVELS}`],
    [400, 'a short chip id on Milan', `/vcek/v1/Milan/${'ab'.repeat(8)}?${LEVELS}`],
    [400, 'a long chip id on Turin', `/vcek/v1/Turin/${CHIP}?${TURIN_LEVELS}`],
    [400, 'fmcSPL on Milan', `/vcek/v1/Milan/${CHIP}?${LEVELS}&fmcSPL=1`],
    [400, 'a level beyond a byte', `/vcek/v1/Milan/${CHIP}?blSPL=256`],
    [400, 'a negative level', `/vcek/v1/Milan/${CHIP}?blSPL=-1`],
    [400, 'a level twice', `/vcek/v1/Milan/${CHIP}?blSPL=1&blSPL=2`],
    [400, 'no hex', '/vcek/v1/Milan/not-hex'],
    [401, 'a VLEK', `/vlek/v1/Milan/cert?${LEVELS}`],
    [404, 'an unknown product', '/vcek/v1/Naples/crl'],
    [404, 'another version', '/vcek/v2/Milan/crl'],
    [404, 'no path at all', '//'],
  ])('%i for %s', async (status, _what, path) => {
    expect((await vendor.get(path)).status).toBe(status);
  });

  test('levels that are not given are zero', async () => {
    const [document] = await vendor.read(`/vcek/v1/Milan/${CHIP}?ucodeSPL=222`, 'vcek.der');
    expect(document?.subject).toBe(`Milan/${CHIP}/00000000000000de`);
  });

  test('only GET is answered', async () => {
    const response = await fetch(`${vendor.url}/vcek/v1/Milan/crl`, { method: 'POST' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET']);
  });

  test('a line that the vendor lacks is not found', async () => {
    const amd = await mintVendor({ at: SIMULATED_AT, products: ['Genoa'], rsaBits: 2048 });
    const service = await startVendorService({
      vendor: { amd, intel: await simulatedIntel() },
      clock: { now: () => SIMULATED_AT },
    });
    const statusOf = async (path: string) => (await fetch(service.url + path)).status;
    expect([await statusOf('/vcek/v1/Genoa/crl'), await statusOf('/vcek/v1/Milan/crl')]).toEqual([200, 404]);
    await service.close();
  });
});

describe('chains and lists', () => {
  test.each(PRODUCTS.flatMap((product) => (['vcek', 'vlek'] as const).map((key) => ({ product, key }))))(
    '$product, $key',
    async ({ product, key }) => {
      const chain = await vendor.read(`/${key}/v1/${product}/cert_chain`, 'chain.pem');
      const authority = key === 'vcek' ? 'snp-ask' : 'snp-asvk';
      expect(chain.map(({ kind, subject }) => [kind, subject])).toEqual([
        [authority, product],
        ['snp-ark', product],
      ]);
      const [list] = await vendor.read(`/${key}/v1/${product}/crl`, `${key}_crl.der`);
      expect(list).toMatchObject({ kind: `snp-${key}-crl`, subject: product });
      const { headers } = await vendor.get(`/${key}/v1/${product}/crl`);
      expect(headers.get('content-type')).toBe('application/pkix-crl');
    },
  );

  test('a list of every day, of the length that AMD gives them, numbered upwards', async () => {
    const running = await startRunningVendor();
    const listOf = async (product: string) => {
      const [list] = await running.read(`/vcek/v1/${product}/crl`, 'vcek_crl.der');
      if (list === undefined) throw new Error('a list was read');
      return list;
    };
    const today = await listOf('Turin');
    expect((await listOf('Turin')).sha256).toBe(today.sha256);
    running.move(DAY);
    const tomorrow = await listOf('Turin');
    expect(tomorrow.issuedAt.toISOString()).toBe('2026-11-21T00:00:00.000Z');
    expect(tomorrow.sequence ?? 0n).toBeGreaterThan(today.sequence ?? 0n);
    const days = ({ issuedAt, expiresAt }: typeof today) => (expiresAt.getTime() - issuedAt.getTime()) / DAY;
    expect([days(tomorrow), days(await listOf('Milan'))]).toEqual([42, 365]);
    running.move(400 * DAY);
    expect((await listOf('Milan')).issuedAt.toISOString()).toBe('2027-12-26T00:00:00.000Z');
    running.move(-400 * DAY);
    expect((await listOf('Turin')).sha256).toBe(tomorrow.sha256);
    await running.close();
  });
});
