/** `assay endorsements forecast`: which platforms stop passing, when, and why. */
import { type Command, InvalidArgumentError } from 'commander';
import type { JsonObject } from '../../rats/result.js';
import { EXIT } from '../exit.js';
import { readJson } from '../files.js';
import { printJson, rowsOf } from '../print.js';
import { renderForecast } from '../render/forecast.js';
import { type ServerFlags, type ServerRequest, serverOf, withServer } from '../server.js';
import type { CommandLine } from '../terminal.js';

interface ForecastFlags extends ServerFlags {
  readonly days: number;
  readonly bulletins?: string;
  readonly json?: true;
}

const PATH = '/v1/endorsements/forecast';

export function addForecast(endorsements: Command, line: CommandLine): void {
  withServer(endorsements.command('forecast'))
    .description('which platforms stop passing, when, and why: of those seen in the last 30 days')
    .option('--days <number>', 'how far to look, 1 to 366', daysOf, 90)
    .option('--bulletins <file>', 'compare with another table of AMD\u2019s bulletins')
    .option('--json', 'print the reply as it came')
    .action(async (flags: ForecastFlags) => {
      const reply = await (await serverOf(flags, line.terminal)).call(await requestOf(flags));
      if (flags.json === true) printJson(line.terminal, reply);
      else for (const text of renderForecast(reply, line.terminal.colours)) line.terminal.out(text);
      line.exitCode = failing(reply) ? EXIT.contraindicated : EXIT.affirming;
    });
}

async function requestOf({ days, bulletins }: ForecastFlags): Promise<ServerRequest> {
  if (bulletins === undefined) return { method: 'GET', path: `${PATH}?days=${days}` };
  return { method: 'POST', path: PATH, json: { days, bulletins: await readJson(bulletins, '--bulletins') } };
}

/** Documents are renewed; whatever else ends needs somebody. */
function failing({ rows }: JsonObject): boolean {
  return rowsOf(rows).some(({ fails, cause }) => fails === true && cause !== 'documents');
}

function daysOf(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text) || Number(text) > 366) {
    throw new InvalidArgumentError('It must be a number from 1 to 366.');
  }
  return Number(text);
}
