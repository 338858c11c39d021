import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type GuestPlace, makeGuestPlace } from './guest-directory.js';
import { assay } from './run-assay.js';

const LOUD = 'NOTHING HERE WAS VERIFIED';

let place: GuestPlace;
beforeAll(async () => {
  place = await makeGuestPlace();
});
afterAll(() => place.remove());

describe('assay inspect', () => {
  test('says first and last that nothing was verified', async () => {
    const { report, guest } = await place.write();
    const { code, out } = await assay(['inspect', report]);
    const lines = out.trimEnd().split('\n');
    expect(code).toBe(0);
    expect(lines.at(0)).toContain(LOUD);
    expect(lines.at(-1)).toContain(LOUD);
    expect(out).toContain(Buffer.from(guest.actual.measurement).toString('hex'));
    expect(out).toMatch(/policy\.debug +false/u);
  });

  test('says so in JSON too', async () => {
    const { report } = await place.write({ envelope: 'extended' });
    const { out } = await assay(['inspect', report, '--json']);
    const { verified, notice, tee, envelope, decoded } = JSON.parse(out);
    expect({ verified, tee, envelope }).toEqual({ verified: false, tee: 'sev-snp', envelope: 'extended' });
    expect(notice).toContain(LOUD);
    expect(decoded.version).toBe(5);
  });

  test('decodes forged evidence from standard input, since it believes nothing', async () => {
    const { report } = await place.write({ fault: 'snp_signature_invalid' });
    const input = new Uint8Array(await readFile(report));
    expect((await assay(['inspect', '-', '--json'], { input })).code).toBe(0);
  });

  test('says of what it can decode and `assay verify` cannot judge that it will be refused', async () => {
    const { report } = await place.write();
    const input = new Uint8Array(await readFile(report));
    // VERSION, the first word.
    input[0] = 6;
    const { code, out } = await assay(['inspect', '-'], { input });
    expect(code).toBe(0);
    expect(out.match(/It refuses this evidence \(snp_report_version_unsupported\): /gu)).toHaveLength(2);
    const { notice, decoded } = JSON.parse((await assay(['inspect', '-', '--json'], { input })).out);
    expect(notice).toMatch(/snp_report_version_unsupported/u);
    expect(decoded.version).toBe(6);
    expect((await assay(['inspect', report])).out).not.toContain('refuses');
  });

  test('names the code of bytes that are no evidence', async () => {
    const { code, err, out } = await assay(['inspect', '-'], { input: Buffer.from('text') });
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('evidence_type_unknown');
  });
});
