// Dependencies as they are meant to be: every one pinned to an exact version, every licence on the list.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as checker from 'license-checker-rseidelsohn';
import { ROOT } from './prepare.mjs';

/** Licences that code shipped with an Apache-2.0 project may carry. */
const SHIPPED = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
];
/** Attribution licences of data files; acceptable where nothing of it is distributed. */
const DEVELOPMENT_ONLY = [...SHIPPED, 'CC-BY-3.0', 'CC-BY-4.0'];

/** True for `MIT`, `(MIT OR GPL-3.0)`; every part of an AND must be on the list, one part of an OR. */
function isAllowed(expression, list) {
  return expression
    .replace(/^\(|\)$/gu, '')
    .split(/ OR /u)
    .some((choice) => choice.split(/ AND /u).every((licence) => list.includes(licence)));
}

/** Names and versions of packages whose licence is not on the list. */
async function forbidden(options, list) {
  const found = await promisify(checker.init)({ start: ROOT, excludePrivatePackages: true, ...options });
  const names = Object.keys(found);
  const wrong = names.filter((name) => {
    const { licenses } = found[name];
    return ![licenses].flat().every((licence) => isAllowed(licence, list));
  });
  return { count: names.length, wrong: wrong.map((name) => `${name}: ${found[name].licenses}`) };
}

/** Dependencies that the manifest leaves to chance. */
function unpinned() {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
  );
  return Object.entries({ ...dependencies, ...devDependencies })
    .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/u.test(version))
    .map(([name, version]) => `package.json: ${name} ${version} is not an exact version`);
}

const shipped = await forbidden({ production: true }, SHIPPED);
const all = await forbidden({}, DEVELOPMENT_ONLY);
const problems = [...unpinned(), ...shipped.wrong, ...all.wrong];
for (const problem of problems) console.error(problem);
console.log(
  `Licences: ${shipped.count} packages shipped, ${all.count} in all, ${problems.length} problems with pins or licences.`,
);
process.exitCode = problems.length === 0 ? 0 : 1;
