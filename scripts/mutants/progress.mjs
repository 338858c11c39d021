// Stryker writes what it found when a run ends. This reporter writes down what is known so far, every few seconds, and
// the next run takes it over, so that an interrupted one is continued.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';

export const PARTIAL = 'build-mutants/partial.json';

const EVERY_MS = 15_000;

class Progress {
  static inject = [];
  #files = {};
  #testFiles = {};
  #written = Date.now();

  onDryRunCompleted({ result }) {
    for (const { id, fileName } of result.tests) {
      const name = relative(process.cwd(), fileName);
      this.#testFiles[name] ??= { tests: [], source: readFileSync(name, 'utf8') };
      this.#testFiles[name].tests.push({ id, name: id });
    }
  }

  onMutantTested({ fileName, ...mutant }) {
    const name = relative(process.cwd(), fileName);
    this.#files[name] ??= { language: 'typescript', mutants: [], source: readFileSync(name, 'utf8') };
    this.#files[name].mutants.push(mutant);
    if (Date.now() - this.#written < EVERY_MS) return;
    mkdirSync(dirname(PARTIAL), { recursive: true });
    writeFileSync(PARTIAL, JSON.stringify({ files: this.#files, testFiles: this.#testFiles }));
    this.#written = Date.now();
  }

  onMutationTestReportReady() {
    rmSync(PARTIAL, { force: true });
  }
}

const placeOf = ({ mutatorName, replacement, location }) =>
  JSON.stringify([mutatorName, replacement, location]);

/** What an interrupted run found, put into the results of runs before it; a result of the same mutant gives way. */
export function joined(results, partial) {
  const testFiles = { ...results.testFiles };
  const known = new Map();
  for (const [file, { tests, source }] of Object.entries(partial.testFiles)) {
    const before = testFiles[file]?.tests ?? [];
    const names = new Map(before.map(({ name, id }) => [name, id]));
    for (const { id, name } of tests) known.set(id, names.get(name) ?? id);
    testFiles[file] = { tests: [...before, ...tests.filter(({ name }) => !names.has(name))], source };
  }
  const idsOf = (ids) => ids?.map((id) => known.get(id) ?? id);
  const files = { ...results.files };
  for (const [file, { mutants, ...others }] of Object.entries(partial.files)) {
    const places = new Set(mutants.map(placeOf));
    const before = files[file]?.source === others.source ? files[file].mutants : [];
    const found = mutants.map((mutant) => ({
      ...mutant,
      id: `${file} ${placeOf(mutant)}`,
      killedBy: idsOf(mutant.killedBy),
      coveredBy: idsOf(mutant.coveredBy),
    }));
    files[file] = {
      ...others,
      mutants: [...before.filter((mutant) => !places.has(placeOf(mutant))), ...found],
    };
  }
  return { ...results, files, testFiles };
}

const EMPTY = { schemaVersion: '1.0', thresholds: { high: 80, low: 60 }, files: {}, testFiles: {} };

/** The results without the mutants under `target` that no test failed for, so that they are run again. */
export function withoutSurvivors(results, target) {
  const files = Object.entries(results.files).map(([name, { mutants, ...file }]) => {
    const kept = name.startsWith(target) ? mutants.filter(({ status }) => status === 'Killed') : mutants;
    return [name, { ...file, mutants: kept }];
  });
  return { ...results, files: Object.fromEntries(files) };
}

/** Takes over what an interrupted run left, if one did. */
export function takeOver(resultsFile) {
  if (!existsSync(PARTIAL)) return;
  const results = existsSync(resultsFile) ? JSON.parse(readFileSync(resultsFile, 'utf8')) : EMPTY;
  writeFileSync(resultsFile, JSON.stringify(joined(results, JSON.parse(readFileSync(PARTIAL, 'utf8')))));
  rmSync(PARTIAL);
}

export const strykerPlugins = [declareClassPlugin(PluginKind.Reporter, 'assay-progress', Progress)];
