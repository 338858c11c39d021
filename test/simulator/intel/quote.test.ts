import { createHash, createPublicKey, verify, X509Certificate } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { mintTd, type SimulatedTd, type TdOptions } from '../../../src/simulator/index.js';
import { SIMULATED_AT } from '../../simulated-vendor.js';
import { simulatedIntel, takeApart } from './simulated-intel.js';

const filled = (length: number, value: number) => new Uint8Array(length).fill(value);

const mint = async (options: Omit<TdOptions, 'at'> = {}) =>
  mintTd(await simulatedIntel(), { at: SIMULATED_AT, ...options });

function keyOf(point: Buffer) {
  const coordinate = (from: number) => point.subarray(from, from + 32).toString('base64url');
  const jwk = { kty: 'EC', crv: 'P-256', x: coordinate(0), y: coordinate(32) };
  return { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' as const };
}

function signaturesOf({ quote, pckChain }: SimulatedTd): readonly boolean[] {
  const parts = takeApart(quote);
  const leaf = new X509Certificate(pckChain[0] ?? Buffer.alloc(0));
  const pck = { key: leaf.publicKey, dsaEncoding: 'ieee-p1363' as const };
  return [
    verify('sha256', parts.signed, keyOf(parts.attestationKey), parts.signature),
    verify('sha256', parts.qeReport, pck, parts.qeSignature),
  ];
}

describe('the simulated quote', () => {
  it.each([
    { quoteVersion: 4, bodyType: 2, length: 584, descriptor: '' },
    { quoteVersion: 5, bodyType: 2, length: 584, descriptor: '020048020000' },
    { quoteVersion: 5, bodyType: 3, length: 648, descriptor: '030088020000' },
  ] as const)('of version $quoteVersion, body type $bodyType is signed throughout', async (form) => {
    const td = await mint({ quoteVersion: form.quoteVersion, bodyType: form.bodyType });
    const parts = takeApart(td.quote);
    expect(parts.version).toBe(form.quoteVersion);
    expect(parts.descriptor.toString('hex')).toBe(form.descriptor);
    expect([parts.body.length, parts.rest.length]).toEqual([form.length, 0]);
    expect([parts.outerType, parts.innerType]).toEqual([6, 5]);
    expect(signaturesOf(td)).toEqual([true, true]);
    expect(parts.header.toString('hex')).toMatch(
      new RegExp(
        `^0${form.quoteVersion}000200810000000{8}939a7233f79c4ca9940a0db3957f0607[0-9a-f]{32}0{8}$`,
        'u',
      ),
    );
  });

  it('binds the attestation key into the QE report', async () => {
    const { qeReport, attestationKey, authData } = takeApart((await mint({ qeIsvSvn: 7 })).quote);
    const hash = createHash('sha256').update(attestationKey).update(authData).digest();
    expect(authData.toString('hex')).toBe('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
    expect(qeReport.subarray(320, 352)).toEqual(hash);
    expect(qeReport.subarray(352).every((byte) => byte === 0)).toBe(true);
    expect([qeReport.readUInt16LE(256), qeReport.readUInt16LE(258)]).toEqual([2, 7]);
    // Never a debug enclave: bit 1 of the flags.
    expect((qeReport[48] ?? 0) & 2).toBe(0);
  });

  it('has every field where TD reports have it', async () => {
    const { quote } = await mint({
      quoteVersion: 5,
      teeTcbSvn: filled(16, 0x01),
      teeTcbSvn2: filled(16, 0x02),
      mrSeam: filled(48, 0x03),
      mrSignerSeam: filled(48, 0x04),
      seamAttributes: filled(8, 0x05),
      attributes: { debug: true, perfmon: true, migratable: true },
      otherAttributes: 1n << 40n,
      xfam: 0x1122334455667788n,
      mrTd: filled(48, 0x06),
      mrConfigId: filled(48, 0x07),
      mrOwner: filled(48, 0x08),
      mrOwnerConfig: filled(48, 0x09),
      rtmrs: [0x0a, 0x0b, 0x0c, 0x0d].map((value) => filled(48, value)),
      reportData: filled(64, 0x0e),
      mrServiceTd: filled(48, 0x0f),
    });
    const { body } = takeApart(quote);
    const digest = (value: string) => value.repeat(48);
    expect(body.toString('hex')).toBe(
      [
        ...['01'.repeat(16), digest('03'), digest('04'), '05'.repeat(8)],
        ...['0100003000010080', '8877665544332211'],
        ...['06', '07', '08', '09', '0a', '0b', '0c', '0d'].map(digest),
        ...['0e'.repeat(64), '02'.repeat(16), digest('0f')],
      ].join(''),
    );
  });

  it('names modules by major version and SVN', async () => {
    const svns = async (options: Omit<TdOptions, 'at'>) => {
      const { body } = takeApart((await mint({ quoteVersion: 5, ...options })).quote);
      return [body.toString('hex', 0, 3), body.toString('hex', 0x248, 0x24b)];
    };
    expect(await svns({})).toEqual(['050108', '050108']);
    expect(await svns({ module: { isvSvn: 4 } })).toEqual(['040108', '040108']);
    expect(await svns({ module: { isvSvn: 4 }, runningModule: { isvSvn: 6 } })).toEqual(['040108', '060108']);
    expect(await svns({ module: { major: 0, microcode: 1 } })).toEqual(['050001', '050001']);
  });

  it('travels bare, padded with zeros, or as configfs-tsm files', async () => {
    const padded = await mint({ envelope: 'padded' });
    expect(takeApart(padded.evidence).rest).toEqual(Buffer.alloc(70));
    expect(takeApart(padded.quote).rest).toHaveLength(0);
    const files = await mint({ envelope: 'configfs-tsm' });
    expect(JSON.parse(Buffer.from(files.evidence).toString('utf8'))).toEqual({
      provider: 'tdx_guest\n',
      outblob: Buffer.from(files.quote).toString('base64'),
    });
    const bare = await mint();
    expect(bare.evidence).toBe(bare.quote);
  });

  it('is signed again whatever is changed before', async () => {
    const td = await mint({
      changes: {
        quote: (plan) => ({
          ...plan,
          header: plan.header.map((byte, index) => (index === 8 ? 0x77 : byte)),
          qe: { ...plan.qe, authData: new Uint8Array(100), isvProdId: 9 },
        }),
        pck: (plan) => ({ ...plan, serialNumber: 5n }),
      },
    });
    const parts = takeApart(td.quote);
    expect([parts.header[8], parts.authData.length, parts.qeReport.readUInt16LE(256)]).toEqual([
      0x77, 100, 9,
    ]);
    expect(new X509Certificate(td.pckChain[0] ?? Buffer.alloc(0)).serialNumber).toBe('05');
    expect(signaturesOf(td)).toEqual([true, true]);
    const hash = createHash('sha256').update(parts.attestationKey).update(parts.authData).digest();
    expect(parts.qeReport.subarray(320, 352)).toEqual(hash);
  });

  it('is random where nothing was asked, but for RTMR3 and the owner’s fields', async () => {
    const [one, other] = [await mint(), await mint()];
    const zeros = Buffer.alloc(48);
    for (const [at, random] of [
      [0x088, true],
      [0x0b8, false],
      [0x0e8, false],
      [0x118, false],
      [0x148, true],
      [0x178, true],
      [0x1a8, true],
      [0x1d8, false],
    ] as const) {
      const [first, second] = [one, other].map(({ quote }) => takeApart(quote).body.subarray(at, at + 48));
      expect([at, first?.equals(second ?? zeros)]).toEqual([at, !random]);
      expect([at, first?.equals(zeros)]).toEqual([at, !random]);
    }
  });

  it('refuses what contradicts the format, and instants outside the life of its authorities', async () => {
    const code = 'request_invalid';
    const wrong: readonly Partial<TdOptions>[] = [
      { reportData: filled(63, 0) },
      { mrTd: filled(32, 0) },
      { rtmrs: [filled(47, 0)] },
      { components: [1, 2, 3] },
      { components: filledNumbers(256) },
      { pceSvn: 65536 },
      { qeIsvSvn: -1 },
      { module: { isvSvn: 256 } },
      { fmspc: '00' },
      { quoteVersion: 4, bodyType: 3 },
      { at: new Date('2019-01-01T00:00:00Z') },
      { fault: 'nonce_replayed' },
    ];
    for (const options of wrong) {
      const minted = mintTd(await simulatedIntel(), { at: SIMULATED_AT, ...options });
      await expect(minted).rejects.toMatchObject({ refusal: { code } });
    }
  });
});

function filledNumbers(value: number): number[] {
  return new Array<number>(16).fill(value);
}
