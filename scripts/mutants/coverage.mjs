// Which tests to run for mutants that are evaluated while modules load: tables, schemas, constants. Stryker would run
// every test there is. These run the tests that use the module, or, where it holds nothing but such things, the tests
// that use a module which imports it, or else those whose file imports it. A test left out can only leave a mutant alive.

/** Files that import `file` directly, by the graph that hangs on the entries. */
function importersOf(modules, entries) {
  const importers = new Map();
  for (const file of new Set(entries.flatMap((entry) => [...modules.closure(entry)]))) {
    for (const imported of modules.importsOf(file)) {
      importers.set(imported, [...(importers.get(imported) ?? []), file]);
    }
  }
  return importers;
}

/**
 * `coverage` as Stryker's instrumented code counts it; `testsOfFile`: ids by built test file. Returns the coverage with
 * the static part spread over tests, so that every mutant has its list.
 */
export function spreadStatic(coverage, modules, testsOfFile) {
  const entries = [...testsOfFile.keys()];
  const perTest = new Map(Object.entries(coverage.perTest));
  const testsOfMutant = new Map();
  for (const [test, hits] of perTest) {
    for (const id of Object.keys(hits)) testsOfMutant.set(id, [...(testsOfMutant.get(id) ?? []), test]);
  }
  const importers = importersOf(modules, entries);
  const testsOf = (file) => modules.mutantsOf(file).flatMap((id) => testsOfMutant.get(id) ?? []);
  const usersOf = (file) => {
    let files = new Set([file]);
    const seen = new Set();
    while (files.size > 0) {
      const tests = new Set([...files].flatMap(testsOf));
      if (tests.size > 0) return tests;
      for (const known of files) seen.add(known);
      files = new Set(
        [...files].flatMap((known) => importers.get(known) ?? []).filter((next) => !seen.has(next)),
      );
    }
    return new Set(entries.filter((entry) => seen.has(entry)).flatMap((entry) => testsOfFile.get(entry)));
  };
  const spread = Object.fromEntries(
    [...testsOfFile.values()].flat().map((test) => [test, { ...perTest.get(test) }]),
  );
  for (const file of importers.keys()) {
    const ids = [...new Set(modules.mutantsOf(file))].filter((id) => coverage.static[id] !== undefined);
    if (ids.length === 0) continue;
    for (const test of usersOf(file)) {
      // Stryker adds the counts up, to know when a mutant runs without end.
      for (const id of ids) spread[test][id] = (spread[test][id] ?? 0) + 1;
    }
  }
  return { static: {}, perTest: spread };
}
