import { describe, expect, test } from '@jest/globals';

interface Report {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly object[] }>>;
}

interface Sums {
  readonly mutants: number;
  readonly killed: number;
}

/** Seen from the built test: scripts are not compiled. */
const SCRIPT = new URL('../../../scripts/mutants/scores.mjs', import.meta.url).href;
const {
  sumsOf,
  scoreOf,
  problemsOf,
  survivorsOf,
}: {
  sumsOf: (report: Report, folders: readonly string[]) => Map<string, Sums>;
  scoreOf: (sums: Sums) => number;
  problemsOf: (report: Report, sources: readonly string[], folders: readonly string[]) => string[];
  survivorsOf: (report: Report) => string[];
} = await import(SCRIPT);

const FOLDERS = ['src/bytes', 'src/pki'];

const mutant = (status: string, line = 1) => ({
  status,
  mutatorName: 'StringLiteral',
  replacement: '""',
  location: { start: { line, column: 7 }, end: { line, column: 10 } },
});

/** `count` mutants of each status in one file of the folder. */
const file = (statuses: Readonly<Record<string, number>>) => ({
  source: "a = b;\nc = 'd';\n",
  mutants: Object.entries(statuses).flatMap(([status, count]) => Array(count).fill(mutant(status))),
});

const report = (bytes: Readonly<Record<string, number>>, pki: Readonly<Record<string, number>>): Report => ({
  files: { 'src/bytes/a.ts': file(bytes), 'src/pki/b.ts': file(pki) },
});

const SOURCES = ['src/bytes/a.ts', 'src/pki/b.ts', 'src/main.ts'];

describe('the mutation score', () => {
  test.each(['Survived', 'NoCoverage', 'Timeout', 'RuntimeError', 'CompileError', 'Ignored', 'Pending'])(
    'counts %s against it',
    (status) => {
      const sums = sumsOf(report({ Killed: 3, [status]: 1 }, { Killed: 1 }), FOLDERS);
      expect([...sums].map(([name, of]) => [name, of.mutants, of.killed, scoreOf(of)])).toEqual([
        ['src/bytes', 4, 3, 75],
        ['src/pki', 1, 1, 100],
        ['all', 5, 4, 80],
      ]);
    },
  );

  test('may be 85 exactly, in each folder and in all', () => {
    expect(problemsOf(report({ Killed: 85, Timeout: 15 }, { Killed: 100 }), SOURCES, FOLDERS)).toEqual([]);
  });

  test('of one folder does not make up for another', () => {
    const problems = problemsOf(report({ Killed: 84, Survived: 16 }, { Killed: 900 }), SOURCES, FOLDERS);
    expect(problems).toEqual(['src/bytes: 84.0 is below 85']);
  });

  test('needs every source file to have been mutated', () => {
    const problems = problemsOf(
      report({ Killed: 1 }, { Killed: 1 }),
      [...SOURCES, 'src/pki/new.ts'],
      FOLDERS,
    );
    expect(problems).toEqual(['src/pki/new.ts: no run has mutated it']);
  });

  test('is nothing where nothing was mutated', () => {
    const problems = problemsOf(report({}, { Killed: 1 }), SOURCES, FOLDERS);
    expect(problems).toEqual(['src/bytes: 0.0 is below 85']);
  });
});

test('what no test failed for is listed by line, with what was there and what was put in its place', () => {
  const mutants = [mutant('Survived', 2), mutant('Killed'), mutant('Timeout')];
  const files = { 'src/bytes/a.ts': { source: "x = 1;  \nab = {'d'};\n", mutants } };
  expect(survivorsOf({ files })).toEqual([
    'src/bytes/a.ts:1:7 Timeout StringLiteral:   → ""',
    'src/bytes/a.ts:2:7 Survived StringLiteral: \'d\' → ""',
  ]);
});
