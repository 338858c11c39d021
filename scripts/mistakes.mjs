// `npm run mistakes`: makes mistakes that other verifiers made, one at a time, in a copy of the build, and demands
// that the test named after the lesson fails, and passes where nothing was changed. Prints a table.
//   --only NAME   the lesson of this name; may be repeated
//   --jobs N      copies at once (default: as many as cores)
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { prepareAndBuild } from './build.mjs';
import { unit } from './jest.config.mjs';
import { MISTAKES } from './mistakes/list.mjs';
import { ROOT } from './prepare.mjs';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    jobs: { type: 'string', default: String(availableParallelism()) },
  },
});

/** Beside the build, because tests look for the package above themselves; git and the linter pass it over. */
const COPY_PREFIX = join(ROOT, 'build-mistakes-');

/** `{failed, passed}` of the tests of that name in that file of that build. */
async function runLesson(build, { test, lesson }, notes) {
  const report = join(notes, `${lesson}.json`);
  rmSync(report, { force: true });
  const config = {
    ...unit,
    roots: [build],
    globalSetup: join(build, 'test', 'before-all.js'),
    testMatch: [`${build}/test/**/*.test.js`],
    maxWorkers: 1,
  };
  const jest = spawn(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js'),
      ...['--config', JSON.stringify(config), '--json', '--outputFile', report],
      ...['--testNamePattern', `\\b${lesson}\\b`, test],
    ],
    { cwd: ROOT, stdio: 'ignore' },
  );
  await once(jest, 'exit');
  // A suite that cannot even be loaded has no tests that failed, and proves nothing.
  const { numFailedTests: failed, numPassedTests: passed } = JSON.parse(readFileSync(report, 'utf8'));
  return { failed, passed };
}

/** The source with the mistake in it; fails when the edit no longer fits the code. */
function mistaken({ lesson, file, from, to }, source) {
  const count = source.split(from).length - 1;
  if (count === 1) return source.replace(from, () => to);
  throw new Error(
    `${lesson}: ${JSON.stringify(from)} stands ${count} times in build/${file}; mend scripts/mistakes/list.mjs`,
  );
}

/** Null: the lesson is learnt. Otherwise what is wrong, in words. */
async function tryMistake(build, mistake, notes) {
  const path = join(build, mistake.file);
  const source = readFileSync(path, 'utf8');
  const changed = mistaken(mistake, source);
  const before = await runLesson(build, mistake, notes);
  if (before.passed === 0 || before.failed > 0)
    return `without the mistake ${before.passed} passed, ${before.failed} failed`;
  writeFileSync(path, changed);
  try {
    const after = await runLesson(build, mistake, notes);
    return after.failed > 0 ? null : `made, and nobody noticed: ${after.passed} passed`;
  } finally {
    writeFileSync(path, source);
  }
}

async function work(queue, results, notes) {
  const build = mkdtempSync(COPY_PREFIX);
  try {
    cpSync(join(ROOT, 'build', 'src'), join(build, 'src'), { recursive: true });
    cpSync(join(ROOT, 'build', 'test'), join(build, 'test'), { recursive: true });
    for (let mistake = queue.shift(); mistake !== undefined; mistake = queue.shift()) {
      results.set(mistake.lesson, await tryMistake(build, mistake, notes));
    }
  } finally {
    rmSync(build, { recursive: true, force: true });
  }
}

const chosen = MISTAKES.filter(({ lesson }) => options.only === undefined || options.only.includes(lesson));
const jobs = Number(options.jobs);
if (chosen.length === 0 || !Number.isInteger(jobs) || jobs < 1) {
  console.error('--only names a lesson of scripts/mistakes/list.mjs, --jobs is an integer of 1 or more');
  process.exit(2);
}
prepareAndBuild();
const notes = mkdtempSync(join(tmpdir(), 'assay-mistakes-'));
const results = new Map();
const queue = [...chosen];
try {
  await Promise.all(Array.from({ length: Math.min(jobs, chosen.length) }, () => work(queue, results, notes)));
} finally {
  rmSync(notes, { recursive: true, force: true });
}

const width = Math.max(...chosen.map(({ lesson }) => lesson.length));
for (const { lesson, what } of chosen) {
  const trouble = results.get(lesson);
  console.log(
    `${lesson.padEnd(width)}  ${trouble === null ? 'fails, as it should' : `NOT CAUGHT (${trouble})`}: ${what}`,
  );
}
const caught = [...results.values()].filter((trouble) => trouble === null).length;
console.log(`${caught} of ${chosen.length} mistakes are caught by the test of their name`);
process.exitCode = caught === chosen.length ? 0 : 1;
