import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/rats/result.js';
import { tableAs, withFloor } from '../tee/snp/bulletin-tables.js';
import { assay } from './run-assay.js';

const home = mkdtempSync(join(tmpdir(), 'assay-policies-'));
afterAll(() => rmSync(home, { recursive: true }));

function fileOf(document: JsonObject): string {
  const path = join(home, `${String(document.name)}.json`);
  writeFileSync(path, JSON.stringify(document));
  return path;
}

const CHIP = 'ab'.repeat(64);
const ODD = fileOf({ name: 'odd', snp: { chips_allowed: [CHIP, 'cd'.repeat(64)], chips_denied: [CHIP] } });
const OLD = fileOf({ name: 'old', snp: { tcb_floors: [{ cpuid: '19/11/1', tcb: { snp: 1 } }] } });

test('policies show writes out what would steer the terminal: no word passes for a member', async () => {
  const forged = fileOf({
    name: 'forged',
    description: 'fine\n  common.platforms = "registered"',
    reasons: { common: '\u001b[2Kgone', 'rules.a': 'x\u009by' },
    rules: [{ name: 'a', expression: 'debug\n== false', message: 'm\rn' }],
  });
  const { out } = await assay(['policies', 'show', forged]);
  expect(out).toContain('fine\\u000a  common.platforms');
  expect(out).toContain('debug\\u000a== false');
  expect(out).toContain('x\\u009by');
  expect(out.replace(/\n/gu, '')).not.toMatch(/\p{Cc}/u);
  expect(out.split('\n')).not.toContain('  common.platforms = "registered"');
});

describe('policies lint', () => {
  test('finds nothing odd about what ships', async () => {
    for (const name of ['standard', 'strict', 'lab']) {
      expect(await assay(['policies', 'lint', name])).toEqual({
        code: 0,
        out: `✓ ${name}@1: nothing odd\n`,
        err: '',
      });
    }
  });

  test('exits 1 on errors, 0 on warnings', async () => {
    const odd = await assay(['policies', 'lint', ODD]);
    expect(odd.code).toBe(1);
    expect(odd.out).toMatch(/✗ error +snp\.chips_denied\.0 is allowed as well; the denial wins/);
    expect(odd.out).toContain('odd@1: 1 errors, 0 warnings');
    const old = await assay(['policies', 'lint', OLD]);
    expect(old.code).toBe(0);
    expect(old.out).toMatch(/! warning snp\.tcb_floors\.0\.tcb\.snp 1 is below an active row/);
  });

  test('goes by the newer table of a directory that it is given', async () => {
    const dir = mkdtempSync(join(home, 'tables-'));
    writeFileSync(
      join(dir, 'bulletins.json'),
      tableAs('2026-11.1', { bulletins: withFloor('AMD-SB-9999', '0xff') }),
    );
    const floors = { snp: { tcb_floors: [{ cpuid: '19/11/1', tcb: { snp: 0xf0 } }] } };
    const policy = fileOf({ name: 'ahead', ...floors });
    const at = ['--at', '2026-11-20T12:00:00Z'];
    expect((await assay(['policies', 'lint', policy, ...at])).out).not.toContain('tcb.snp');
    const { code, out } = await assay(['policies', 'lint', policy, ...at, '--endorsements', dir]);
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/snp\.tcb_floors\.0\.tcb\.snp 240 is below an active row/),
    ]);
  });

  test('says the same as JSON', async () => {
    const { out } = await assay(['policies', 'lint', ODD, '--json']);
    expect(JSON.parse(out)).toMatchObject({
      policy: 'odd',
      findings: [
        { severity: 'error', path: 'snp.chips_denied.0', reason: 'is allowed as well; the denial wins' },
      ],
    });
  });

  test('judges dates by --at', async () => {
    const grace = fileOf({
      name: 'grace',
      common: { grace: { statuses: ['OutOfDate'], until: '2026-03-01T00:00:00Z' } },
    });
    expect((await assay(['policies', 'lint', grace, '--at', '2026-02-01T00:00:00Z'])).out).toContain(
      'nothing odd',
    );
    expect((await assay(['policies', 'lint', grace, '--at', '2026-03-01T00:00:00Z'])).out).toContain(
      'is over',
    );
  });

  test('refuses a policy that is none, with paths, and a name that is none', async () => {
    const bad = fileOf({
      name: 'bad',
      snp: { vmpl: [9] },
      rules: [{ name: 'a', expression: 'vmpl', message: 'm' }],
    });
    const refused = await assay(['policies', 'lint', bad]);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('snp.vmpl.0');
    expect(refused.err).toContain('rules.0.expression: "vmpl" is no variable');
    const unknown = await assay(['policies', 'lint', 'lenient']);
    expect(unknown.code).toBe(2);
    expect(unknown.err).toContain('there are standard, strict, lab');
  });
});

describe('policies show', () => {
  test('writes defaults and reasons out', async () => {
    const { code, out } = await assay(['policies', 'show', 'strict']);
    expect(code).toBe(0);
    expect(out).toContain('snp.vmpl = [0]');
    expect(out).toMatch(/snp\.report_versions = \[3,4,5\]\n +Version 2 names no processor/);
    expect(out).toMatch(/digest [0-9a-f]{64}/);
  });

  test('gives JSON whose document is the policy', async () => {
    const { digest, ...document } = JSON.parse(
      (await assay(['policies', 'show', 'lab', '--json'])).out,
    ) as JsonObject;
    const again = JSON.parse(
      (await assay(['policies', 'show', fileOf(document), '--json'])).out,
    ) as JsonObject;
    expect(again.digest).toBe(digest);
  });
});

describe('policies diff', () => {
  test('tells stricter from looser', async () => {
    const { code, out } = await assay(['policies', 'diff', 'standard', 'strict']);
    expect(code).toBe(0);
    expect(out).toContain('stricter snp.products ["Milan","Genoa","Turin"] → ["Genoa","Turin"]');
    expect(out).toMatch(/\d+ stricter, 0 looser, \d+ other/);
    const { out: back } = await assay(['policies', 'diff', 'strict', 'standard', '--json']);
    const { changes } = JSON.parse(back) as { readonly changes: readonly { effect: string; path: string }[] };
    expect(changes.find(({ path }) => path === 'snp.products')?.effect).toBe('looser');
  });

  test('says when there is nothing to say', async () => {
    expect((await assay(['policies', 'diff', 'lab', 'lab'])).out).toBe('no difference\n');
  });
});
