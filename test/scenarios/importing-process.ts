/**
 * A process that imports without rest, to be killed: `node importing-process.js URL DIR FIRST`. It takes the days of a
 * directory one after the other, from the first on, and says before and after each document what it is at.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readArchive } from '../../src/endorsements/archive.js';
import { importBundle, isBundle } from '../../src/endorsements/bundle/import.js';
import { importEndorsements } from '../../src/endorsements/import.js';
import type { EndorsementDocument, Realm } from '../../src/rats/endorsement.js';
import { openStores } from '../../src/storage/index.js';
import { SCHEMES } from '../../src/tee/registry.js';
import { anchorsIn, archiveOf, DAYS, isBundled, noonOf } from './daily-archives.js';

const [, , url = '', dir = '', first = ''] = process.argv;
const say = (...words: readonly (string | number)[]): void =>
  void process.stdout.write(`${words.join(' ')}\n`);

const stores = await openStores(url);
const anchors = anchorsIn(JSON.parse(await readFile(join(dir, 'anchors.json'), 'utf8')));
for (let day = Number(first); day < DAYS; day += 1) {
  say('day', day, isBundled(day) ? 'bundle' : 'archive');
  const files = await readArchive(await readFile(archiveOf(dir, day)));
  const target = {
    schemes: SCHEMES,
    store: {
      async keep(realm: Realm, document: EndorsementDocument, source: string, now: Date) {
        say('keeping', document.sha256);
        const state = await stores.endorsements.keep(realm, document, source, now);
        say('kept', document.sha256);
        return state;
      },
    },
    realm: 'simulated',
    anchors,
    track: 'standard',
    source: 'import',
    now: noonOf(day),
  } as const;
  const { rejected } = isBundle(files)
    ? await importBundle(files, { ...target, trusted: null })
    : await importEndorsements(files, target);
  for (const { file, code } of rejected) say('rejected', file, code);
}
say('through');
