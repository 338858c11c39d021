/** The documented list of codes, read in place beside the genuine evidence, against the table. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { REFUSALS, type RefusalCode, refusalEntry } from '../../src/rats/refusal.js';
import { describeWithVectors } from '../vectors-home.js';
import { ABSENT_CODES } from './absent-codes.js';
import { PROPOSED_CODES } from './proposed-codes.js';

const ours = REFUSALS.map(({ code }) => code);
const absent = ABSENT_CODES.map(({ code }) => code);
const proposed = PROPOSED_CODES.map(({ code }) => code);
const agreed = ours.filter((code) => !proposed.includes(code));

interface DocumentedRow {
  readonly code: string;
  readonly class: string;
  readonly statuses: readonly number[];
}

/** Rows of the sheet's tables of codes, in its order; a row that holds several codes may give each a status. */
function documentedRows(sheet: string): readonly DocumentedRow[] {
  return sheet
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => {
      const cells = line.split('|').map((cell) => cell.trim());
      const codes = [...(cells[1] ?? '').matchAll(/`([a-z0-9_]+)`/gu)].map(([, code = '']) => code);
      const statuses = (cells[4] ?? '').split(',').map(Number);
      return codes.map((code) => ({ code, class: cells[3] ?? '', statuses }));
    });
}

describe('codes that this build does not have', () => {
  test('are none of the table, each once, with a reason in a sentence', () => {
    expect(absent.filter((code) => ours.includes(code as RefusalCode))).toEqual([]);
    expect(new Set(absent).size).toBe(absent.length);
    for (const { reason } of ABSENT_CODES) expect(reason).toMatch(/^[A-Z`].{30,}\.$/u);
  });
});

describe('codes that the documented list does not have yet', () => {
  test('are some of the table, each once, with a reason in a sentence', () => {
    expect(proposed.filter((code) => !ours.includes(code as RefusalCode))).toEqual([]);
    expect(new Set(proposed).size).toBe(proposed.length);
    for (const { reason } of PROPOSED_CODES) expect(reason).toMatch(/^[A-Z`].{30,}\.$/u);
  });
});

describeWithVectors('the documented list of refusal codes', (home) => {
  const path = join(home, '..', 'specs', 'collateral-errors.md');

  test('is the table, less the proposed ones, and the listed absent ones, in one order, with class and status', () => {
    expect(existsSync(path)).toBe(true);
    const rows = documentedRows(readFileSync(path, 'utf8'));
    const codes = rows.map(({ code }) => code);
    expect([...codes].sort()).toEqual([...agreed, ...absent].sort());
    expect(codes.filter((code) => !absent.includes(code))).toEqual(agreed);
    for (const { code, class: kind, statuses } of rows) {
      if (absent.includes(code)) continue;
      const entry = refusalEntry(code as RefusalCode);
      // A bug has no class in the sheet.
      expect([code, entry.class]).toEqual([code, kind === '-' ? 'fault' : kind]);
      expect(statuses).toContain(entry.status);
    }
    process.stdout.write(
      `Documented codes: ${codes.length}; here: ${ours.length}; absent: ${absent.length}; proposed: ${proposed.length}\n`,
    );
  });
});
