/** What the comparisons of both kinds of evidence have in common: which peers are there, the run, what is expected of it. */
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Change } from '../fuzz/mutation.js';
import { leaveOut } from '../left-out.js';
import { changesOf } from './changes.js';
import { compareAll, type Peer, type Tally, tallyOf } from './comparison.js';
import type { Objections } from './opinion.js';

const SCRIPT = new URL('../../../scripts/peers.mjs', import.meta.url).href;
const MUTANTS = 5000;
const CHUNK = 250;
const MOST_ROWS = 15;
const PATIENCE_MS = 900_000;

const { programOf } = (await import(SCRIPT)) as { readonly programOf: (name: string) => string };

/** Where `scripts/peers.mjs` built it; null, and said on standard error, where it did not. In CI that is an error. */
export function programOfPeer(name: string): string | null {
  const program = programOf(name);
  if (existsSync(program)) return program;
  leaveOut(`comparison with ${name}`, {
    why: 'not built (node scripts/peers.mjs)',
    lacking: 'not built it: node scripts/peers.mjs',
    needs: 'needs the peer',
  });
  return null;
}

export interface Subject<Material> {
  /** Genuine evidence, and whatever else is compared as it is. */
  readonly originals: () => Promise<readonly Material[]>;
  readonly mutantOf: (index: number, changes: readonly Change[]) => Promise<Material>;
  readonly askAssay: (material: Material) => Promise<Objections>;
  readonly peers: readonly Peer<Material>[];
}

/** Genuine evidence and 5,000 mutants before Assay and every peer that is there. */
export function comparePeers<Material extends { readonly name: string }>(subject: Subject<Material>): void {
  const { originals, mutantOf, askAssay, peers } = subject;
  const pairs = peers.map((peer) => [peer, tallyOf(peer), tallyOf(peer)] as const);

  beforeAll(async () => {
    await compareAll(
      await originals(),
      askAssay,
      pairs.map(([peer, whole]) => [peer, whole]),
    );
    for (let first = 0; first < MUTANTS; first += CHUNK) {
      const changes = changesOf(first, CHUNK);
      const mutants: Material[] = [];
      for (const [offset, some] of changes.entries()) mutants.push(await mutantOf(first + offset, some));
      await compareAll(
        mutants,
        askAssay,
        pairs.map(([peer, , mutated]) => [peer, mutated]),
      );
    }
  }, PATIENCE_MS);
  afterAll(() => {
    process.stdout.write(
      pairs
        .map(
          ([, whole, mutated]) =>
            `${lineOf('as they are', whole)}${singly(whole)}${lineOf('mutants', mutated)}`,
        )
        .join(''),
    );
  });

  describe.each(pairs.map(([peer, whole, mutated]) => ({ name: peer.name, peer, whole, mutated })))(
    '$name',
    ({ peer, whole, mutated }) => {
      test('agrees about evidence as it is, or a row says why not', () => {
        expect(whole.tried).toBeGreaterThan(0);
        expect(whole.accepted).toBeGreaterThan(0);
        expect(whole.unexplained).toEqual([]);
      });

      test('agrees about mutants, or a row says why not', () => {
        expect(mutated.tried).toBe(MUTANTS);
        expect(mutated.accepted).toBeGreaterThan(0);
        expect(mutated.unexplained).toEqual([]);
      });

      test('needs every row, and there are few', () => {
        const unused = peer.rows.filter(({ id }) => !whole.rows.get(id) && !mutated.rows.get(id));
        expect(unused.map(({ id }) => id)).toEqual([]);
        expect(peer.rows.length).toBeLessThanOrEqual(MOST_ROWS);
        expect(mutated.rows.size).toBe(peer.rows.length);
      });
    },
  );
}

function singly({ explained }: Tally): string {
  return explained.map((line) => `      ${line}\n`).join('');
}

function lineOf(what: string, { peer, tried, agreed, accepted, rows, unexplained }: Tally): string {
  const needed = [...rows].filter(([, times]) => times > 0).map(([id, times]) => `    ${times} ${id}\n`);
  const sum = `${tried} tried, ${agreed} agreed on (${accepted} accepted by both), ${unexplained.length} unexplained`;
  return `[peers] ${peer}, ${what}: ${sum}\n${needed.join('')}`;
}
