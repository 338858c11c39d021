// A run on a terminal.
import { tabulate } from './tabulate.mjs';

export function terminalText(run) {
  const { machine } = run;
  const database = machine.postgres === null ? '' : `, PostgreSQL ${machine.postgres}`;
  const first = `Assay ${machine.assay}, Node ${machine.node}${database}, ${machine.cores} × ${machine.cpu}, load before the run ${machine.loadBefore.toFixed(2)}`;
  const parts = Object.values(tabulate(run)).filter(({ rows }) => rows.length > 0);
  return [first, ...parts.map(textOf)].join('\n\n');
}

function textOf({ title, head, rows, note }) {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column].length)));
  const line = (cells) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
      .join('  ')
      .trimEnd();
  return [title, line(head), ...rows.map(line), ...(note === undefined ? [] : [note])].join('\n');
}
