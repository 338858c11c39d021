/**
 * What is wanted for one machine at a time. Who asks about a machine is nobody until its vendor has answered: with a public
 * report in hand anybody can invent levels for it, so the room of each machine is small. Levels that other machines of the
 * line have are finite, and each is asked for once: they have a room of their own, which inventions cannot fill.
 */
import type { DocumentName, MachineCount, ServiceBooks } from '../verifier/vendor-ports.js';
import { documentKey } from './anchored.js';
import type { Wish } from './ledger.js';
import { MOST_OF_MACHINE } from './patience.js';

export interface MachineRoom {
  /** The others of its machine that wait, where these are as many as may; null: there is room. */
  crowdOf(wish: Wish): readonly DocumentName[] | null;
  /** True while its vendor was not asked in vain for such levels so often that the machine has lost its right to come first. */
  isTrusted(wish: Wish): boolean;
  /** It waits from now on. */
  admit(wish: Wish): void;
}

/** For wishes of one claim. */
export async function openMachineRoom(
  books: Pick<ServiceBooks, 'ofMachines'>,
  wishes: readonly Wish[],
  now: Date,
): Promise<MachineRoom> {
  const rationed = wishes.filter((wish) => wish.rationed);
  const counts: readonly MachineCount[] = rationed.length === 0 ? [] : await books.ofMachines(rationed, now);
  const found = new Map(counts.map((count) => [documentKey(count), count]));
  const admitted = new Map<string, Wish[]>();
  const roomOf = (wish: Wish): string => {
    const proven = found.get(documentKey(wish))?.proven === true;
    return `${proven ? 'proven' : 'claimed'}\0${machineOf(wish)}`;
  };
  const othersOf = (wish: Wish): readonly DocumentName[] => [
    ...(found.get(documentKey(wish))?.waiting ?? []),
    ...(admitted.get(roomOf(wish)) ?? []),
  ];
  return {
    crowdOf(wish) {
      if (!found.has(documentKey(wish))) return null;
      const others = othersOf(wish);
      return others.length < MOST_OF_MACHINE ? null : others;
    },
    isTrusted: (wish) =>
      othersOf(wish).length + (found.get(documentKey(wish))?.absent ?? 0) < MOST_OF_MACHINE,
    admit(wish) {
      const before = admitted.get(roomOf(wish)) ?? [];
      admitted.set(roomOf(wish), [...before, wish]);
    },
  };
}

function machineOf({ kind, subject }: DocumentName): string {
  return `${kind}\0${subject.slice(0, subject.lastIndexOf('/') + 1)}`;
}
