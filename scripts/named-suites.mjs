// Suites named on a command line. Jest runs what any of the names is found in, and says nothing of a name that no suite has.

/** Those of the names that are found in no suite, by the paths from the root on; jest takes them as patterns, in either case. */
export function strayNames(names, suites) {
  return names.filter((name) => {
    const pattern = new RegExp(name, 'i');
    return !suites.some((suite) => pattern.test(suite));
  });
}
