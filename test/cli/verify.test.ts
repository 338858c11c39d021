import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { reservations } from '../../src/rats/check.js';
import { isRefusalCode } from '../../src/rats/refusal.js';
import type { EndorsementUsed } from '../../src/rats/result.js';
import { FAULTS, type GuestOptions } from '../../src/simulator/index.js';
import { tableAs, withFloor } from '../tee/snp/bulletin-tables.js';
import { type GuestDirectory, type GuestPlace, makeGuestPlace } from './guest-directory.js';
import { assay, type RunOptions } from './run-assay.js';

const MEMBERS = [
  'authentic',
  'status',
  'code',
  'stage',
  'tee',
  'envelope',
  'binding',
  'simulated',
  'at',
  'claims',
  'tcb',
  'checks',
  'endorsements',
];
const OUTCOMES = ['pass', 'fail', 'not_run'];
const ESCAPE = '\u001b[';

let place: GuestPlace;
let healthy: GuestDirectory;

beforeAll(async () => {
  place = await makeGuestPlace();
  healthy = await place.write();
});
afterAll(() => place.remove());

async function verifyJson(args: readonly string[], options?: RunOptions) {
  const run = await assay(['verify', ...args, '--json'], options);
  return { ...run, verdict: JSON.parse(run.out) };
}

const verifyGuest = (guest: GuestDirectory, ...more: readonly string[]) =>
  verifyJson([guest.report, ...guest.trust, ...guest.expectations, ...more]);

