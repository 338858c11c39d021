// `npm run mutants`: changes the source of the pure part one place at a time and asks whether a test fails for it.
// Names of folders or files under src/ run these alone; otherwise one folder after another.
//   --again       runs those again that no test failed for, with more of the tests that reach them
//   --force       runs mutants again whose result is known
// Without running anything, from the results that are there, of all or of what is named:
//   --survivors   lists the mutants that no test failed for
//   --page        writes the scores into docs/mutation.md
//   --check       exit status 1 when a folder, or all, scores too low
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { mutationOptions, RESULTS } from './mutants/options.mjs';
import { takeOver, withoutSurvivors } from './mutants/progress.mjs';
import { FOLDERS, problemsOf, survivorsOf, tableOf } from './mutants/scores.mjs';
import { PARTS } from './mutants/tests.mjs';
import { installIfNeeded, ROOT, requireNode } from './prepare.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    again: { type: 'boolean', default: false },
    force: { type: 'boolean', default: false },
    survivors: { type: 'boolean', default: false },
    page: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
  },
});

/** One process of Stryker's; its results are kept when it ends. */
async function mutate(target) {
  takeOver(RESULTS);
  const { force, again } = values;
  if (again) writeFileSync(RESULTS, JSON.stringify(withoutSurvivors(results(), target.replace('*.ts', ''))));
  const options = mutationOptions(target, { force, again });
  const file = join(ROOT, dirname(RESULTS), 'options.json');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(options));
  const stryker = join(ROOT, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js');
  const run = spawn(process.execPath, [stryker, 'run', file], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, ASSAY_VECTORS: resolve(ROOT, process.env.ASSAY_VECTORS ?? '../shared/vectors') },
  });
  const [code] = await once(run, 'exit');
  if (code !== 0) process.exit(code ?? 1);
}

function results() {
  const file = join(ROOT, RESULTS);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  console.error('No results yet: npm run mutants');
  process.exit(1);
}

/** Puts the table in the place of the one in the page. */
function writePage(report) {
  const page = join(ROOT, 'docs', 'mutation.md');
  const text = readFileSync(page, 'utf8');
  const table = /(?<=<!-- scores -->\n)[\s\S]*(?=\n<!-- end of scores -->)/u;
  if (!table.test(text)) throw new Error('docs/mutation.md has no place for the scores');
  writeFileSync(page, text.replace(table, tableOf(report)));
}

const sources = () =>
  readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .map((name) => `src/${name}`)
    .filter((name) => name.endsWith('.ts') && statSync(join(ROOT, name)).isFile())
    // Of files with types alone there are no mutants.
    .filter((name) =>
      /^(export )?(async )?(function|const|let|class)\b/mu.test(readFileSync(join(ROOT, name), 'utf8')),
    );

process.chdir(ROOT);
requireNode();
installIfNeeded();
const isNamed = (line) => positionals.length === 0 || positionals.some((name) => line.startsWith(name));
if (values.survivors) {
  console.log(survivorsOf(results()).filter(isNamed).join('\n'));
} else {
  const onlyLooks = values.check || values.page;
  const all = PARTS.map(({ mutate: target }) => target);
  for (const target of onlyLooks ? [] : positionals.length > 0 ? positionals : all) await mutate(target);
  console.log(tableOf(results()));
  if (values.page) writePage(results());
  const problems = values.check ? problemsOf(results(), sources(), FOLDERS.filter(isNamed)) : [];
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
