/**
 * A process that renews without rest, to be killed: `node renewing-process.js URL VENDORS ANCHORS`. Whoever started it says
 * what time it is before each round: a day later each time, and each day the vendors have new documents. It prints a line
 * at every step.
 */
import { once } from 'node:events';
import { openStores } from '../../src/storage/index.js';
import { anchorsIn, DAILY } from '../scenarios/daily-archives.js';
import { openRenewingSite } from './renewing-site.js';

const [, , url = '', vendorUrl = '', anchors = ''] = process.argv;
let now = new Date(0);
const say = (...words: readonly string[]): void => void process.stdout.write(`${words.join(' ')}\n`);

const stores = await openStores(url);
const { refresher } = await openRenewingSite({
  stores,
  vendorUrl,
  anchors: anchorsIn(JSON.parse(anchors)),
  clock: { now: () => now },
  say,
});
for (;;) {
  const told = once(process, 'message');
  process.send?.('what time is it?');
  const [instant] = await told;
  now = new Date(String(instant));
  say('day', now.toISOString());
  await stores.refreshes.note(
    'simulated',
    DAILY.map((name) => ({ ...name, lastUsedAt: now })),
  );
  await refresher.sweep();
  say('swept');
  await refresher.work();
  say('worked');
}
