/** What the tests of the checks share: a flawless history, falsified, and the rules that are then broken. */
import {
  type Act,
  type Found,
  findViolations,
  flawlessDatabase,
  flawlessHistory,
  type History,
  type Send,
} from './history.js';

export type Falsify = (history: History, found: Found) => void;

/** The rules that are broken, each once. */
export function rulesOf(falsify: Falsify): readonly string[] {
  const [history, found] = [flawlessHistory(), flawlessDatabase()];
  falsify(history, found);
  return [...new Set(findViolations(history, found).map(({ rule }) => rule))];
}

export function sendOf(history: History, challenge: number, index: number): Send {
  const send = history.challenges[challenge - 1]?.sends[index];
  if (send === undefined) throw new Error('there is no such submission');
  return send;
}

export function actsOf(history: History): Act[] {
  const [version] = history.versions;
  if (version === undefined) throw new Error('there are no reference values');
  return version.acts;
}

export const firstOf = <T>(list: readonly T[]): T => {
  const [first] = list;
  if (first === undefined) throw new Error('the list is empty');
  return first;
};
