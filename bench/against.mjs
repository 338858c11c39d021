// Two builds of Assay beside each other: what a verification costs in each, turn by turn on one machine, so that a change
// can be held to what was there before it. Each turn is a process of its own, and who goes first changes.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../scripts/prepare.mjs';

const execute = promisify(execFile);
const TURNS = 6;

/** `other`: a checkout that is built. Resolves to milliseconds of CPU: {snp, tdx: {bare, before, now, more}}. */
export async function compareWith(other, { size, say }) {
  const before = soloOf(other);
  const now = soloOf(ROOT);
  const part = { ...size, rounds: Math.ceil(size.rounds / TURNS) };
  const results = {};
  for (const tee of ['snp', 'tdx']) {
    const costs = { before: [], now: [] };
    for (let turn = 0; turn < TURNS; turn += 1) {
      say(`${tee}, turn ${turn + 1} of ${TURNS}`);
      const pair = [
        ['before', before],
        ['now', now],
      ];
      for (const [name, solo] of turn % 2 === 0 ? pair : pair.reverse()) {
        costs[name].push(await runSolo(solo, tee, part));
      }
    }
    results[tee] = differenceOf(costs);
  }
  return results;
}

/** Of each build the cheapest turn: other work on the machine makes a turn dearer, never cheaper. */
export function differenceOf({ before, now }) {
  const cheapest = (costs, what) => Math.min(...costs.map((cost) => cost[what].cpuMs));
  const known = { before: cheapest(before, 'known'), now: cheapest(now, 'known') };
  return { bare: cheapest([...before, ...now], 'bare'), ...known, more: known.now / known.before - 1 };
}

export function differenceText(results) {
  const line = (cells) =>
    cells.map((cell, index) => (index === 0 ? cell.padEnd(32) : cell.padStart(12))).join('');
  const rows = Object.entries(results).map(([tee, { bare, before, now, more }]) =>
    line([
      `${tee.toUpperCase()}, machine seen before`,
      ...[bare, before, now].map((ms) => ms.toFixed(3)),
      `${(100 * more).toFixed(1)} %`,
    ]),
  );
  return [line(['CPU ms of a verification', 'bare', 'before', 'now', 'more']), ...rows].join('\n');
}

function soloOf(checkout) {
  const solo = join(checkout, 'build', 'bench', 'solo.js');
  if (!existsSync(solo)) throw new Error(`${checkout} has no build: run \`npm run build\` there first`);
  return solo;
}

/** Without `--expose-gc`, which older builds make no use of: both are measured by one rule. */
async function runSolo(solo, tee, { rounds, count, warmUp }) {
  const { stdout } = await execute(process.execPath, [solo, tee, rounds, count, warmUp].map(String));
  return JSON.parse(stdout);
}
