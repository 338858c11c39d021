/**
 * A process that renews without rest, to be killed: `node renewing-process.js URL INSTANT`. Each round is a day later,
 * and each day the vendor has new documents. It prints a line at every step.
 */
import { createRefresher } from '../../src/endorsements/refresh.js';
import { openStores } from '../../src/storage/index.js';
import { LISTS } from './killed-lists.js';
import { RENEWALS, vendorStub } from './vendor-stub.js';

const DAY_MS = 24 * 3600 * 1000;
const [, , url = '', instant = ''] = process.argv;
let now = new Date(instant);
const say = (word: string): void => void process.stdout.write(`${word}\n`);

const stores = await openStores(url);
const vendor = vendorStub(stores, { now: () => now });
vendor.meanwhile(async () => say('asked'));
const refresher = createRefresher({
  store: stores.refreshes,
  queue: stores.refreshQueue,
  vendors: vendor,
  renewals: RENEWALS,
  anchored: () => new Set(LISTS.map(({ subject }) => `snp-ask\0${subject}`)),
  clock: { now: () => now },
  goesOn: () => true,
  tried: () => say('settled'),
  failed: (error) => say(String(error)),
});
for (;;) {
  await stores.refreshes.note(
    'genuine',
    LISTS.map((name) => ({ ...name, lastUsedAt: now })),
  );
  for (const name of LISTS) vendor.publish(name, BigInt(Math.floor(now.getTime() / DAY_MS)));
  await refresher.sweep();
  say('swept');
  await refresher.work();
  say('worked');
  now = new Date(now.getTime() + DAY_MS);
}
