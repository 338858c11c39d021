// Stryker's test runner for this project. Jest takes seconds to read its files again, and reading them again is what
// keeps mutants apart; here a fresh copy of the modules takes milliseconds (modules.mjs), so each mutant gets one for
// each test file, as under jest. Mutants are on before anything is evaluated, so tables that are made while modules load
// are tested like the rest.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { commonTokens, declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { DryRunStatus, MutantRunStatus, TestStatus } from '@stryker-mutator/api/test-runner';
import fc from 'fast-check';
import { spreadStatic } from './coverage.mjs';
import { Modules } from './modules.mjs';
import { collectTests, runTests, TestTimeout } from './suite.mjs';
import { inOrder } from './tests.mjs';

/** Where a process that takes over from one that hung learns which tests there are. */
const TESTS = 'mutant-tests.json';

/** The object through which Stryker's instrumented code and its runner speak. */
const SWITCHBOARD = '__stryker__';

class Runner {
  static inject = [commonTokens.options];
  #budget;
  #modules = new Modules();
  /** By id: file (of the TypeScript, from the project's root), name, cost in milliseconds of processor time. */
  #tests = new Map();
  #kills = new Map();
  #board = switchboard();
  /** Rejects the test that is under way. */
  #interrupt = () => undefined;

  constructor({ assay }) {
    this.#budget = assay.budget;
  }

  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    // The same examples for every mutant: what survives does not hang on chance.
    fc.configureGlobal({ seed: 20_260_000 });
    // A callback that throws ends its test; without this it would end the process.
    process.on('uncaughtException', (error) => this.#interrupt(error));
    if (existsSync(TESTS)) this.#tests = new Map(JSON.parse(readFileSync(TESTS, 'utf8')));
  }

  async dryRun({ testFiles }) {
    const results = [];
    const files = testFiles.map((file) => relative(process.cwd(), file)).sort();
    for (const file of files) {
      this.#board.currentTestId = undefined;
      const tests = await this.#collect(file);
      await runTests(tests, {
        interruptible: this.#interruptible,
        enter: ({ name }) => {
          this.#board.currentTestId = idOf(file, name);
        },
        onTest: ({ name, label }, error, cost) => {
          const id = idOf(file, name);
          this.#tests.set(id, { id, file, name, label, cost });
          results.push(resultOf(file, name, error, cost));
        },
      });
    }
    this.#board.currentTestId = undefined;
    writeFileSync(TESTS, JSON.stringify([...this.#tests]));
    const idsIn = (file) => [...this.#tests].filter(([, test]) => test.file === file).map(([id]) => id);
    const testsOfFile = new Map(files.map((file) => [builtOf(file), idsIn(file)]));
    const mutantCoverage = spreadStatic(this.#board.mutantCoverage, this.#modules, testsOfFile);
    return { status: DryRunStatus.Complete, tests: results, mutantCoverage };
  }

  async mutantRun({ activeMutant, sandboxFileName, testFilter, hitLimit }) {
    Object.assign(this.#board, { activeMutant: activeMutant.id, hitCount: 0, hitLimit });
    const wanted = (testFilter ?? [...this.#tests.keys()]).map((id) => this.#tests.get(id));
    let nrOfTests = 0;
    let failure = null;
    const mutated = relative(process.cwd(), sandboxFileName);
    const kills = this.#killsIn(mutated);
    for (const [file, names] of inOrder(
      wanted,
      { path: mutated, text: readFileSync(mutated, 'utf8') },
      this.#budget,
      kills,
    )) {
      const onTest = ({ name }, error) => {
        nrOfTests += 1;
        if (error !== null) failure = { id: idOf(file, name), error };
        return error === null;
      };
      try {
        const tests = new Map((await this.#collect(file)).map((test) => [test.name, test]));
        const chosen = names.map((name) => tests.get(name)).filter((test) => test !== undefined);
        await runTests(chosen, { interruptible: this.#interruptible, enter: () => undefined, onTest });
      } catch (error) {
        // The file cannot be read: under jest all of its tests fail.
        failure = { id: idOf(file, names[0]), error };
      }
      if (failure !== null) break;
    }
    const tooOften = this.#board.hitCount > (hitLimit ?? Number.POSITIVE_INFINITY);
    Object.assign(this.#board, { activeMutant: undefined, hitCount: undefined, hitLimit: undefined });
    if (tooOften) {
      return { status: MutantRunStatus.Timeout, reason: 'it ran a hundred times as often as the original' };
    }
    if (failure === null) return { status: MutantRunStatus.Survived, nrOfTests };
    if (failure.error instanceof TestTimeout) {
      return { status: MutantRunStatus.Timeout, reason: failure.error.message };
    }
    kills.set(failure.id, (kills.get(failure.id) ?? 0) + 1);
    const failureMessage = String(failure.error?.message ?? failure.error);
    return { status: MutantRunStatus.Killed, killedBy: [failure.id], failureMessage, nrOfTests };
  }

  /** How many mutants of a source file each test killed, by id. */
  #killsIn(source) {
    const known = this.#kills.get(source) ?? new Map();
    this.#kills.set(source, known);
    return known;
  }

  #interruptible = (run) =>
    new Promise((done, fail) => {
      this.#interrupt = fail;
      run().then(done, fail);
    }).finally(() => {
      this.#interrupt = () => undefined;
    });

  async #collect(file) {
    const built = builtOf(file);
    await this.#modules.prepare(built);
    const load = this.#modules.fresh();
    return collectTests((globals) => load(built, () => globals));
  }
}

function switchboard() {
  globalThis[SWITCHBOARD] ??= {};
  return globalThis[SWITCHBOARD];
}

const builtOf = (file) => join(process.cwd(), 'build', file.replace(/\.ts$/u, '.js'));

const idOf = (file, name) => `${file} ${name}`;

function resultOf(file, name, error, timeSpentMs) {
  const id = idOf(file, name);
  const common = { id, name: id, fileName: join(process.cwd(), file), timeSpentMs };
  return error === null
    ? { ...common, status: TestStatus.Success }
    : { ...common, status: TestStatus.Failed, failureMessage: error.stack ?? error.message };
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'assay', Runner)];
