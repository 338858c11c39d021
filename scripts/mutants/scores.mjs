// Scores from Stryker's report. Its own score counts a mutant that ran into a timeout as detected; here only one that a
// test failed for is, and whatever else became of a mutant counts against the score.

/** Each of these, and all together, must reach the lowest score. */
export const FOLDERS = ['src/bytes', 'src/appraisal', 'src/pki', 'src/tee', 'src/tee/snp', 'src/tee/tdx'];

export const LOWEST = 85;

const COLUMNS = { Killed: 'killed', Survived: 'survived', NoCoverage: 'notCovered', Timeout: 'timeouts' };

const noMutants = () => ({ mutants: 0, killed: 0, survived: 0, notCovered: 0, timeouts: 0, others: 0 });

/** Killed, of a hundred; 0 where there was nothing to kill. */
export const scoreOf = ({ killed, mutants }) => (mutants === 0 ? 0 : (100 * killed) / mutants);

function count(sums, { status }) {
  sums.mutants += 1;
  sums[COLUMNS[status] ?? 'others'] += 1;
  return sums;
}

const isUnder = (name, folders) => folders.some((folder) => name.startsWith(`${folder}/`));

/** The sums of each folder, and of all, in the order of `folders`. */
export function sumsOf({ files }, folders = FOLDERS) {
  const sumUnder = (roots) =>
    Object.entries(files)
      .filter(([name]) => isUnder(name, roots))
      .flatMap(([, { mutants }]) => mutants)
      .reduce(count, noMutants());
  return new Map([...folders.map((folder) => [folder, sumUnder([folder])]), ['all', sumUnder(folders)]]);
}

/** What is wrong with the sums: a folder, or all, below the lowest score; source files that were never mutated. */
export function problemsOf(report, sources, folders = FOLDERS) {
  const low = [...sumsOf(report, folders)]
    .filter(([, sums]) => scoreOf(sums) < LOWEST)
    .map(([name, sums]) => `${name}: ${scoreOf(sums).toFixed(1)} is below ${LOWEST}`);
  const absent = sources
    .filter((name) => isUnder(name, folders) && !(name in report.files))
    .map((name) => `${name}: no run has mutated it`);
  return [...low, ...absent];
}

const row = (cells) => `| ${cells.join(' | ')} |`;

/** The sums as a table in Markdown. */
export function tableOf(report) {
  const head = ['Folder', 'Mutants', 'Killed', 'Survived', 'Not covered', 'Timeouts', 'Others', 'Score'];
  const rows = [...sumsOf(report)].map(([name, sums]) =>
    row([name, ...Object.values(sums), scoreOf(sums).toFixed(1)]),
  );
  return [row(head), row(head.map(() => '---')), ...rows].join('\n');
}

/** One line for each mutant that no test failed for. */
export function survivorsOf({ files }) {
  return Object.entries(files).flatMap(([name, { source, mutants }]) =>
    mutants
      .filter(({ status }) => status !== 'Killed')
      .sort((one, other) => one.location.start.line - other.location.start.line)
      .map((mutant) => {
        const original = textAt(source, mutant.location).replace(/\s+/gu, ' ');
        const replacement = (mutant.replacement ?? '').replace(/\s+/gu, ' ');
        const place = `${name}:${mutant.location.start.line}:${mutant.location.start.column}`;
        return `${place} ${mutant.status} ${mutant.mutatorName}: ${short(original)} → ${short(replacement)}`;
      }),
  );
}

const short = (text) => (text.length > 100 ? `${text.slice(0, 97)}…` : text);

function textAt(source, { start, end }) {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  lines[lines.length - 1] = lines.at(-1)?.slice(0, end.column - 1) ?? '';
  lines[0] = lines[0]?.slice(start.column - 1) ?? '';
  return lines.join('\n');
}