describe('the object of --json', () => {
  test('has exactly the members of the contract', async () => {
    const { verdict } = await verifyGuest(healthy);
    expect(Object.keys(verdict)).toEqual(MEMBERS);
    expect(Object.keys(verdict.tcb).sort()).toEqual(
      ['advisories', 'date', 'module', 'platform', 'qe', 'source', 'status'].sort(),
    );
    expect(verdict.checks.length).toBeGreaterThan(40);
    for (const check of verdict.checks) {
      expect(Object.keys(check)).toEqual(['id', 'outcome', 'expected', 'observed', 'source', 'remedy']);
      expect(OUTCOMES).toContain(check.outcome);
      expect(isRefusalCode(check.id)).toBe(true);
    }
    expect(verdict.endorsements.length).toBeGreaterThan(2);
    for (const used of verdict.endorsements) {
      expect(Object.keys(used)).toEqual(['kind', 'sha256', 'not_before', 'not_after']);
    }
  });

  test('names every check once', async () => {
    const { verdict } = await verifyGuest(healthy);
    const ids: string[] = verdict.checks.map(({ id }: { id: string }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('keeps its members when nothing could be decoded', async () => {
    const { verdict } = await verifyJson(['-'], { input: Buffer.from('not evidence') });
    expect(Object.keys(verdict)).toEqual(MEMBERS);
    expect(verdict).toMatchObject({ tee: null, envelope: null, claims: null, tcb: null });
    expect(verdict).toMatchObject({ checks: [{ id: 'evidence_type_unknown', outcome: 'fail' }] });
  });
});

describe('exit codes', () => {
  test('0: affirming', async () => {
    const { code, verdict } = await verifyGuest(healthy);
    expect(code).toBe(0);
    expect(verdict).toMatchObject({
      authentic: true,
      status: 'affirming',
      code: null,
      stage: 'appraise',
      tee: 'sev-snp',
      binding: 'verified',
      simulated: true,
    });
  });

  test('1: refused, and no claims are shown', async () => {
    const { code, verdict } = await verifyGuest(await place.write({ fault: 'snp_signature_invalid' }));
    expect(code).toBe(1);
    expect(verdict).toMatchObject({ authentic: false, status: 'none', claims: null, tcb: null });
  });

  test('1: REPORT_DATA is another', async () => {
    const other = ['--report-data', '00'.repeat(64)];
    const { code, verdict } = await verifyJson([healthy.report, ...healthy.trust, ...other]);
    expect(code).toBe(1);
    expect(verdict).toMatchObject({
      authentic: false,
      code: 'report_data_mismatch',
      stage: 'bind',
      binding: 'mismatch',
    });
  });

  test('2: malformed', async () => {
    const { code, verdict } = await verifyGuest(await place.write({ fault: 'snp_report_malformed' }));
    expect(code).toBe(2);
    expect(verdict).toMatchObject({ authentic: null, code: 'snp_report_malformed', stage: 'parse' });
  });

  test('3: contraindicated', async () => {
    const { code, verdict } = await verifyGuest(await place.write({ policy: { debug: true } }));
    expect(code).toBe(3);
    expect(verdict).toMatchObject({
      authentic: true,
      status: 'contraindicated',
      code: 'snp_policy_debug',
      stage: 'appraise',
    });
  });

  test('4: undecided', async () => {
    const guest = await place.write({ fault: 'collateral_unavailable' });
    const { code, verdict } = await verifyGuest(guest);
    expect(code).toBe(4);
    expect(verdict).toMatchObject({ authentic: null, code: 'collateral_unavailable' });
  });

  test('5: an absent revocation list is tolerated when asked for', async () => {
    const guest = await place.write({ fault: 'collateral_unavailable' });
    const { code, verdict } = await verifyGuest(guest, '--revocation', 'best-effort');
    expect(code).toBe(5);
    expect(verdict).toMatchObject({ authentic: true, status: 'warning' });
    expect(verdict.checks).toContainEqual(
      expect.objectContaining({ id: 'snp_ca_revoked', outcome: 'not_run' }),
    );
  });

  test('1: a list that names the issuer is never tolerated', async () => {
    const guest = await place.write({ fault: 'snp_ca_revoked' });
    const { code, verdict } = await verifyGuest(guest, '--revocation', 'best-effort');
    expect([code, verdict.code]).toEqual([1, 'snp_ca_revoked']);
  });

  test.each([
    ['without --report-data', '--reference-values'],
    ['without --reference-values', '--report-data'],
  ])('5: %s', async (_name, kept) => {
    const index = healthy.expectations.indexOf(kept);
    const { code, verdict } = await verifyJson([
      healthy.report,
      ...healthy.trust,
      ...healthy.expectations.slice(index, index + 2),
    ]);
    expect([code, verdict.status]).toEqual([5, 'warning']);
  });

  test('1: the pinned anchors do not know a simulated vendor', async () => {
    const [, dir = '', , , ...at] = healthy.trust;
    const { code, verdict } = await verifyJson([healthy.report, '--endorsements', dir, ...at]);
    expect(code).toBe(1);
    expect(verdict).toMatchObject({ code: 'snp_chain_untrusted', simulated: false });
  });
});

describe('every fault that can be simulated earns its code', () => {
  test.each(FAULTS)('%s', async (fault) => {
    expect((await verifyGuest(await place.write({ fault }))).verdict.code).toBe(fault);
  });
});

describe('where evidence and certificates come from', () => {
  test('standard input', async () => {
    const input = new Uint8Array(await readFile(healthy.report));
    const { code } = await verifyJson(['-', ...healthy.trust, ...healthy.expectations], { input });
    expect(code).toBe(0);
  });

  test('a certificate table inside the evidence', async () => {
    const guest = await place.write({ envelope: 'extended' });
    const { code, verdict } = await verifyGuest(guest);
    expect([code, verdict.envelope]).toEqual([0, 'extended']);
  });

  test('--cert, in any order', async () => {
    const list = place.path('lists');
    await mkdir(list);
    await writeFile(`${list}/vcek_crl.der`, await readFile(`${healthy.dir}/vcek_crl.der`));
    const { code } = await verifyJson([
      healthy.report,
      ...['--cert', `${healthy.dir}/chain.pem`, '--cert', `${healthy.dir}/vcek.der`],
      ...['--endorsements', list],
      ...healthy.trust.slice(2),
      ...healthy.expectations,
    ]);
    expect(code).toBe(0);
  });

  test('a newer table of bulletins beside the other documents', async () => {
    const guest = await place.write({});
    expect((await verifyGuest(guest)).code).toBe(0);
    const newer = tableAs('2026-11.1', { bulletins: withFloor('AMD-SB-9999', '0xff') });
    await writeFile(`${guest.dir}/bulletins.json`, newer);
    const { code, verdict } = await verifyGuest(guest);
    expect([code, verdict.code]).toEqual([3, 'snp_tcb_status_not_accepted']);
    expect(verdict.tcb).toMatchObject({ source: 'assay-amd-bulletins@2026-11.1' });
  });

  test('a list of reference values, of which one matches', async () => {
    const own = JSON.parse(await readFile(`${healthy.dir}/reference-values.json`, 'utf8'));
    const file = place.path('values.json');
    await writeFile(file, JSON.stringify([{ ...own, match: { measurement: '00'.repeat(48) } }, own]));
    const { code } = await verifyJson([
      healthy.report,
      ...healthy.trust,
      ...['--reference-values', file],
      ...healthy.expectations.slice(2),
    ]);
    expect(code).toBe(0);
  });
});

describe('what is refused in words', () => {
  test.each([
    ['--type tdx', ['--type', 'tdx'], 'evidence_type_unknown', 'look like evidence of type sev-snp'],
    ['--type az-tdx', ['--type', 'az-tdx'], 'evidence_type_unknown', 'az-tdx is not verified by this build'],
  ])('%s', async (_name, flags, code, words) => {
    const { code: exit, verdict, err } = await verifyJson([healthy.report, ...flags]);
    expect([exit, verdict.code]).toEqual([2, code]);
    expect(err).toContain(words);
    expect((await assay(['verify', healthy.report, ...flags])).out).toContain(words);
  });
});

describe('usage mistakes exit 2, say why, and print no verdict', () => {
  test.each<[string, readonly string[], string]>([
    ['no file', [], 'file'],
    ['a file that is not there', ['/nonexistent/report.bin'], 'no such file'],
    ['an unknown option', ['-', '--frob'], '--frob'],
    ['a local time', ['-', '--at', '2026-11-20T12:00:00'], '--at'],
    ['a day that does not exist', ['-', '--at', '2026-02-30T12:00:00Z'], '--at'],
    ['an event log that is not there', ['-', '--event-log', '/nonexistent.log'], 'no such file'],
    ['half of REPORT_DATA', ['-', '--report-data', '00'.repeat(32)], '128 hexadecimal digits'],
    ['another revocation mode', ['-', '--revocation', 'off'], 'best-effort'],
    ['a certificate that is not there', ['-', '--cert', '/nonexistent.der'], 'no such file'],
  ])('%s', async (_name, args, words) => {
    const { code, out, err } = await assay(['verify', ...args]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(words);
  });

  test.each<[string, string, string, string]>([
    ['a policy with an unknown member', '--policy', '{"name":"x","cca":{}}', 'policy_invalid'],
    ['a policy that is not JSON', '--policy', '{', '--policy'],
    ['reference values without covers', '--reference-values', '{"tee":"sev-snp","match":{}}', 'covers'],
    ['no reference value at all', '--reference-values', '[]', 'no reference value'],
    ['a member twice', '--reference-values', '{"tee":"sev-snp","tee":"sev-snp"}', 'repeats a member'],
    ['an anchor that is no certificate', '--trust-anchor', 'text', 'request_invalid'],
  ])('%s', async (name, option, content, words) => {
    const file = place.path(`${name.replaceAll(' ', '-')}.json`);
    await writeFile(file, content);
    const { code, out, err } = await assay(['verify', healthy.report, option, file]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(words);
  });
});

/** The rows of the tree, root first. */
function chainIn(out: string): { mark: string; name: string }[] {
  const [, tree = ''] = out.split('Chain\n');
  const [rows = ''] = tree.split('\n\n');
  return rows.split('\n').flatMap((row) => {
    // Long captions go on in the next line.
    const groups = /^[ └─]*(?<mark>[✓✗·?]) (?<name>\S+( \S+)*) {2}/u.exec(row)?.groups;
    return groups === undefined ? [] : [{ mark: groups.mark ?? '', name: groups.name ?? '' }];
  });
}

describe('what people read', () => {
  const read = async (guest: GuestDirectory, options: RunOptions = {}) =>
    (await assay(['verify', guest.report, ...guest.trust, ...guest.expectations], options)).out;

  test('the chain as a tree, every link held', async () => {
    const out = await read(healthy);
    expect(out.split('\n')[0]).toBe('✓ Genuine, and what was meant to run (affirming)');
    expect(chainIn(out).map(({ mark }) => mark)).toEqual(['✓', '✓', '✓', '✓', '✓']);
  });

  test.each<[string, GuestOptions['signingKey'], readonly string[]]>([
    ['chip', 'VCEK', ['AMD root key ARK-Milan', 'ASK SEV-Milan', 'chip key VCEK']],
    ['provider', 'VLEK', ['AMD root key ARK-Milan', 'ASVK SEV-VLEK-Milan', 'provider key VLEK']],
  ])('genuine links by their names: signed for a %s', async (_what, signingKey, names) => {
    const chain = chainIn(await read(await place.write({ signingKey })));
    expect(chain.slice(0, 3).map(({ name }) => name)).toEqual(names);
    expect(chain.map(({ mark }) => mark)).toEqual(['✓', '✓', '✓', '✓', '✓']);
  });

  test('of forged evidence of a provider, what held and what did not', async () => {
    const guest = await place.write({ signingKey: 'VLEK', fault: 'snp_signature_invalid' });
    expect(chainIn(await read(guest)).map(({ mark }) => mark)).toEqual(['✓', '✓', '✓', '✗', '✓']);
  });

  test('every reservation with its remedy, and the links that it leaves open', async () => {
    const guest = await place.write({ fault: 'collateral_unavailable' });
    const args = [guest.report, ...guest.trust, '--revocation', 'best-effort'];
    const { verdict } = await verifyJson(args);
    const { out } = await assay(['verify', ...args]);
    const reserved = reservations(verdict.checks);
    expect(reserved.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['report_data_mismatch', 'measurement_not_allowed', 'collateral_unavailable']),
    );
    const together = (text: string) => text.replace(/\s+/gu, '');
    for (const { id, observed, remedy } of reserved) {
      expect(together(out)).toContain(together(`! ${id} not checked because ${observed} remedy ${remedy}`));
    }
    expect(chainIn(out).map(({ mark }) => mark)).toEqual(['✓', '·', '✓', '✓', '·']);
  });

  test('no reservation where there is none', async () => {
    expect(await read(healthy)).not.toMatch(/^! /mu);
  });

  test.each<[string, readonly string[], string]>([
    ['as its bytes begin', [], 'sev-snp'],
    ['as it was named', ['--type', 'az-sev-snp'], 'az-sev-snp'],
  ])('what unreadable evidence was taken for: %s', async (_what, flags, kind) => {
    const { report } = await place.write({ fault: 'snp_report_malformed' });
    const { out } = await assay(['verify', report, ...flags]);
    expect(out.split('\n')[1]).toMatch(new RegExp(`^${kind} · judged at`, 'u'));
    const unknown = await assay(['verify', '-'], { input: Buffer.from('not evidence') });
    expect(unknown.out.split('\n')[1]).toMatch(/^evidence of unknown kind · /u);
  });

  test('the failing check before everything else, its link marked', async () => {
    const out = await read(await place.write({ fault: 'snp_signature_invalid' }));
    expect(out.indexOf('✗ snp_signature_invalid')).toBeLessThan(out.indexOf('Chain'));
    expect(out).toMatch(/✗ report +snp_signature_invalid/u);
    expect(out).toMatch(/remedy +\S/u);
  });

  test('the levels required of the firmware beside those it has', async () => {
    const guest = await place.write({ fault: 'snp_tcb_below_minimum' });
    const out = await read(guest);
    const column = (name: string): string[] =>
      (out.split('\n').find((line) => line.trimStart().startsWith(name)) ?? '').trim().split(/\s+/u);
    const reported = Number(column('reported').at(-1));
    const required = Number(column('required').at(-1));
    expect(reported).toBe(guest.guest.actual.reportedTcb.microcode);
    expect(required).toBeGreaterThan(reported);
  });

  test('that the evidence is simulated', async () => {
    expect(await read(healthy)).toContain('Simulated');
  });

  test('colour only where it was asked for', async () => {
    expect(await read(healthy)).not.toContain(ESCAPE);
    expect(await read(healthy, { colour: true })).toContain(ESCAPE);
  });
});

describe('--policy', () => {
  test('takes the name of a policy that ships', async () => {
    const { code, verdict } = await verifyGuest(healthy, '--policy', 'strict');
    expect(code).toBe(3);
    expect(verdict).toMatchObject({
      authentic: true,
      status: 'contraindicated',
      code: 'snp_product_not_allowed',
    });
    expect((await verifyGuest(healthy, '--policy', 'lab')).code).toBe(0);
  });

  test('fails closed offline where it asks for registered machines: the same guest, one member more', async () => {
    const file = place.path('registered.json');
    await writeFile(file, JSON.stringify({ name: 'registered', common: { platforms: 'registered' } }));
    const { code, verdict } = await verifyGuest(healthy, '--policy', file);
    expect([code, verdict.code]).toEqual([3, 'platform_not_registered']);
    await writeFile(file, JSON.stringify({ name: 'registered', common: { platforms: 'any' } }));
    expect((await verifyGuest(healthy, '--policy', file)).code).toBe(0);
  });

  test('lets an outdated list count to the end of its grace, and says so in the chain', async () => {
    const file = place.path('patient.json');
    await writeFile(file, JSON.stringify({ name: 'patient', common: { stale_endorsements: { hours: 1 } } }));
    const used: readonly EndorsementUsed[] = (await verifyGuest(healthy)).verdict.endorsements;
    const end = Date.parse(used.find(({ kind }) => kind === 'snp-vcek-crl')?.not_after ?? '');
    const judgedAt = async (late: number, ...flags: string[]) => {
      const at = ['--at', new Date(end + late).toISOString()];
      return verifyGuest(healthy, ...at, ...flags);
    };
    for (const [late, flags, code] of [
      [0, [], 0],
      [1000, [], 4],
      [1000, ['--revocation', 'best-effort'], 4],
      [1000, ['--policy', file], 0],
      [3_600_000, ['--policy', file], 0],
      [3_601_000, ['--policy', file], 4],
    ] as const) {
      expect([late, flags, (await judgedAt(late, ...flags)).code]).toEqual([late, flags, code]);
    }
    const at = ['--at', new Date(end + 1000).toISOString(), '--policy', file];
    const { out } = await assay(['verify', healthy.report, ...healthy.trust, ...healthy.expectations, ...at]);
    expect(out.replace(/\s+/gu, ' ')).toContain(
      `in grace until ${new Date(end + 3_600_000).toISOString().slice(0, 10)}`,
    );
  });

  test('has rules, and prints the message of the one that is not met', async () => {
    const file = place.path('ruled.json');
    const written = (expression: string) =>
      writeFile(
        file,
        JSON.stringify({ name: 'ruled', rules: [{ name: 'a', expression, message: 'Not this one.' }] }),
      );
    await written('claims.vmpl == 1');
    const { code, out } = await assay([
      ...['verify', healthy.report, ...healthy.trust, ...healthy.expectations],
      ...['--policy', file],
    ]);
    expect(code).toBe(3);
    expect(out).toContain('Not this one. (a: false)');
    await written('claims.vmpl == 0');
    expect((await verifyGuest(healthy, '--policy', file)).code).toBe(0);
  });
});
