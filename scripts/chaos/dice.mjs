// Chance that a seed repeats. What it decides is the same in every run; how the machine schedules it is not.
import { createHash } from 'node:crypto';

/** The n-th number is taken from SHA-256 over seed, branch and n: slow for dice, and fast enough. */
export function createDice(seed, branch = '') {
  let drawn = 0;
  const next = () => {
    drawn += 1;
    const digest = createHash('sha256').update(`${seed}/${branch}/${drawn}`).digest();
    return digest.readUInt32BE(0) / 2 ** 32;
  };
  const whole = (from, to) => from + Math.floor(next() * (to - from + 1));
  return {
    /** A whole number between both, which are included. */
    whole,
    /** True in `share` of all cases. */
    chance: (share) => next() < share,
    /** One of a list. */
    pick: (list) => list[whole(0, list.length - 1)],
    /** A sequence of its own, so that what one part draws does not move what another one gets. */
    branch: (name) => createDice(seed, `${branch}/${name}`),
  };
}
