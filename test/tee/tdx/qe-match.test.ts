import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../../src/rats/result.js';
import type { QePlan } from '../../../src/simulator/index.js';
import { checkQeIdentity, decodeQeReport } from '../../../src/tee/tdx/qe.js';
import { enclaveTd, flipped, judge, tdOf, verdictOf } from './judged.js';
import { qeIdentityOf } from './tcb-documents.js';

describe('qe_wrong_mrsigner_prodid_svn_fails', () => {
  const code = 'tdx_qe_identity_mismatch';

  test.each<readonly [string, (qe: QePlan) => Partial<QePlan>, RegExp]>([
    ['MRSIGNER', (qe) => ({ mrSigner: flipped(qe.mrSigner, 31) }), /^MRSIGNER [0-9a-f]{64}$/],
    ['an MRSIGNER of zeros', () => ({ mrSigner: new Uint8Array(32) }), /^MRSIGNER 0{64}$/],
    ['ISVPRODID', () => ({ isvProdId: 1 }), /^ISVPRODID 1$/],
    ['ISVPRODID in its high byte', () => ({ isvProdId: 0x0102 }), /^ISVPRODID 258$/],
    ['MISCSELECT', () => ({ miscSelect: 1 }), /^MISCSELECT 0x1$/],
    ['MISCSELECT in its highest bit', () => ({ miscSelect: 0x8000_0000 }), /^MISCSELECT 0x80000000$/],
    ['no INIT bit', (qe) => ({ attributes: flipped(qe.attributes, 0, 0x01) }), /^ATTRIBUTES /],
    ['no PROVISION_KEY bit', (qe) => ({ attributes: flipped(qe.attributes, 0, 0x10) }), /^ATTRIBUTES /],
    [
      'an attribute of the second half word',
      (qe) => ({ attributes: flipped(qe.attributes, 7) }),
      /^ATTRIBUTES /,
    ],
    [
      'two at once',
      (qe) => ({ isvProdId: 9, mrSigner: flipped(qe.mrSigner, 0) }),
      /^MRSIGNER [0-9a-f]{64}, ISVPRODID 9$/,
    ],
  ])('%s', async (_what, change, observed) => {
    const { failures, entry } = await judge(await enclaveTd(change));
    expect(failures).toEqual([code]);
    expect(entry(code).observed).toMatch(observed);
  });

  test('debug_bit_fails_under_every_policy: an enclave under a debugger', async () => {
    const { failures } = await judge(
      await enclaveTd((qe) => ({ attributes: flipped(qe.attributes, 0, 0x02) })),
    );
    expect(failures).toEqual([code]);
  });

  test('what the masks leave out is not compared', async () => {
    for (const change of [
      (qe: QePlan) => ({ attributes: flipped(qe.attributes, 0, 0x04) }),
      (qe: QePlan) => ({ attributes: flipped(qe.attributes, 8, 0xff) }),
      () => ({ mrEnclave: new Uint8Array(32).fill(9), cpuSvn: new Uint8Array(16).fill(9) }),
    ]) {
      expect(await verdictOf(await enclaveTd(change))).toBe('authentic');
    }
  });

  test('ISVSVN is held to the levels of the identity', async () => {
    expect(await verdictOf(await tdOf({ qeIsvSvn: 65535 }))).toBe('authentic');
    expect(await verdictOf(await tdOf({ qeIsvSvn: 2 }))).toBe('tdx_tcb_revoked');
    for (const qeIsvSvn of [0, 1]) {
      expect(await verdictOf(await tdOf({ qeIsvSvn }))).toBe('tdx_tcb_not_supported');
    }
  });
});

describe('the identity’s own masks', () => {
  const report = (fill: (bytes: Buffer) => void): Uint8Array => {
    const bytes = Buffer.alloc(384);
    fill(bytes);
    return new Uint8Array(bytes);
  };
  const matches = (changes: JsonObject, fill: (bytes: Buffer) => void): boolean => {
    const blank = {
      miscselect: '00000000',
      miscselectMask: '00000000',
      attributes: '00'.repeat(16),
      attributesMask: '00'.repeat(16),
      mrsigner: '00'.repeat(32),
      isvprodid: 0,
    };
    const identity = qeIdentityOf({ ...blank, ...changes });
    return checkQeIdentity(decodeQeReport(report(fill)), identity).outcome === 'pass';
  };

  test('MISCSELECT is little endian in the document too, every bit under its mask', () => {
    for (let bit = 0; bit < 32; bit += 1) {
      const word = Buffer.alloc(4);
      word.writeUInt32LE(2 ** bit);
      const changes = { miscselect: word.toString('hex'), miscselectMask: word.toString('hex') };
      const put = (value: number) => (bytes: Buffer) => bytes.writeUInt32LE(value, 16);
      expect([bit, matches(changes, put(2 ** bit))]).toEqual([bit, true]);
      expect([bit, matches(changes, put(0))]).toEqual([bit, false]);
      expect([bit, matches(changes, put(0xffff_ffff))]).toEqual([bit, true]);
      expect([bit, matches({ miscselectMask: word.toString('hex') }, put(2 ** bit))]).toEqual([bit, false]);
    }
  });

  test('ATTRIBUTES, bit by bit', () => {
    for (let bit = 0; bit < 128; bit += 1) {
      const mask = Buffer.alloc(16);
      mask.writeUInt8(1 << (bit % 8), bit >> 3);
      const set = (bytes: Buffer) => void bytes.set(mask, 48);
      const clear = () => undefined;
      const hex = mask.toString('hex');
      expect([bit, matches({ attributesMask: hex }, clear)]).toEqual([bit, true]);
      expect([bit, matches({ attributesMask: hex }, set)]).toEqual([bit, false]);
      expect([bit, matches({ attributesMask: hex, attributes: hex }, set)]).toEqual([bit, true]);
      expect([bit, matches({ attributesMask: hex, attributes: hex }, clear)]).toEqual([bit, false]);
      // Asked for and masked out: nobody can have it.
      expect([bit, matches({ attributes: hex }, set)]).toEqual([bit, false]);
    }
  });

  test('without identity or certification data nothing is compared', () => {
    expect(checkQeIdentity(null, qeIdentityOf()).outcome).toBe('not_run');
  });
});
