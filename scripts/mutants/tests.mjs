// Which tests the mutants of a part face, and in what order: those that mirror it, and the words of every verdict. Left
// out are suites that turn every byte of evidence or compare thousands of mutants with another implementation, which
// take minutes, those that start processes of the ordinary build, and one that reads the source, which here is not
// what was written. They could only kill more.
import { basename, dirname } from 'node:path';

const SLOW =
  '*exhaustive*|flipped-chain*|*differential*|vendor-store*|http-equals-cli*|conformance*|json-schema*|one-place*';

const testsOf = (folder) => `test/${folder}/**/!(${SLOW}).test.ts`;
const WORDS = 'test/faults/*-words.test.ts';
const SOUND_WORDS = 'test/faults/sound-words.test.ts';
const CERTS = 'test/certs/*.test.ts';

/** One after another, so that an interrupted run loses one at most. */
export const PARTS = [
  { mutate: 'src/bytes', tests: [testsOf('bytes'), testsOf('pki')] },
  { mutate: 'src/appraisal', tests: [testsOf('appraisal'), testsOf('rats'), WORDS] },
  { mutate: 'src/pki', tests: [testsOf('pki'), WORDS] },
  { mutate: 'src/tee/*.ts', tests: ['test/tee/*.test.ts', testsOf('tee/snp'), WORDS] },
  {
    mutate: 'src/tee/snp',
    tests: ['test/tee/*.test.ts', testsOf('tee/snp'), CERTS, WORDS],
  },
  {
    mutate: 'src/tee/tdx',
    tests: ['test/tee/*.test.ts', testsOf('tee/tdx'), CERTS, WORDS],
  },
];

/**
 * How far a test file is from a source file: 0 when it is named for it, 4 when it is about another folder. The words of
 * sound verdicts, which come from everywhere, come early.
 */
export function closeness(test, source) {
  if (test === SOUND_WORDS) return 1;
  const folder = dirname(test).replace(/^test/u, 'src');
  if (folder !== dirname(source)) return folder.split('/')[1] === source.split('/')[1] ? 3 : 4;
  return basename(test).startsWith(basename(source, '.ts')) ? 0 : 2;
}

/** Tests that a mutant faces before all others. */
const FIRST = 12;

/**
 * The wanted tests by file, as `[file, names]`. First those that killed most mutants of the same source file (`kills`:
 * how many, by id), then those whose row is about a refusal code that the source has; then files close to the source's
 * first, in both what costs least first. Tests beyond `budget` milliseconds, by what they took when nothing was
 * changed, are left out: what costs most and is least about the mutant.
 */
export function inOrder(wanted, { path, text }, budget, kills) {
  const isAbout = ({ label }) =>
    label.match(/[a-z]+_[a-z_]+$/u)?.some((code) => text.includes(`'${code}'`)) ?? false;
  const worth = new Map(wanted.map((test) => [test, (kills.get(test.id) ?? 0) + (isAbout(test) ? 0.5 : 0)]));
  const first = wanted
    .filter((test) => worth.get(test) > 0)
    .sort((one, other) => worth.get(other) - worth.get(one))
    .slice(0, FIRST);
  let left = budget;
  const within = (tests) =>
    tests.filter(({ cost }, place) => {
      const fits = cost <= left || place === 0;
      if (fits) left -= cost;
      return fits;
    });
  const sum = (tests) => tests.reduce((total, { cost }) => total + cost, 0);
  const others = [...byFile(wanted.filter((test) => !first.includes(test)))]
    .sort(
      ([one, ones], [other, more]) => closeness(one, path) - closeness(other, path) || sum(ones) - sum(more),
    )
    .flatMap(([, tests]) => tests.sort((one, other) => one.cost - other.cost));
  return [...byFile(first), ...byFile(within(others))].map(([file, tests]) => [
    file,
    tests.map(({ name }) => name),
  ]);
}

function byFile(tests) {
  const files = new Map();
  for (const test of tests) files.set(test.file, [...(files.get(test.file) ?? []), test]);
  return files;
}
