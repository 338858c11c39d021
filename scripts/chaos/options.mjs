// What the command line of `npm run chaos` asks for.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

export const USAGE = `npm run chaos -- [options]
  --kills N              kill -9 of the service, all engines together (100)
  --database-restarts N  restarts of PostgreSQL under the running service, half of them crashes (20)
  --engine NAME          postgres, pglite or both (both)
  --nightly              500 kills
  --seed N               repeats the choices and delays of an earlier run
  --build DIR            another build of the service (build)
  --json                 the report as one JSON object on standard output`;

const ENGINES = { postgres: ['postgres'], pglite: ['pglite'], both: ['postgres', 'pglite'] };
const FLAGS = {
  kills: { type: 'string' },
  'database-restarts': { type: 'string', default: '20' },
  engine: { type: 'string', default: 'both' },
  nightly: { type: 'boolean', default: false },
  seed: { type: 'string' },
  build: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
};

/** Throws an Error in words for an option that is not one. */
export function readOptions(args) {
  const { values } = parseArgs({ args, options: FLAGS, allowPositionals: false });
  const engines = ENGINES[values.engine];
  if (engines === undefined) throw new Error(`--engine is postgres, pglite or both, not ${values.engine}`);
  const kills = number('--kills', values.kills ?? (values.nightly ? '500' : '100'));
  return {
    engines: engines.map((engine, index) => ({ engine, kills: shareOf(kills, engines.length, index) })),
    kills,
    databaseRestarts: number('--database-restarts', values['database-restarts']),
    seed: values.seed === undefined ? randomInt(2 ** 32) : number('--seed', values.seed),
    build: values.build ?? null,
    json: values.json,
    help: values.help,
  };
}

function number(name, text) {
  if (!/^\d{1,10}$/u.test(text)) throw new Error(`${name} takes a whole number, not ${text}`);
  return Number(text);
}

/** The remainder goes to the first. */
function shareOf(whole, parts, index) {
  return Math.floor(whole / parts) + (index < whole % parts ? 1 : 0);
}
