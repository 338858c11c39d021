import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BOOT_EVENTS, mintTd, writeTd } from '../../src/simulator/index.js';
import { SIMULATED_AT, simulatedIntel } from '../simulated-vendor.js';
import { counting, sketchQuote } from '../tee/tdx/sample-quote.js';
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

  test('lists the events of a log and what they come to, and says again that nothing was verified', async () => {
    const td = await mintTd(await simulatedIntel(), { at: SIMULATED_AT, eventLog: BOOT_EVENTS });
    const dir = place.path('inspected-td');
    await writeTd(dir, td);
    const args = ['inspect', `${dir}/quote.bin`, '--event-log', `${dir}/event_log.bin`];
    const { decoded, verified, notice } = JSON.parse((await assay([...args, '--json'])).out);
    expect([verified, notice.includes(LOUD)]).toEqual([false, true]);
    expect(decoded.event_log.replays).toEqual(['rtmr0', 'rtmr1', 'rtmr2', 'rtmr3']);
    expect(decoded.event_log.replayed).toMatchObject({ rtmr1: decoded.rtmr1, rtmr3: '00'.repeat(48) });
    expect(decoded.event_log.events).toHaveLength(BOOT_EVENTS.length);
    expect(decoded.event_log.events[4]).toEqual({
      number: 5,
      register: 'rtmr1',
      type: 'EV_EFI_ACTION',
      digest: Buffer.from(BOOT_EVENTS[4]?.digest ?? []).toString('hex'),
      data: 'Calling EFI Application from Boot Option',
      data_digest: 'equal',
    });
    const { code, out } = await assay(args);
    expect(code).toBe(0);
    expect(out).toMatch(/rtmr1 +EV_EFI_BOOT_SERVICES_APPLICATION +not of the data/u);
    expect(out.trimEnd().split('\n').at(-1)).toContain(LOUD);
    expect(out).toContain('not verified either');
  });

  test('shows a log that was edited for what it is, without control characters', async () => {
    const edited = BOOT_EVENTS.map((event) => ({ ...event, data: Buffer.from('\u001b[2J', 'latin1') }));
    const td = await mintTd(await simulatedIntel(), { at: SIMULATED_AT, eventLog: edited });
    const dir = place.path('edited-td');
    await writeTd(dir, td);
    const args = ['inspect', `${dir}/quote.bin`, '--event-log', `${dir}/event_log.bin`];
    const { out } = await assay(args);
    expect(out).not.toContain('\u001b[2J');
    expect(out).toMatch(/EV_EFI_ACTION +other/u);
  });

  test('refuses a log beside a report that has no registers', async () => {
    const { report } = await place.write();
    const { code, err } = await assay(['inspect', report, '--event-log', report]);
    expect(code).toBe(2);
    expect(err).toMatch(/request_invalid|no registers/u);
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

  test('shows every field of an extended TD report, and that `assay verify` will refuse it', async () => {
    const body = counting(885, 0x30);
    const input = sketchQuote({ version: 5, bodyType: 4, body });
    const fields = {
      vmid: [648, 649],
      tdid: [649, 681],
      devinfo: [681, 729],
      init_servtd_hash: [729, 777],
      init_servtd_attr: [777, 785],
      init_cpusvn: [785, 801],
      init_tee_tcb_svn: [801, 817],
      init_tee_fmspc: [817, 829],
      cur_servtd_hash: [829, 877],
      cur_servtd_attr: [877, 885],
    };
    const { code, out } = await assay(['inspect', '-'], { input });
    const { notice, decoded } = JSON.parse((await assay(['inspect', '-', '--json'], { input })).out);
    for (const [name, [from, to]] of Object.entries(fields)) {
      const hex = Buffer.from(body.subarray(from, to)).toString('hex');
      expect([name, decoded[name]]).toEqual([name, hex]);
      expect(out).toMatch(new RegExp(`^ +${name} +${hex}$`, 'mu'));
    }
    expect(code).toBe(0);
    expect(notice).toContain('It refuses this evidence (tdx_quote_version_unsupported): ');
    expect(out).toContain('an extended TD report (type 4)');
  });

  test('names the code of bytes that are no evidence', async () => {
    const { code, err, out } = await assay(['inspect', '-'], { input: Buffer.from('text') });
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('evidence_type_unknown');
  });
});
