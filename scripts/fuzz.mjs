// `npm run fuzz`: mutants of every format through the real pipeline; CONTRIBUTING.md says how to read a finding.
//   --count N       mutants per format (default 100000)
//   --seed N        of the run (default 1): the same seed draws the same changes
//   --format NAME   only this one; may be repeated
//   --jobs N        processes at once (default: as many as cores)
//   --build DIR     of another build, say one with a deliberate fault (default: build)
//   --replay FILE   judges the mutant of a finding once more
//   --json          prints the reports as one JSON object
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { prepareAndBuild } from './build.mjs';
import { ROOT } from './prepare.mjs';

const { values: options } = parseArgs({
  options: {
    count: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    format: { type: 'string', multiple: true },
    jobs: { type: 'string', default: String(availableParallelism()) },
    build: { type: 'string' },
    replay: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const FINDINGS_DIR = join(ROOT, 'fuzz-findings');
const PROGRESS_EVERY = 10_000;

function numberOf(name, least) {
  const number = Number(options[name]);
  if (Number.isInteger(number) && number >= least) return number;
  console.error(`--${name} is an integer of ${least} or more`);
  return process.exit(2);
}

function startWorker(build) {
  const worker = fork(join(build, 'test', 'fuzz', 'main.js'), { execArgv: ['--expose-gc'], cwd: ROOT });
  worker.once('exit', (code) => {
    if (code === 0 || worker.dismissed) return;
    console.error(`a process of the fuzzer ended with code ${code}`);
    process.exit(1);
  });
  return worker;
}

async function startReady(build) {
  const worker = startWorker(build);
  await wordOf(worker, 'ready');
  return worker;
}

/** The next word of the worker of this kind; those of others go to `otherwise`. */
async function wordOf(worker, kind, otherwise = () => {}) {
  for (;;) {
    const [word] = await once(worker, 'message');
    if (word.kind === kind) return word;
    otherwise(word);
  }
}

function dismiss(worker) {
  worker.dismissed = true;
  worker.kill();
}

function writeFinding(finding, number) {
  mkdirSync(FINDINGS_DIR, { recursive: true });
  const file = join(FINDINGS_DIR, `${finding.format}-${finding.seed}-${finding.index}-${number}.json`);
  writeFileSync(file, `${JSON.stringify(finding, null, 2)}\n`);
  const what = `${finding.format}, seed ${finding.seed}, mutant ${finding.index} of ${finding.sound}: ${finding.what}`;
  console.error(`FINDING ${what}: ${finding.detail}\n  ${file}`);
  if (finding.mutant !== null) console.error(`  ${finding.mutant.slice(0, 200)}`);
}

function progressPrinter() {
  const printed = new Map();
  return ({ format, done, count }) => {
    if (done - (printed.get(format) ?? 0) < PROGRESS_EVERY || done === count) return;
    printed.set(format, done);
    console.error(`  ${format}: ${done} of ${count}`);
  };
}

async function runAll(build, { count, seed, jobs }) {
  const first = startWorker(build);
  const { formats } = await wordOf(first, 'ready');
  const queue = formats.filter((name) => options.format === undefined || options.format.includes(name));
  const unknown = (options.format ?? []).filter((name) => !formats.includes(name));
  if (unknown.length > 0) {
    console.error(`no format ${unknown.join(', ')}; there are ${formats.join(', ')}`);
    process.exit(2);
  }
  const outcomes = [];
  const print = progressPrinter();
  /** A process for each format: what others left there to be freed is not counted for or against it. */
  const work = async (worker) => {
    for (let format = queue.shift(); format !== undefined; format = queue.shift()) {
      const fuzzer = worker ?? (await startReady(build));
      worker = null;
      fuzzer.send({ act: 'run', format, count, seed });
      const { report, findings } = await wordOf(fuzzer, 'done', print);
      dismiss(fuzzer);
      console.error(summaryOf(report, findings));
      findings.forEach(writeFinding);
      outcomes.push({ ...report, findings });
    }
  };
  const others = Array.from({ length: Math.min(jobs, queue.length) - 1 }, () => work(null));
  await Promise.all([work(first), ...others]);
  return outcomes;
}

function summaryOf({ format, count, seconds, answers, slowestMs, delayMs, grownBytes }, findings) {
  const common = Object.entries(answers).slice(0, 4);
  return [
    `${format.padEnd(16)} ${String(count).padStart(7)} in ${seconds.toFixed(1).padStart(6)} s`,
    `slowest ${slowestMs.toFixed(1).padStart(5)} ms`,
    `loop held ${delayMs.toFixed(0).padStart(4)} ms`,
    `grown ${(grownBytes / 1024 / 1024).toFixed(1).padStart(5)} MiB`,
    `${findings.length} findings`,
    common.map(([code, number]) => `${code} ${number}`).join(', '),
  ].join(' | ');
}

prepareAndBuild();
const build = resolve(options.build ?? join(ROOT, 'build'));
if (options.replay !== undefined) {
  const worker = await startReady(build);
  worker.send({ act: 'replay', finding: JSON.parse(readFileSync(options.replay, 'utf8')) });
  console.log((await wordOf(worker, 'replayed')).answer);
  dismiss(worker);
} else {
  const run = { count: numberOf('count', 1), seed: numberOf('seed', 0), jobs: numberOf('jobs', 1) };
  const started = performance.now();
  const outcomes = await runAll(build, run);
  const findings = outcomes.flatMap((outcome) => outcome.findings);
  const seconds = (performance.now() - started) / 1000;
  if (options.json) console.log(JSON.stringify({ ...run, seconds, formats: outcomes }, null, 2));
  console.error(
    `${outcomes.length} formats, ${run.count} mutants each, ${seconds.toFixed(0)} s: ${findings.length} findings`,
  );
  process.exitCode = findings.length === 0 ? 0 : 1;
}
