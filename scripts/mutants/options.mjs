// How Stryker is set up: TypeScript is instrumented once, compiled without type checking (a mutant need not type), and
// run by our own runner with one mutant switched on at a time.

import { PARTS } from './tests.mjs';

/** What is known of every mutant, whichever folder the last run was about; git does not keep it. */
export const RESULTS = 'build-mutants/results.json';

/**
 * Milliseconds of tests for one mutant. The first time few, so that a mutant that survives among thousands of tests does
 * not take as long as hundreds that are killed; those that survived are tried again with more.
 */
const FIRST_BUDGET = 500;
const SECOND_BUDGET = 3000;

/** Stryker's options for a folder or file under src/, with the tests of the part that it belongs to. */
export function mutationOptions(target, { force, again }) {
  const part = PARTS.findLast(({ mutate }) => target.startsWith(mutate.replace('*.ts', '')));
  if (part === undefined)
    throw new Error(`${target} is no part of ${PARTS.map(({ mutate }) => mutate).join(', ')}`);
  return {
    mutate: [target.endsWith('.ts') ? target : `${target}/**/*.ts`],
    testFiles: part.tests,
    testRunner: 'assay',
    assay: { budget: again ? SECOND_BUDGET : FIRST_BUDGET },
    warnings: { unknownOptions: false },
    plugins: ['./scripts/mutants/runner.mjs', './scripts/mutants/progress.mjs'],
    buildCommand: 'tsc -p scripts/mutants/tsconfig.json',
    // TypeScript 7 has no interface for Stryker to rewrite this file with, and no need.
    tsconfigFile: 'none.json',
    disableTypeChecks: false,
    coverageAnalysis: 'perTest',
    concurrency: 1,
    // Runs that never end are stopped by counting (a hundred times the original), rarely by these.
    timeoutMS: 120_000,
    timeoutFactor: 3,
    dryRunTimeoutMinutes: 15,
    incremental: true,
    incrementalFile: RESULTS,
    force,
    tempDirName: 'build-mutants/sandbox',
    ignorePatterns: [
      '/build*',
      '/data',
      '/fuzz-findings',
      '/coverage',
      '/bench',
      '/deploy',
      '/examples',
      '/docs',
    ],
    reporters: ['progress-append-only', 'html', 'assay-progress'],
    htmlReporter: { fileName: 'build-mutants/report.html' },
    allowConsoleColors: false,
  };
}
