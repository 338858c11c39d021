/**
 * Every documented lesson has a test of exactly its name, or stands in the list of those about parts that do not exist.
 * The names are read in place beside the genuine evidence.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { tokensOf } from '../architecture/tokens.js';
import { describeWithVectors } from '../vectors-home.js';
import { ABSENT_LESSONS } from './absent-lessons.js';

/** The sources, not what was built of them. */
const SOURCES = fileURLToPath(new URL('../../../test', import.meta.url));

function filesUnder(directory: string): readonly string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return entry.name === 'fixtures' ? [] : filesUnder(path);
    return /(?:\.test|-suite)\.ts$/u.test(entry.name) ? [path] : [];
  });
}

const NAME = '[a-zA-Z0-9]+(?:_[a-zA-Z0-9]+)+';
const HEAD = new RegExp(`^${NAME}(?:, ${NAME})*(?![a-zA-Z0-9_])`, 'u');

/** Names at the head of a title of `test`, `describe` or `describeWithVectors`, `each` included; several with commas. */
function titlesOf(source: string): readonly string[] {
  const tokens = tokensOf(source);
  return tokens.flatMap(({ kind, text }, index) => {
    const [opener, called] = [tokens[index - 1]?.text, tokens[index - 2]?.text ?? ''];
    const isTitle = opener === '(' && /^(?:test|describe|describeWithVectors|\))$/u.test(called);
    if (kind !== 'string' || !isTitle) return [];
    const [names = ''] = HEAD.exec(text) ?? [];
    return names.split(', ').filter((name) => name !== '');
  });
}

/** `code spans` of the second section that look like the name of a test. */
function lessonsOf(sheet: string): readonly string[] {
  const [, section = ''] = sheet.split('\n## 2. ');
  const spans = section
    .split('\n')
    .filter((line) => /^\d+\. /u.test(line))
    .flatMap((line) => [...line.matchAll(/`([a-zA-Z0-9_]+)`/gu)].map(([, name = '']) => name));
  return spans.filter((name) => /^[a-z0-9]+(?:_[a-zA-Z0-9]+)+$/u.test(name));
}

const named = new Set(filesUnder(SOURCES).flatMap((path) => titlesOf(readFileSync(path, 'utf8'))));

/** Rows of the first section that SECURITY.md puts in other words. */
const REWORDED: readonly string[] = [
  'Report relay',
  'evidence borrowing',
  "Aug 2026 advisory on Intel's DCAP QVL",
];

/** Names of attacks and numbers of announcements in the first column of the first section. */
function attacksOf(sheet: string): readonly string[] {
  const [first = ''] = sheet.split('\n## 2. ');
  return first
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(1)
    .map((line) =>
      (line.split('|')[1] ?? '').replace(/\(.*?\)/gu, '').replace(/CVE-[\d-]+|register access/gu, ''),
    )
    .flatMap((cell) => cell.split(/[,;/]| INTEL-SA-/u))
    .map((name) => name.replace('INTEL-SA-', '').trim())
    .filter((name) => name !== '');
}

describe('lessons without a test', () => {
  test('are few, have reasons, and no test after all', () => {
    expect(Object.keys(ABSENT_LESSONS).filter((name) => named.has(name))).toEqual([]);
    for (const reason of Object.values(ABSENT_LESSONS)) expect(reason).toMatch(/^[A-Z].{20,}\.$/u);
  });

  test('titles are found where they stand, in calls of each kind', () => {
    const source = [
      "describe('one_two_three', () => {});",
      "test.each([['no_title_here']])('two_three_four: %s', () => {});",
      "test('three_four_five, four_five_six, and more', () => {});",
      "expect('five_six_seven').toBe('six_seven_eight');",
    ].join('\n');
    expect(titlesOf(source)).toEqual(['one_two_three', 'two_three_four', 'three_four_five', 'four_five_six']);
  });
});

describeWithVectors('the documented lessons', (home) => {
  const path = join(home, '..', 'specs', 'lessons.md');

  test('are the named tests and the listed absent ones', () => {
    expect(existsSync(path)).toBe(true);
    const lessons = lessonsOf(readFileSync(path, 'utf8'));
    expect(new Set(lessons).size).toBe(lessons.length);
    const absent = Object.keys(ABSENT_LESSONS);
    expect(lessons.filter((name) => !named.has(name) && !absent.includes(name))).toEqual([]);
    expect(absent.filter((name) => !lessons.includes(name))).toEqual([]);
    const tested = lessons.length - absent.length;
    expect(tested).toBeGreaterThan(60);
    process.stdout.write(
      `Documented lessons: ${lessons.length}; tested by name: ${tested}; absent: ${absent.length}\n`,
    );
  });

  test('begin with attacks, each of which SECURITY.md speaks of', () => {
    const attacks = attacksOf(readFileSync(path, 'utf8'));
    expect(attacks).toEqual(expect.arrayContaining(['BadRAM', 'TEE.fail', 'SNPeek', '01397', '01245']));
    const page = readFileSync(join(SOURCES, '..', 'SECURITY.md'), 'utf8');
    const [, section = ''] = page.split('\n## Known attacks, one by one\n');
    const [table = ''] = section.split('\n## ');
    expect(attacks.filter((name) => !table.includes(name) && !REWORDED.includes(name))).toEqual([]);
    expect(REWORDED.filter((name) => !attacks.includes(name))).toEqual([]);
  });
});
