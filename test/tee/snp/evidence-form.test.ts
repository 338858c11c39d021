/** What parsing alone says of a report and of the envelope that it came in. */
import { describe, expect, test } from '@jest/globals';
import type { GuestOptions } from '../../../src/simulator/index.js';
import { parseEvidence, teeOf } from '../../../src/tee/snp/evidence.js';
import { snpScheme } from '../../../src/tee/snp/index.js';
import { refusalOf } from '../tdx/judged.js';
import { flipped, guestOf } from './judged.js';

async function parsed(options: Omit<GuestOptions, 'at'> = {}) {
  const guest = await guestOf(options);
  return parseEvidence(snpScheme.unwrap(guest.evidence), [], null);
}

const FORM = ['snp_report_malformed', 'snp_report_version_unsupported', 'snp_report_reserved_nonzero'];

describe('an envelope', () => {
  test('names the TEE', () => {
    const unwrapped = { envelope: 'raw', report: new Uint8Array(), certificates: [], runtimeClaims: null };
    expect(teeOf(unwrapped)).toBe('sev-snp');
    const runtimeClaims = { bytes: new Uint8Array(), hashType: 1 };
    expect(teeOf({ ...unwrapped, runtimeClaims })).toBe('az-sev-snp');
  });

  test('that is none leaves the checks of the report alone', async () => {
    const { tee, binding, checks } = await parsed();
    expect([tee, binding]).toEqual(['sev-snp', 'report-data']);
    expect(checks.map(({ id }) => id)).toEqual(FORM);
  });

  test('of a certificate table says how many there were', async () => {
    const { checks } = await parsed({ envelope: 'extended' });
    expect(checks.map(({ id }) => id)).toEqual(['snp_cert_table_malformed', ...FORM]);
    expect(checks[0]).toMatchObject({ outcome: 'pass', observed: '3 certificates' });
  });

  test('of an empty certificate table had one all the same', async () => {
    const guest = await guestOf();
    const bare = { envelope: 'extended', report: guest.report, certificates: [], runtimeClaims: null };
    expect(parseEvidence(bare, [], null).checks[0]).toMatchObject({
      id: 'snp_cert_table_malformed',
      observed: '0 certificates',
    });
    const other = { ...bare, envelope: 'raw', certificates: guest.certificates };
    expect(parseEvidence(other, [], null).checks[0]).toMatchObject({ observed: '3 certificates' });
  });

  test('of Azure’s is another TEE, bound otherwise', async () => {
    const { tee, binding, checks } = await parsed({ envelope: 'azure-hcl' });
    expect([tee, binding]).toEqual(['az-sev-snp', 'vtpm']);
    expect(checks.map(({ id }) => id)).toEqual(['vtpm_envelope_malformed', ...FORM]);
    expect(checks[0]).toMatchObject({
      expected: 'sizes, types and JSON of the format',
      observed: 'as expected',
    });
  });
});

test('an event log beside it is refused, and it alone', async () => {
  const unwrapped = snpScheme.unwrap((await guestOf()).evidence);
  expect(refusalOf(() => parseEvidence(unwrapped, [], null))).toBeNull();
  expect(refusalOf(() => parseEvidence(unwrapped, [], new Uint8Array(1)))).toMatchObject({
    code: 'request_invalid',
    stage: 'parse',
    detail:
      'An SEV-SNP report has no registers that an event log could be held against: leave the log out (`event_log`, `--event-log`).',
  });
});

describe('bytes of a TCB that the layout does not use', () => {
  const LAUNCH_TCB = 0x1f0;

  test('are refused where the product is known', async () => {
    const guest = await guestOf();
    const changed = snpScheme.unwrap(flipped(guest.evidence, LAUNCH_TCB + 3));
    expect(refusalOf(() => parseEvidence(changed, guest.certificates, null))).toMatchObject({
      code: 'snp_report_reserved_nonzero',
      detail: 'Reserved bytes of launchTcb on Milan are not zero in a report of version 5.',
      facts: { version: 5 },
    });
  });

  test('are nobody’s matter where it is not', async () => {
    const guest = await guestOf({ fault: 'snp_product_unsupported' });
    const changed = snpScheme.unwrap(flipped(guest.evidence, LAUNCH_TCB + 4));
    expect(refusalOf(() => parseEvidence(changed, [], null))).toBeNull();
  });
});
