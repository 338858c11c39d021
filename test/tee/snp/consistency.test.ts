/** What no genuine report says, in the words of the check. */
import { describe, expect, test } from '@jest/globals';
import { checkGuestAsked, checkSignature, checkTcbOrder } from '../../../src/tee/snp/consistency.js';
import { sampleReport } from './sample-report.js';

const FIRMWARE = { major: 1, minor: 58, build: 2 };

describe('patch levels', () => {
  const told = (options: Parameters<typeof sampleReport>[0]) => {
    const { outcome, observed } = checkTcbOrder(sampleReport(options), 'Milan');
    return [outcome, observed];
  };

  test('are in order where nothing is above current', () => {
    const versions = 'committed 1.58.2, current 1.58.2';
    expect(told({})).toEqual(['pass', versions]);
    expect(told({ launch: { snp: 0xff } })).toEqual(['pass', versions]);
    expect(told({ currentVersion: { ...FIRMWARE, build: 3 } })).toEqual([
      'pass',
      'committed 1.58.2, current 1.58.3',
    ]);
  });

  test('above current are named, every one of them', () => {
    expect(
      told({
        reported: { bootloader: 5, snp: 0x1e },
        committed: { microcode: 0xdf },
        committedVersion: { ...FIRMWARE, build: 3 },
      }),
    ).toEqual([
      'fail',
      'above current: reported bootloader, reported snp, committed microcode, committed version (committed 1.58.3, current 1.58.2)',
    ]);
    expect(told({ committedVersion: { ...FIRMWARE, minor: 59 } })).toEqual([
      'fail',
      'above current: committed version (committed 1.59.2, current 1.58.2)',
    ]);
  });

  test('of a product that nobody knows are not compared', () => {
    expect(checkTcbOrder(sampleReport(), null)).toMatchObject({
      outcome: 'not_run',
      observed: 'the layout goes by product, which is not known',
    });
  });
});

test('a guest asks at VMPL 0 to 3, beyond it the host did', () => {
  const told = (vmpl: number) => {
    const { outcome, expected, observed } = checkGuestAsked(sampleReport({ vmpl }));
    return [outcome, expected, observed];
  };
  expect(told(0)).toEqual(['pass', '0 to 3', '0']);
  expect(told(3)).toEqual(['pass', '0 to 3', '3']);
  expect(told(4)).toEqual(['fail', '0 to 3', '0x4']);
  expect(told(0xffff_ffff)).toEqual(['fail', '0 to 3', '0xffffffff']);
});

test('a signature is not looked at without a certificate to look at it with', async () => {
  expect(await checkSignature(sampleReport(), null)).toMatchObject({
    id: 'snp_signature_invalid',
    outcome: 'not_run',
    observed: 'no certificate that is good for verifying it',
  });
});
